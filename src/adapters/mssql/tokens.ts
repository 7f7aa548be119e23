import type { TokenStore } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { verb } from "./errors.ts";
import { TOKEN_STATEMENTS } from "./statements/tokens.ts";

/** Rows in one DELETE: more would lock whole tables. */
const PURGE_ROWS = 2_000;

export function createTokenStore(db: Database): TokenStore {
  return {
    create: verb(async ({ hash, family, userId: user, expiresAt, at }) => {
      await db.run(TOKEN_STATEMENTS.create, { hash, family, user, expiresAt, at });
    }),
    rotate: verb(async ({ hash, nextHash, nextExpiresAt, at }) => {
      const row = await db.get(TOKEN_STATEMENTS.rotate, { hash, nextHash, nextExpiresAt, at });
      if (!row || row.outcome === "unknown") return { outcome: "unknown" };
      const { outcome, generation } = row;
      const userId = Number(row.userId);
      return outcome === "reused" ? { outcome, userId } : { outcome, userId, generation };
    }),
    revokeFamily: verb(async (hash) => {
      await db.run(TOKEN_STATEMENTS.revokeFamily, { hash });
    }),
    purge: verb(async (at) => {
      const rows = PURGE_ROWS;
      while (await db.run(TOKEN_STATEMENTS.purge, { at, rows }) === rows);
      while (await db.run(TOKEN_STATEMENTS.purgeFamilies, { rows }) === rows);
    }),
  };
}
