import { createHash } from "node:crypto";
import { AppError } from "../../kernel/errors.ts";
import { handleKey } from "../../kernel/names.ts";
import type { StoredUser, UserStore, UserWithHash } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { brokenUnique, verb } from "./errors.ts";
import { handleList } from "./lists.ts";
import { type HashRow, KEY_SIZE, USER_STATEMENTS, type UserRow } from "./statements/users.ts";

export const toUser = (row: UserRow): StoredUser => ({
  id: Number(row.id),
  username: row.username,
  email: row.email,
  role: row.role,
  active: row.active,
  createdAt: row.createdAt.toISOString(),
});

const withHash = (row: HashRow | undefined): UserWithHash | null =>
  row ? { ...toUser(row), passwordHash: row.passwordHash } : null;

/**
 * `handleKey` as it is stored. SQL Server ignores spaces at the end of what it compares, hence the
 * mark after them. Keys too long for an index (compatibility forms can make 18 characters of one)
 * end in a hash of the whole.
 */
export function columnKey(handle: string): string {
  const key = handleKey(handle);
  const whole = key.endsWith(" ") ? `${key}\u0001` : key;
  if (whole.length <= KEY_SIZE) return whole;
  const hash = createHash("sha256").update(whole).digest("hex");
  return whole.slice(0, KEY_SIZE - hash.length) + hash;
}

/** Runs a write; a broken unique rule becomes the error that names it. */
async function writeUser(write: () => Promise<UserRow | undefined>): Promise<StoredUser> {
  let row: UserRow | undefined;
  try {
    row = await write();
  } catch (cause) {
    const broken = brokenUnique(cause, ["users_email_key", "users_username_key"]);
    if (broken === "users_email_key") throw new AppError("email_taken", { cause });
    if (broken === "users_username_key") throw new AppError("username_taken", { cause });
    throw cause;
  }
  if (!row) throw new AppError("user_not_found");
  return toUser(row);
}

export function createUserStore(db: Database): UserStore {
  return {
    create: verb(({ username, email, passwordHash: hash, role, at }) =>
      writeUser(() =>
        db.get(USER_STATEMENTS.insert, {
          username,
          usernameKey: columnKey(username),
          email,
          emailKey: columnKey(email),
          hash,
          role,
          at,
        })
      )
    ),
    byId: verb(async (id) => {
      const row = await db.get(USER_STATEMENTS.byId, { id });
      return row ? toUser(row) : null;
    }),
    withHash: verb(async (id) => withHash(await db.get(USER_STATEMENTS.hashById, { id }))),
    byHandle: verb(async (handle) =>
      withHash(await db.get(USER_STATEMENTS.byHandle, { key: columnKey(handle) }))
    ),
    studentsByHandle: verb(async (handles) => {
      const asked = new Map(handles.map((handle) => [columnKey(handle), handleKey(handle)]));
      const rows = await db.all(USER_STATEMENTS.byHandles, {
        handles: handleList(asked.keys()),
      });
      const found = new Map<string, StoredUser>();
      for (const row of rows) found.set(asked.get(row.handle) ?? row.handle, toUser(row));
      for (const [handle, user] of found) {
        if (!user.active || user.role !== "STUDENT") found.delete(handle);
      }
      return found;
    }),
    list: verb(async ({ search, role, active }, { limit, after }) => {
      const key = search === undefined ? "" : handleKey(search);
      // No stored key holds as much.
      if (key.length > KEY_SIZE) return [];
      const rows = await db.all(USER_STATEMENTS.list, {
        after: after ?? 0,
        limit,
        role: role ?? null,
        active: active ?? null,
        search: key === "" ? null : key,
      });
      return rows.map(toUser);
    }),
    update: verb((id, patch) =>
      writeUser(async () => {
        const { username, email, passwordHash, role, active } = patch;
        const [refusals, rows] = await db.sets(USER_STATEMENTS.update, {
          id,
          username: username ?? null,
          usernameKey: username === undefined ? null : columnKey(username),
          email: email ?? null,
          emailKey: email === undefined ? null : columnKey(email),
          hash: passwordHash ?? null,
          role: role ?? null,
          active: active ?? null,
        });
        const refused = refusals?.[0]?.refused;
        if (refused) throw new AppError(refused);
        return rows?.[0];
      })
    ),
  };
}
