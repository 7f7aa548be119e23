import type { ErrorCode } from "../../../kernel/errors.ts";
import type { Role } from "../../../kernel/actor.ts";
import { ascii, BIT, ID, INT, MAX_TEXT, reading, returning, text, TIME } from "../statement.ts";
import { lock, ROLES_LOCK, transaction } from "./transaction.ts";

/** The columns of `UserRow`, of a table or alias of this name. */
export const userColumns = (of: string): string =>
  `${of}.id, ${of}.username, ${of}.email, ${of}.role, ${of}.active, ${of}.created_at AS [createdAt]`;

/** BIGINTs come as strings. */
export interface UserRow {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly role: Role;
  readonly active: boolean;
  readonly createdAt: Date;
}

export interface HashRow extends UserRow {
  readonly passwordHash: string;
}

/** Characters that an index takes. */
export const KEY_SIZE = 850;
const KEY = text(KEY_SIZE);
const HASH_COLUMNS = `${userColumns("users")}, users.password_hash AS [passwordHash]`;

/** What the batch found against the change, else null. */
export interface Refusal {
  readonly refused: ErrorCode | null;
}

const ASKED = `FROM STRING_SPLIT(@handles COLLATE Latin1_General_100_BIN2, NCHAR(10)) AS asked
JOIN dbo.users AS users`;
// Of the index's own type, or it would not be searched.
const HANDLE = `CAST(asked.value AS NVARCHAR(${KEY_SIZE})) COLLATE Latin1_General_100_BIN2`;

export const USER_STATEMENTS = {
  byId: reading<[UserRow]>()(
    { id: ID },
    `SELECT ${userColumns("users")} FROM dbo.users AS users WHERE users.id = @id;`,
  ),
  hashById: reading<[HashRow]>()(
    { id: ID },
    `SELECT ${HASH_COLUMNS} FROM dbo.users AS users WHERE users.id = @id;`,
  ),
  byHandle: reading<[HashRow]>()(
    { key: KEY },
    `SELECT 0 AS place, ${HASH_COLUMNS} FROM dbo.users AS users WHERE users.email_key = @key
UNION ALL
SELECT 1 AS place, ${HASH_COLUMNS} FROM dbo.users AS users WHERE users.username_key = @key
ORDER BY place;`,
  ),
  // Emails come last, so that in a map filled in this order the email wins.
  byHandles: reading<[UserRow & { readonly handle: string }]>()(
    { handles: MAX_TEXT },
    `SELECT 0 AS place, users.username_key AS handle, ${userColumns("users")}
${ASKED} ON users.username_key = ${HANDLE}
UNION ALL
SELECT 1 AS place, users.email_key AS handle, ${userColumns("users")}
${ASKED} ON users.email_key = ${HANDLE}
ORDER BY place;`,
  ),
  // CHARINDEX knows no wildcards, unlike LIKE.
  list: reading<[UserRow]>()(
    { after: ID, limit: INT, role: ascii(7), active: BIT, search: KEY },
    `SELECT TOP (@limit) ${userColumns("users")} FROM dbo.users AS users
WHERE users.id > @after AND (@role IS NULL OR users.role = @role)
  AND (@active IS NULL OR users.active = @active)
  AND (@search IS NULL
    OR CHARINDEX(@search COLLATE Latin1_General_100_BIN2, users.username_key) > 0
    OR CHARINDEX(@search COLLATE Latin1_General_100_BIN2, users.email_key) > 0)
ORDER BY users.id OPTION (RECOMPILE);`,
  ),
  insert: returning<[UserRow]>()(
    {
      username: text(150),
      usernameKey: KEY,
      email: text(254),
      emailKey: KEY,
      hash: ascii(255),
      role: ascii(7),
      at: TIME,
    },
    `INSERT INTO dbo.users
  (username, username_key, email, email_key, password_hash, role, created_at)
OUTPUT ${userColumns("INSERTED")}
VALUES (@username, @usernameKey, @email, @emailKey, @hash, @role, @at);`,
  ),
  update: returning<[Refusal, UserRow]>()(
    {
      id: ID,
      username: text(150),
      usernameKey: KEY,
      email: text(254),
      emailKey: KEY,
      hash: ascii(255),
      role: ascii(7),
      active: BIT,
    },
    transaction(`DECLARE @refused VARCHAR(20);
IF @role IS NOT NULL OR @active IS NOT NULL
BEGIN
  ${lock("Exclusive", ROLES_LOCK)}
  SELECT @refused = CASE
    WHEN users.role = 'ADMIN' AND users.active = 1
      AND (@role <> 'ADMIN' OR @active = 0)
      AND NOT EXISTS (SELECT 1 FROM dbo.users AS others
        WHERE others.role = 'ADMIN' AND others.active = 1 AND others.id <> @id)
      THEN 'last_admin'
    WHEN users.role = 'STUDENT' AND @role <> 'STUDENT'
      AND EXISTS (SELECT 1 FROM dbo.enrolments AS enrolments
        JOIN dbo.classes AS classes ON classes.id = enrolments.class_id
        WHERE enrolments.student_id = @id AND classes.archived = 0)
      THEN 'role_in_use'
    WHEN users.role = 'TEACHER' AND @role <> 'TEACHER'
      AND EXISTS (SELECT 1 FROM dbo.classes AS classes
        WHERE classes.teacher_id = @id AND classes.archived = 0)
      THEN 'role_in_use'
    END
  FROM dbo.users AS users WHERE users.id = @id;
END;
SELECT @refused AS refused;
IF @refused IS NULL
  UPDATE dbo.users SET username = COALESCE(@username, username),
    username_key = COALESCE(@usernameKey, username_key), email = COALESCE(@email, email),
    email_key = COALESCE(@emailKey, email_key), password_hash = COALESCE(@hash, password_hash),
    role = COALESCE(@role, role), active = COALESCE(@active, active)
  OUTPUT ${userColumns("INSERTED")}
  WHERE id = @id;`),
  ),
};
