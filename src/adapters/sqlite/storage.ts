import type { Storage } from "../storage.ts";
import { createClassStore } from "./classes.ts";
import type { Database } from "./database.ts";
import { createHistoryStore } from "./history.ts";
import { createIdempotencyStore } from "./idempotency.ts";
import { createImportStore } from "./imports.ts";
import { createJournalStore } from "./journal.ts";
import { createLinkStore } from "./links.ts";
import { NEWEST_MIGRATION } from "./migrate.ts";
import { createOutboxStore } from "./outbox.ts";
import { createSchoolStore } from "./schools.ts";
import { createTokenStore } from "./tokens.ts";
import { createUserStore } from "./users.ts";
import { verb } from "./verb.ts";

/** The storage ports on an embedded database, which `close` closes. */
export function createSqliteStorage(db: Database): Storage {
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
    ready: verb(() => {
      const row = db.get<{ last: number }>("SELECT max(number) AS last FROM migrations");
      if (row?.last !== NEWEST_MIGRATION) {
        throw new Error(
          `Cannot serve: the database is at migration ${row?.last}, not ${NEWEST_MIGRATION}`,
        );
      }
    }),
    close: verb(() => db.close()),
  };
}
