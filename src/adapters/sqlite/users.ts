import { AppError } from "../../kernel/errors.ts";
import { fold, handleKey, searchText } from "../../kernel/names.ts";
import { sortKey } from "../../kernel/sort_key.ts";
import type { StoredUser, UserStore, UserWithHash } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { addMessages } from "./outbox.ts";
import { verb } from "./verb.ts";

/** The columns of `UserRow`, of a table or alias named `users`. */
export const USER_COLUMNS = `users.id, users.username, users.name, users.sort_name AS sortName,
  users.email, users.number, users.role, users.active, users.generation,
  users.created_at AS createdAt`;

/** The order of lists of people. */
export const BY_SORT_NAME = "users.sort_key, users.id";

export interface UserRow extends Omit<StoredUser, "active" | "name"> {
  /** Null where none was given. */
  readonly name: string | null;
  readonly active: number;
}

interface HashRow extends UserRow {
  readonly passwordHash: string | null;
}

export const toUser = (row: UserRow): StoredUser => ({
  id: row.id,
  username: row.username,
  name: row.name ?? row.username,
  sortName: row.sortName,
  email: row.email,
  number: row.number,
  role: row.role,
  active: row.active === 1,
  generation: row.generation,
  createdAt: row.createdAt,
});

const withHash = (row: HashRow | undefined): UserWithHash | null =>
  row ? { ...toUser(row), passwordHash: row.passwordHash } : null;

const HASH_COLUMNS = `${USER_COLUMNS}, users.password_hash AS passwordHash`;
const BY_ID = `SELECT ${USER_COLUMNS} FROM users WHERE id = ?`;
const HASH_BY_ID = `SELECT ${HASH_COLUMNS} FROM users WHERE id = ?`;
const BY_EMAIL = `SELECT ${HASH_COLUMNS} FROM users WHERE email_key = ?`;
const BY_USERNAME = `SELECT ${HASH_COLUMNS} FROM users WHERE username_key = ?`;

const INSERT = `INSERT INTO users (username, username_key, name, sort_name, sort_key, email,
    email_key, number, number_key, search, password_hash, role, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${USER_COLUMNS}`;

const UPDATE = `UPDATE users SET username = ?, username_key = ?, name = ?, sort_name = ?,
    sort_key = ?, email = ?, email_key = ?, number = ?, number_key = ?, search = ?,
    password_hash = ?, role = ?, active = ? WHERE id = ?`;

// Emails come last, so that in a map filled in this order the email wins.
const BY_HANDLES = `
  SELECT 0 AS isEmail, users.username_key AS handle, ${USER_COLUMNS}
    FROM json_each(?1) AS asked CROSS JOIN users ON users.username_key = asked.value
  UNION ALL
  SELECT 1, users.email_key, ${USER_COLUMNS}
    FROM json_each(?1) AS asked CROSS JOIN users ON users.email_key = asked.value
  ORDER BY 1`;

// instr() knows no wildcards, unlike LIKE.
const FILTER = `(?1 IS NULL OR role = ?1) AND (?2 IS NULL OR active = ?2)
  AND (?3 IS NULL OR instr(search, ?3) > 0)`;
const LIST = `SELECT ${USER_COLUMNS} FROM users WHERE ${FILTER}
  ORDER BY ${BY_SORT_NAME} LIMIT ?4`;
const LIST_AFTER = `SELECT ${USER_COLUMNS} FROM users
  WHERE (sort_key, id) > (SELECT sort_key, id FROM users WHERE id = ?5) AND ${FILTER}
  ORDER BY ${BY_SORT_NAME} LIMIT ?4`;

const OTHER_ADMIN = "SELECT 1 FROM users WHERE role = 'ADMIN' AND active = 1 AND id <> ? LIMIT 1";

const ENROLLED = `SELECT 1 FROM enrolments CROSS JOIN classes ON classes.id = enrolments.class_id
  WHERE enrolments.student_id = ? AND enrolments.last_day IS NULL AND classes.archived = 0 LIMIT 1`;

const TEACHES = "SELECT 1 FROM classes WHERE teacher_id = ? AND archived = 0 LIMIT 1";

const REPLACE_PASSWORD = "UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?";

const BY_EXTERNAL_ID = `SELECT ${USER_COLUMNS} FROM user_external_ids AS ids
  CROSS JOIN users ON users.id = ids.user_id WHERE ids.source = ? AND ids.external_id = ?`;

const IDENTIFY = `INSERT INTO user_external_ids (source, external_id, user_id) VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET user_id = excluded.user_id WHERE user_id = excluded.user_id`;

/** Columns that must be unique, in the order in which they are refused. */
const UNIQUE = [
  ["email_taken", "SELECT 1 FROM users WHERE email_key = ? AND id <> ?"],
  ["username_taken", "SELECT 1 FROM users WHERE username_key = ? AND id <> ?"],
  ["number_taken", "SELECT 1 FROM users WHERE number_key = ? AND id <> ?"],
] as const;

/** What is typed of a user, names null where none was given. */
interface Person {
  readonly username: string;
  readonly name: string | null;
  readonly sortName: string | null;
  readonly email: string | null;
  readonly number: string | null;
}

/** Part of the transaction that gives cause for it. */
export function endSignIns(db: Database, id: number): void {
  db.run("UPDATE users SET generation = generation + 1 WHERE id = ?", id);
  db.run("UPDATE refresh_families SET revoked = 1 WHERE user_id = ?", id);
}

export function createUserStore(db: Database): UserStore {
  const exists = (sql: string, ...values: (number | string)[]) =>
    db.get(sql, ...values) !== undefined;

  const guardRole = (before: UserRow, after: { role: string; active: boolean }) => {
    const { id, role } = before;
    const wasAdmin = role === "ADMIN" && before.active === 1;
    const staysAdmin = after.role === "ADMIN" && after.active;
    if (wasAdmin && !staysAdmin && !exists(OTHER_ADMIN, id)) throw new AppError("last_admin");
    if (after.role === role) return;
    if (role === "STUDENT" && exists(ENROLLED, id)) throw new AppError("role_in_use");
    if (role === "TEACHER" && exists(TEACHES, id)) throw new AppError("role_in_use");
  };

  /** The columns that say who it is, in the order of INSERT and UPDATE, once they are free. */
  const personColumns = ({ username, name, sortName, email, number }: Person, id: number) => {
    const keys = [email, username, number].map((text) => text === null ? null : handleKey(text));
    UNIQUE.forEach(([code, taken], place) => {
      const key = keys[place] ?? null;
      if (key !== null && exists(taken, key, id)) throw new AppError(code);
    });
    const [emailKey = null, usernameKey = null, numberKey = null] = keys;
    const shown = name ?? username;
    const order = sortKey(sortName ?? shown);
    const search = searchText([shown, username, email, number]);
    return [
      username,
      usernameKey,
      name,
      sortName,
      order,
      email,
      emailKey,
      number,
      numberKey,
      search,
    ] as const;
  };

  return {
    create: verb((input) =>
      db.transaction(() => {
        const { name = null, sortName = null, number = null, passwordHash, role, at } = input;
        const person = personColumns({ ...input, name, sortName, number }, 0);
        const row = db.get<UserRow>(INSERT, ...person, passwordHash, role, at);
        if (!row) throw new Error("Cannot read back a user who was just made");
        addMessages(db, row.id, input.messages);
        return toUser(row);
      })
    ),
    byId: verb((id) => {
      const row = db.get<UserRow>(BY_ID, id);
      return row ? toUser(row) : null;
    }),
    withHash: verb((id) => withHash(db.get<HashRow>(HASH_BY_ID, id))),
    byHandle: verb((handle) => {
      const key = handleKey(handle);
      return withHash(db.get<HashRow>(BY_EMAIL, key) ?? db.get<HashRow>(BY_USERNAME, key));
    }),
    studentsByHandle: verb((handles) => {
      const keys = JSON.stringify([...new Set(handles.map(handleKey))]);
      const found = new Map<string, StoredUser>();
      for (const row of db.all<UserRow & { handle: string }>(BY_HANDLES, keys)) {
        found.set(row.handle, toUser(row));
      }
      for (const [handle, user] of found) {
        if (!user.active || user.role !== "STUDENT") found.delete(handle);
      }
      return found;
    }),
    list: verb(({ search, role, active }, { limit, after }) => {
      const filter = [
        role ?? null,
        active === undefined ? null : Number(active),
        search === undefined ? null : fold(search),
        limit,
      ] as const;
      return (after === null
        ? db.all<UserRow>(LIST, ...filter)
        : db.all<UserRow>(LIST_AFTER, ...filter, after)).map(toUser);
    }),
    update: verb((id, { messages, ...patch }) =>
      db.transaction(() => {
        const row = db.get<HashRow>(HASH_BY_ID, id);
        if (!row) throw new AppError("user_not_found");
        const before = { ...row, active: row.active === 1 };
        const after = { ...before, ...patch };
        guardRole(row, after);
        const person = personColumns(after, id);
        db.run(UPDATE, ...person, after.passwordHash, after.role, Number(after.active), id);
        const ended = patch.passwordHash !== undefined || (before.active && !after.active);
        if (ended) endSignIns(db, id);
        addMessages(db, id, messages);
        const written = db.get<UserRow>(BY_ID, id);
        if (!written) throw new AppError("user_not_found");
        return toUser(written);
      })
    ),
    replacePassword: verb((id, { from, to }) =>
      db.transaction(() => {
        if (db.run(REPLACE_PASSWORD, to, id, from).changes === 0) return false;
        endSignIns(db, id);
        return true;
      })
    ),
    endSignIns: verb((id) => db.transaction(() => endSignIns(db, id))),
    identify: verb((id, { source, externalId }) => {
      if (db.run(IDENTIFY, source, externalId, id).changes === 0) {
        throw new AppError("external_id_taken");
      }
    }),
    byExternalId: verb(({ source, externalId }) => {
      const row = db.get<UserRow>(BY_EXTERNAL_ID, source, externalId);
      return row ? toUser(row) : null;
    }),
  };
}
