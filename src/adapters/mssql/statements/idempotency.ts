import { ascii, ID, INT, MAX_TEXT, returning, text, TIME } from "../statement.ts";

const KEY = text(255);

export interface ClaimRow {
  /** 1 where this call has the key now. */
  readonly fresh: number;
  readonly fingerprint: string;
  readonly status: number | null;
  readonly body: string | null;
}

const FRESH = "SELECT 1 AS fresh, @fingerprint AS fingerprint, NULL AS status, NULL AS body;";

export const IDEMPOTENCY_STATEMENTS = {
  // Each statement is atomic by itself; of two INSERTs at once the primary key refuses one.
  claim: returning<[ClaimRow]>()(
    { user: ID, key: KEY, fingerprint: ascii(128), at: TIME, staleBefore: TIME },
    `INSERT INTO dbo.idempotency (user_id, idempotency_key, fingerprint, claimed_at)
SELECT @user, @key, @fingerprint, @at
WHERE NOT EXISTS (SELECT 1 FROM dbo.idempotency AS known
  WHERE known.user_id = @user AND known.idempotency_key = @key);
IF @@ROWCOUNT = 1
  ${FRESH}
ELSE
BEGIN
  UPDATE dbo.idempotency SET claimed_at = @at
  WHERE user_id = @user AND idempotency_key = @key AND fingerprint = @fingerprint
    AND status IS NULL AND claimed_at < @staleBefore;
  IF @@ROWCOUNT = 1
    ${FRESH}
  ELSE
    SELECT 0 AS fresh, known.fingerprint, known.status, known.body FROM dbo.idempotency AS known
    WHERE known.user_id = @user AND known.idempotency_key = @key;
END;`,
  ),
  finish: returning<[]>()(
    { user: ID, key: KEY, at: TIME, status: INT, body: MAX_TEXT },
    `UPDATE dbo.idempotency SET status = @status, body = @body
WHERE user_id = @user AND idempotency_key = @key AND claimed_at = @at AND status IS NULL;`,
    { repeatable: true },
  ),
  release: returning<[]>()(
    { user: ID, key: KEY, at: TIME },
    `DELETE FROM dbo.idempotency
WHERE user_id = @user AND idempotency_key = @key AND claimed_at = @at
  AND status IS NULL;`,
  ),
  purge: returning<[]>()(
    { before: TIME, rows: INT },
    "DELETE TOP (@rows) FROM dbo.idempotency WHERE claimed_at < @before;",
    { repeatable: true },
  ),
};
