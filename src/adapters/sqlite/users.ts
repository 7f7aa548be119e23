import { AppError } from "../../kernel/errors.ts";
import { handleKey } from "../../kernel/names.ts";
import type { StoredUser, UserStore, UserWithHash } from "../../accounts/store.ts";
import { brokenConstraint, type Database } from "./database.ts";
import { verb } from "./verb.ts";

/** The columns of `UserRow`, of a table or alias named `users`. */
export const USER_COLUMNS =
  "users.id, users.username, users.email, users.role, users.active, users.created_at AS createdAt";

export interface UserRow extends Omit<StoredUser, "active"> {
  readonly active: number;
}

interface HashRow extends UserRow {
  readonly passwordHash: string;
}

export const toUser = (row: UserRow): StoredUser => ({
  id: row.id,
  username: row.username,
  email: row.email,
  role: row.role,
  active: row.active === 1,
  createdAt: row.createdAt,
});

const withHash = (row: HashRow | undefined): UserWithHash | null =>
  row ? { ...toUser(row), passwordHash: row.passwordHash } : null;

const HASH_COLUMNS = `${USER_COLUMNS}, users.password_hash AS passwordHash`;
const BY_ID = `SELECT ${USER_COLUMNS} FROM users WHERE id = ?`;
const HASH_BY_ID = `SELECT ${HASH_COLUMNS} FROM users WHERE id = ?`;
const BY_EMAIL = `SELECT ${HASH_COLUMNS} FROM users WHERE email_key = ?`;
const BY_USERNAME = `SELECT ${HASH_COLUMNS} FROM users WHERE username_key = ?`;

const INSERT = `INSERT INTO users
  (username, username_key, email, email_key, password_hash, role, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING ${USER_COLUMNS}`;

const UPDATE = `UPDATE users SET username = ?, username_key = ?, email = ?, email_key = ?,
  password_hash = ?, role = ?, active = ? WHERE id = ? RETURNING ${USER_COLUMNS}`;

// Emails come last, so that in a map filled in this order the email wins.
const BY_HANDLES = `
  SELECT 0 AS isEmail, users.username_key AS handle, ${USER_COLUMNS}
    FROM json_each(?1) AS asked CROSS JOIN users ON users.username_key = asked.value
  UNION ALL
  SELECT 1, users.email_key, ${USER_COLUMNS}
    FROM json_each(?1) AS asked CROSS JOIN users ON users.email_key = asked.value
  ORDER BY 1`;

// instr() knows no wildcards, unlike LIKE.
const LIST = `SELECT ${USER_COLUMNS} FROM users
  WHERE id > ?1 AND (?2 IS NULL OR role = ?2) AND (?3 IS NULL OR active = ?3)
    AND (?4 IS NULL OR instr(username_key, ?4) > 0 OR instr(email_key, ?4) > 0)
  ORDER BY id LIMIT ?5`;

const OTHER_ADMIN = "SELECT 1 FROM users WHERE role = 'ADMIN' AND active = 1 AND id <> ? LIMIT 1";

const ENROLLED = `SELECT 1 FROM enrolments JOIN classes ON classes.id = enrolments.class_id
  WHERE enrolments.student_id = ? AND classes.archived = 0 LIMIT 1`;

const TEACHES = "SELECT 1 FROM classes WHERE teacher_id = ? AND archived = 0 LIMIT 1";

/** Runs a write; a broken unique rule becomes the error that names it. */
function writeUser(write: () => UserRow | undefined): StoredUser {
  let row: UserRow | undefined;
  try {
    row = write();
  } catch (cause) {
    const broken = brokenConstraint(cause);
    if (broken?.includes("users.email_key")) throw new AppError("email_taken", { cause });
    if (broken?.includes("users.username_key")) throw new AppError("username_taken", { cause });
    throw cause;
  }
  if (!row) throw new AppError("user_not_found");
  return toUser(row);
}

export function createUserStore(db: Database): UserStore {
  const exists = (sql: string, id: number) => db.get(sql, id) !== undefined;

  const guardRole = (before: UserRow, after: { role: string; active: boolean }) => {
    const { id, role } = before;
    const wasAdmin = role === "ADMIN" && before.active === 1;
    const staysAdmin = after.role === "ADMIN" && after.active;
    if (wasAdmin && !staysAdmin && !exists(OTHER_ADMIN, id)) throw new AppError("last_admin");
    if (after.role === role) return;
    if (role === "STUDENT" && exists(ENROLLED, id)) throw new AppError("role_in_use");
    if (role === "TEACHER" && exists(TEACHES, id)) throw new AppError("role_in_use");
  };

  return {
    create: verb(({ username, email, passwordHash, role, at }) =>
      writeUser(() =>
        db.get<UserRow>(
          INSERT,
          username,
          handleKey(username),
          email,
          handleKey(email),
          passwordHash,
          role,
          at,
        )
      )
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
    list: verb(({ search, role, active }, { limit, after }) =>
      db.all<UserRow>(
        LIST,
        after ?? 0,
        role ?? null,
        active === undefined ? null : Number(active),
        search === undefined ? null : handleKey(search),
        limit,
      ).map(toUser)
    ),
    update: verb((id, patch) =>
      db.transaction(() => {
        const before = db.get<HashRow>(HASH_BY_ID, id);
        if (!before) throw new AppError("user_not_found");
        const after = {
          username: patch.username ?? before.username,
          email: patch.email ?? before.email,
          passwordHash: patch.passwordHash ?? before.passwordHash,
          role: patch.role ?? before.role,
          active: patch.active ?? before.active === 1,
        };
        guardRole(before, after);
        return writeUser(() =>
          db.get<UserRow>(
            UPDATE,
            after.username,
            handleKey(after.username),
            after.email,
            handleKey(after.email),
            after.passwordHash,
            after.role,
            Number(after.active),
            id,
          )
        );
      })
    ),
  };
}
