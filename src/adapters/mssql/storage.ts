import type { Storage } from "../storage.ts";
import { createClassStore } from "./classes.ts";
import { openDatabase } from "./database.ts";
import { loadDriver } from "./driver.ts";
import { verb } from "./errors.ts";
import { createHistoryStore } from "./history.ts";
import { createIdempotencyStore } from "./idempotency.ts";
import { createImportStore } from "./imports.ts";
import { createJournalStore } from "./journal.ts";
import { createLinkStore } from "./links.ts";
import { MIGRATE_STATEMENTS, NEWEST_MIGRATION } from "./migrate.ts";
import { createOutboxStore } from "./outbox.ts";
import { createSchoolStore } from "./schools.ts";
import { createTokenStore } from "./tokens.ts";
import { parseMssqlUrl } from "./url.ts";
import { createUserStore } from "./users.ts";

/**
 * The storage ports on SQL Server 2019 or newer, or Azure SQL. Resolves also while the database is
 * away: verbs and `ready` fail with `storage_unavailable` until it answers, and the first one after
 * that connects and, where needed, migrates.
 * @param options.onError hears why connecting or migrating failed, once until it succeeds
 * @throws Error where the URL can't be read
 */
export async function createMssqlStorage(
  { url, onError }: { url: string; onError: (error: unknown) => void },
): Promise<Storage> {
  const config = parseMssqlUrl(url);
  const db = openDatabase({ driver: await loadDriver(), config, onError });
  return {
    users: createUserStore(db),
    tokens: createTokenStore(db),
    links: createLinkStore(db),
    schools: createSchoolStore(db),
    classes: createClassStore(db),
    history: createHistoryStore(db),
    imports: createImportStore(db),
    outbox: createOutboxStore(db),
    idempotency: createIdempotencyStore(db),
    journal: createJournalStore(db),
    ready: verb(async () => {
      const row = await db.get(MIGRATE_STATEMENTS.last, {});
      if (row?.last !== NEWEST_MIGRATION) {
        throw new Error(
          `Cannot serve: the database is at migration ${row?.last}, not ${NEWEST_MIGRATION}`,
        );
      }
    }),
    close: verb(() => db.close()),
  };
}
