import type { IdempotencyStore } from "../../http/kit/idempotency.ts";
import type { Database } from "./database.ts";
import { verb } from "./verb.ts";

interface ClaimRow {
  readonly fingerprint: string;
  readonly claimedAt: string;
  readonly status: number | null;
  readonly body: string | null;
}

const BY_KEY = `SELECT fingerprint, claimed_at AS claimedAt, status, body FROM idempotency
  WHERE user_id = ? AND key = ?`;

const INSERT =
  "INSERT INTO idempotency (user_id, key, fingerprint, claimed_at) VALUES (?, ?, ?, ?)";

const RECLAIM = "UPDATE idempotency SET claimed_at = ? WHERE user_id = ? AND key = ?";

const FINISH = `UPDATE idempotency SET status = ?, body = ?
  WHERE user_id = ? AND key = ? AND claimed_at = ? AND status IS NULL`;

const RELEASE = `DELETE FROM idempotency
  WHERE user_id = ? AND key = ? AND claimed_at = ? AND status IS NULL`;

export function createIdempotencyStore(db: Database): IdempotencyStore {
  return {
    claim: verb(({ userId, key, fingerprint, at, staleMs }) =>
      db.transaction(() => {
        const known = db.get<ClaimRow>(BY_KEY, userId, key);
        if (!known) {
          db.run(INSERT, userId, key, fingerprint, at);
          return { outcome: "fresh" };
        }
        if (known.fingerprint !== fingerprint) return { outcome: "mismatch" };
        if (known.status !== null) {
          return { outcome: "done", status: known.status, body: known.body ?? "" };
        }
        if (Date.parse(at) - Date.parse(known.claimedAt) <= staleMs) {
          return { outcome: "in_flight" };
        }
        db.run(RECLAIM, at, userId, key);
        return { outcome: "fresh" };
      })
    ),
    finish: verb(({ userId, key, at, status, body }) => {
      db.run(FINISH, status, body, userId, key, at);
    }),
    release: verb(({ userId, key, at }) => {
      db.run(RELEASE, userId, key, at);
    }),
    purge: verb((before) => {
      db.run("DELETE FROM idempotency WHERE claimed_at < ?", before);
    }),
  };
}
