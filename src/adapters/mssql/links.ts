import type { LinkStore } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { verb } from "./errors.ts";
import { LINK_STATEMENTS } from "./statements/links.ts";
import { toUser } from "./users.ts";

/** Rows in one DELETE: more would lock the whole table. */
const PURGE_ROWS = 2_000;

export function createLinkStore(db: Database): LinkStore {
  return {
    create: verb(async ({ hash, userId: user, purpose, expiresAt, at }) => {
      await db.all(LINK_STATEMENTS.create, { hash, user, purpose, expiresAt, at });
    }),
    find: verb(async ({ hash, at }) => {
      const row = await db.get(LINK_STATEMENTS.find, { hash, at });
      return row ? toUser(row) : null;
    }),
    use: verb(async ({ hash, passwordHash: password, at }) => {
      const row = await db.get(LINK_STATEMENTS.use, { hash, password, at });
      return row ? toUser(row) : null;
    }),
    purge: verb(async (at) => {
      const rows = PURGE_ROWS;
      while (await db.run(LINK_STATEMENTS.purge, { at, rows }) === rows);
    }),
  };
}
