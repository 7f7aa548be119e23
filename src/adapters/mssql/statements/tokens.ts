import { ascii, ID, INT, returning, TIME } from "../statement.ts";
import { transaction } from "./transaction.ts";

const HASH = ascii(64);

interface RotatedRow {
  readonly outcome: "rotated" | "reused" | "unknown";
  /** A BIGINT. */
  readonly userId: string;
  readonly generation: number;
}

export const TOKEN_STATEMENTS = {
  create: returning<[]>()(
    { hash: HASH, family: HASH, user: ID, expiresAt: TIME, at: TIME },
    transaction(`DECLARE @id BIGINT;
SELECT @id = families.id FROM dbo.refresh_families AS families WHERE families.name = @family;
IF @id IS NULL
BEGIN
  INSERT INTO dbo.refresh_families (name, user_id) VALUES (@family, @user);
  SET @id = SCOPE_IDENTITY();
END;
INSERT INTO dbo.refresh_tokens (hash, family_id, created_at, expires_at)
VALUES (@hash, @id, @at, @expiresAt);`),
  ),
  // The first UPDATE decides: of two at the same moment the second waits and then finds it used.
  rotate: returning<[RotatedRow]>()(
    { hash: HASH, nextHash: HASH, nextExpiresAt: TIME, at: TIME },
    transaction(`DECLARE @rotated INT;
UPDATE tokens SET used = 1
FROM dbo.refresh_tokens AS tokens
JOIN dbo.refresh_families AS families ON families.id = tokens.family_id
WHERE tokens.hash = @hash AND tokens.used = 0 AND tokens.expires_at > @at AND families.revoked = 0;
SET @rotated = @@ROWCOUNT;
IF @rotated = 1
  INSERT INTO dbo.refresh_tokens (hash, family_id, created_at, expires_at)
  SELECT @nextHash, tokens.family_id, @at, @nextExpiresAt
  FROM dbo.refresh_tokens AS tokens WHERE tokens.hash = @hash;
ELSE
  UPDATE families SET revoked = 1
  FROM dbo.refresh_families AS families
  JOIN dbo.refresh_tokens AS tokens ON tokens.family_id = families.id
  WHERE tokens.hash = @hash AND tokens.used = 1 AND tokens.expires_at > @at;
SELECT CASE WHEN @rotated = 1 THEN 'rotated'
    WHEN tokens.used = 1 AND tokens.expires_at > @at THEN 'reused'
    ELSE 'unknown' END AS outcome, families.user_id AS [userId], users.generation
FROM dbo.refresh_tokens AS tokens
JOIN dbo.refresh_families AS families ON families.id = tokens.family_id
JOIN dbo.users AS users ON users.id = families.user_id
WHERE tokens.hash = @hash;`),
  ),
  revokeFamily: returning<[]>()(
    { hash: HASH },
    `UPDATE dbo.refresh_families SET revoked = 1
WHERE id = (SELECT tokens.family_id FROM dbo.refresh_tokens AS tokens WHERE tokens.hash = @hash);`,
    { repeatable: true },
  ),
  purge: returning<[]>()(
    { at: TIME, rows: INT },
    "DELETE TOP (@rows) FROM dbo.refresh_tokens WHERE expires_at < @at;",
    { repeatable: true },
  ),
  purgeFamilies: returning<[]>()(
    { rows: INT },
    `DELETE TOP (@rows) FROM dbo.refresh_families
WHERE NOT EXISTS (SELECT 1 FROM dbo.refresh_tokens AS tokens
  WHERE tokens.family_id = refresh_families.id);`,
    { repeatable: true },
  ),
};
