import type { ErrorCode } from "../../../kernel/errors.ts";
import type { Role } from "../../../kernel/actor.ts";
import { SORT_KEY_SIZE } from "../../../kernel/sort_key.ts";
import { CHARACTERS, unitsOf } from "../../../kernel/text.ts";
import { ascii, BIT, ID, INT, MAX_TEXT, reading, returning, text, TIME } from "../statement.ts";
import { ADD_MESSAGES } from "./outbox.ts";
import { lock, ROLES_LOCK, transaction } from "./transaction.ts";

/** The columns of `UserRow`, of a table or alias of this name. */
export const userColumns = (of: string): string =>
  `${of}.id, ${of}.username, ${of}.name, ${of}.sort_name AS [sortName], ${of}.email, ${of}.number,
  ${of}.role, ${of}.active, ${of}.generation, ${of}.created_at AS [createdAt]`;

/** The order of lists of people. */
export const BY_SORT_NAME = "users.sort_key, users.id";

/** BIGINTs come as strings. */
export interface UserRow {
  readonly id: string;
  readonly username: string;
  /** Null where none was given. */
  readonly name: string | null;
  readonly sortName: string | null;
  readonly email: string | null;
  readonly number: string | null;
  readonly role: Role;
  readonly active: boolean;
  readonly generation: number;
  readonly createdAt: Date;
}

export interface HashRow extends UserRow {
  readonly passwordHash: string | null;
}

/** Characters that an index takes. */
export const KEY_SIZE = 850;
const KEY = text(KEY_SIZE);
const HASH = ascii(255);
const HASH_COLUMNS = `${userColumns("users")}, users.password_hash AS [passwordHash]`;

/** What the batch found against the change, else null. */
export interface Refusal {
  readonly refused: ErrorCode | null;
}

const ASKED = `FROM STRING_SPLIT(@handles COLLATE Latin1_General_100_BIN2, NCHAR(10)) AS asked
JOIN dbo.users AS users`;
// Of the index's own type, or it would not be searched.
const HANDLE = `CAST(asked.value AS NVARCHAR(${KEY_SIZE})) COLLATE Latin1_General_100_BIN2`;

/** What says who it is, and what is made of it. */
const PERSON = {
  username: text(unitsOf(CHARACTERS.username)),
  usernameKey: KEY,
  name: text(unitsOf(CHARACTERS.name)),
  sortName: text(unitsOf(CHARACTERS.name)),
  sortKey: text(SORT_KEY_SIZE),
  email: text(unitsOf(CHARACTERS.email)),
  emailKey: KEY,
  number: text(unitsOf(CHARACTERS.number)),
  numberKey: KEY,
  search: MAX_TEXT,
};

const FILTER = { limit: INT, role: ascii(7), active: BIT, search: text(4_000) };

/** CHARINDEX knows no wildcards, unlike LIKE. */
const FILTERED = `(@role IS NULL OR users.role = @role)
  AND (@active IS NULL OR users.active = @active)
  AND (@search IS NULL
    OR CHARINDEX(@search COLLATE Latin1_General_100_BIN2, users.search) > 0)
ORDER BY ${BY_SORT_NAME} OPTION (RECOMPILE);`;

/** Part of the batch that gives cause for it. */
export const END_SIGN_INS = (user: string): string =>
  `UPDATE dbo.users SET generation = generation + 1 WHERE id = ${user};
  UPDATE dbo.refresh_families SET revoked = 1 WHERE user_id = ${user};`;

const EXTERNAL_ID = {
  source: text(unitsOf(CHARACTERS.externalSource)),
  external: text(unitsOf(CHARACTERS.externalId)),
};

export const USER_STATEMENTS = {
  byId: reading<[UserRow]>()(
    { id: ID },
    `SELECT ${userColumns("users")} FROM dbo.users AS users WHERE users.id = @id;`,
  ),
  hashById: reading<[HashRow]>()(
    { id: ID },
    `SELECT ${HASH_COLUMNS} FROM dbo.users AS users WHERE users.id = @id;`,
  ),
  versionById: reading<[UserRow & { readonly version: number }]>()(
    { id: ID },
    `SELECT ${userColumns("users")}, users.version FROM dbo.users AS users WHERE users.id = @id;`,
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
  list: reading<[UserRow]>()(
    FILTER,
    `SELECT TOP (@limit) ${userColumns("users")} FROM dbo.users AS users WHERE ${FILTERED}`,
  ),
  listAfter: reading<[UserRow]>()(
    { ...FILTER, after: ID },
    `DECLARE @key NVARCHAR(${SORT_KEY_SIZE});
SELECT @key = users.sort_key FROM dbo.users AS users WHERE users.id = @after;
SELECT TOP (@limit) ${userColumns("users")} FROM dbo.users AS users
WHERE users.sort_key >= @key AND (users.sort_key > @key OR users.id > @after) AND ${FILTERED}`,
  ),
  /** Which of the keys another user has, the first in this order. */
  taken: reading<[Refusal]>()(
    { id: ID, emailKey: KEY, usernameKey: KEY, numberKey: KEY },
    `SELECT CASE
  WHEN EXISTS (SELECT 1 FROM dbo.users AS users
    WHERE users.email_key = @emailKey AND users.id <> @id) THEN 'email_taken'
  WHEN EXISTS (SELECT 1 FROM dbo.users AS users
    WHERE users.username_key = @usernameKey AND users.id <> @id) THEN 'username_taken'
  WHEN EXISTS (SELECT 1 FROM dbo.users AS users
    WHERE users.number_key = @numberKey AND users.id <> @id) THEN 'number_taken'
  END AS refused;`,
  ),
  insert: returning<[UserRow]>()(
    { ...PERSON, hash: HASH, role: ascii(7), at: TIME, messages: MAX_TEXT },
    transaction(`DECLARE @id BIGINT;
INSERT INTO dbo.users (username, username_key, name, sort_name, sort_key, email, email_key, number,
  number_key, search, password_hash, role, created_at)
VALUES (@username, @usernameKey, @name, @sortName, @sortKey, @email, @emailKey, @number,
  @numberKey, @search, @hash, @role, @at);
SET @id = SCOPE_IDENTITY();
${ADD_MESSAGES("@id")}
SELECT ${userColumns("users")} FROM dbo.users AS users WHERE users.id = @id;`),
  ),
  // No row comes back where the user is gone, or has changed since the version was read.
  update: returning<[Refusal, UserRow]>()(
    {
      id: ID,
      version: INT,
      ...PERSON,
      hash: HASH,
      role: ascii(7),
      active: BIT,
      messages: MAX_TEXT,
    },
    transaction(`DECLARE @refused VARCHAR(20), @ends INT, @changed INT = 0;
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
        WHERE enrolments.student_id = @id AND enrolments.last_day IS NULL
          AND classes.archived = 0)
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
BEGIN
  SELECT @ends = CASE WHEN @hash IS NOT NULL OR (@active = 0 AND users.active = 1) THEN 1 ELSE 0 END
  FROM dbo.users AS users WHERE users.id = @id;
  UPDATE dbo.users SET version = version + 1, username = @username, username_key = @usernameKey,
    name = @name, sort_name = @sortName, sort_key = @sortKey, email = @email,
    email_key = @emailKey, number = @number, number_key = @numberKey, search = @search,
    password_hash = COALESCE(@hash, password_hash), role = COALESCE(@role, role),
    active = COALESCE(@active, active)
  WHERE id = @id AND version = @version;
  SET @changed = @@ROWCOUNT;
END;
IF @changed = 1 AND @ends = 1
BEGIN
  ${END_SIGN_INS("@id")}
END;
IF @changed = 1
BEGIN
  ${ADD_MESSAGES("@id")}
END;
SELECT ${userColumns("users")} FROM dbo.users AS users WHERE users.id = @id AND @changed = 1;`),
  ),
  replacePassword: returning<[{ readonly changed: number }]>()(
    { id: ID, before: HASH, after: HASH },
    transaction(`DECLARE @changed INT;
UPDATE dbo.users SET password_hash = @after WHERE id = @id AND password_hash = @before;
SET @changed = @@ROWCOUNT;
IF @changed = 1
BEGIN
  ${END_SIGN_INS("@id")}
END;
SELECT @changed AS changed;`),
  ),
  endSignIns: returning<[]>()({ id: ID }, transaction(END_SIGN_INS("@id"))),
  identify: returning<[{ readonly owner: string }]>()(
    { id: ID, ...EXTERNAL_ID },
    `INSERT INTO dbo.user_external_ids (source, external_id, user_id)
SELECT @source, @external, @id WHERE NOT EXISTS (SELECT 1 FROM dbo.user_external_ids AS known
  WHERE known.source = @source AND known.external_id = @external);
SELECT known.user_id AS owner FROM dbo.user_external_ids AS known
WHERE known.source = @source AND known.external_id = @external;`,
    { repeatable: true },
  ),
  byExternalId: reading<[UserRow]>()(
    EXTERNAL_ID,
    `SELECT ${userColumns("users")} FROM dbo.user_external_ids AS known
JOIN dbo.users AS users ON users.id = known.user_id
WHERE known.source = @source AND known.external_id = @external;`,
  ),
};
