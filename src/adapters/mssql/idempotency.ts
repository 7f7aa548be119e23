import type { IdempotencyStore } from "../../http/kit/idempotency.ts";
import type { Database } from "./database.ts";
import { brokenUnique, verb } from "./errors.ts";
import { type ClaimRow, IDEMPOTENCY_STATEMENTS } from "./statements/idempotency.ts";

type Claim = Parameters<IdempotencyStore["claim"]>[0];

/** Rows in one DELETE: more would lock the whole table. */
const PURGE_ROWS = 2_000;
/** Claims of a key that others claim and release at the same moment. */
const MAX_ATTEMPTS = 5;

export function createIdempotencyStore(db: Database): IdempotencyStore {
  /** Undefined where another took or released the key at the same moment. */
  const attempt = async (input: Claim): Promise<ClaimRow | undefined> => {
    const { userId: user, key, fingerprint, at, staleMs } = input;
    const staleBefore = new Date(Date.parse(at) - staleMs).toISOString();
    try {
      return await db.get(IDEMPOTENCY_STATEMENTS.claim, {
        user,
        key,
        fingerprint,
        at,
        staleBefore,
      });
    } catch (error) {
      if (brokenUnique(error, ["idempotency_pk"])) return undefined;
      throw error;
    }
  };

  return {
    claim: verb(async (input) => {
      for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
        const row = await attempt(input);
        if (!row) continue;
        if (row.fresh === 1) return { outcome: "fresh" };
        if (row.fingerprint !== input.fingerprint) return { outcome: "mismatch" };
        if (row.status === null) return { outcome: "in_flight" };
        return { outcome: "done", status: row.status, body: row.body ?? "" };
      }
      return { outcome: "in_flight" };
    }),
    finish: verb(async ({ userId: user, key, at, status, body }) => {
      await db.run(IDEMPOTENCY_STATEMENTS.finish, { user, key, at, status, body });
    }),
    release: verb(async ({ userId: user, key, at }) => {
      await db.run(IDEMPOTENCY_STATEMENTS.release, { user, key, at });
    }),
    purge: verb(async (before) => {
      const rows = PURGE_ROWS;
      while (await db.run(IDEMPOTENCY_STATEMENTS.purge, { before, rows }) === rows);
    }),
  };
}
