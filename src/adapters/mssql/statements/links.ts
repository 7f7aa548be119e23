import { ascii, ID, INT, reading, returning, TIME } from "../statement.ts";
import { lock, transaction, userLock } from "./transaction.ts";
import { END_SIGN_INS, userColumns, type UserRow } from "./users.ts";

const HASH = ascii(64);

const GOOD = "links.hash = @hash AND links.used_at IS NULL AND links.expires_at > @at";

export const LINK_STATEMENTS = {
  // Under a lock, so that of links that are made at the same moment one is good in the end.
  create: returning<[]>()(
    { hash: HASH, user: ID, purpose: ascii(32), at: TIME, expiresAt: TIME },
    transaction(`${lock("Exclusive", userLock("@user"))}
DELETE FROM dbo.links WHERE user_id = @user AND purpose = @purpose;
INSERT INTO dbo.links (hash, user_id, purpose, created_at, expires_at)
VALUES (@hash, @user, @purpose, @at, @expiresAt);`),
  ),
  find: reading<[UserRow]>()(
    { hash: HASH, at: TIME },
    `SELECT ${userColumns("users")} FROM dbo.links AS links
JOIN dbo.users AS users ON users.id = links.user_id WHERE ${GOOD};`,
  ),
  // The first UPDATE decides: of two at the same moment the second waits and then finds it used.
  use: returning<[UserRow]>()(
    { hash: HASH, password: ascii(255), at: TIME },
    transaction(`DECLARE @user BIGINT, @used INT;
UPDATE links SET used_at = @at FROM dbo.links AS links WHERE ${GOOD};
SET @used = @@ROWCOUNT;
IF @used = 1
BEGIN
  SELECT @user = links.user_id FROM dbo.links AS links WHERE links.hash = @hash;
  UPDATE dbo.users SET password_hash = @password WHERE id = @user;
  ${END_SIGN_INS("@user")}
END;
SELECT ${userColumns("users")} FROM dbo.users AS users WHERE users.id = @user;`),
  ),
  purge: returning<[]>()(
    { at: TIME, rows: INT },
    "DELETE TOP (@rows) FROM dbo.links WHERE expires_at < @at;",
    { repeatable: true },
  ),
};
