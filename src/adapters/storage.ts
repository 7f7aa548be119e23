/**
 * What keeps records: the sum of the features' ports. `tests/contracts/storage.ts` runs on every
 * adapter.
 *
 * Verbs are atomic: each is one transaction, whatever else runs. Rules that must hold (unique
 * names and emails, one record per student and session, the last admin) are kept by the database,
 * not by a look before the write. Times are ISO 8601 UTC strings with milliseconds; ids of users,
 * classes and records are safe integers; session ids are lower-case UUIDs.
 *
 * Errors: the named AppErrors; anything that keeps the database from answering is
 * `storage_unavailable`, never a driver's own error.
 */
import type { LinkStore, SchoolStore, TokenStore, UserStore } from "../accounts/store.ts";
import type { ClassStore } from "../classes/store.ts";
import type { IdempotencyStore } from "../http/kit/idempotency.ts";
import type { ImportStore } from "../imports/store.ts";
import type { OutboxStore } from "../kernel/outbox.ts";
import type { HistoryStore } from "../records/store.ts";
import type { JournalStore } from "../sessions/journal.ts";

export interface Storage {
  readonly users: UserStore;
  readonly tokens: TokenStore;
  readonly links: LinkStore;
  readonly schools: SchoolStore;
  readonly classes: ClassStore;
  readonly history: HistoryStore;
  readonly imports: ImportStore;
  readonly outbox: OutboxStore;
  readonly idempotency: IdempotencyStore;
  readonly journal: JournalStore;
  /** Resolves while the database answers and every migration is done. @throws AppError `storage_unavailable` */
  ready(): Promise<void>;
  /** Every verb fails with `storage_unavailable` from then on; closing again is no error. */
  close(): Promise<void>;
}
