import { createHash } from "node:crypto";
import { AppError, type ErrorCode } from "../../kernel/errors.ts";
import { fold, handleKey, searchText } from "../../kernel/names.ts";
import { sortKey } from "../../kernel/sort_key.ts";
import type { StoredUser, UserStore, UserWithHash } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { brokenUnique, verb } from "./errors.ts";
import { claimExternalId } from "./external_ids.ts";
import { handleList } from "./lists.ts";
import { messageList } from "./outbox.ts";
import { type HashRow, KEY_SIZE, USER_STATEMENTS, type UserRow } from "./statements/users.ts";

export const toUser = (row: UserRow): StoredUser => ({
  id: Number(row.id),
  username: row.username,
  name: row.name ?? row.username,
  sortName: row.sortName,
  email: row.email,
  number: row.number,
  role: row.role,
  active: row.active,
  generation: row.generation,
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

const keyOf = (text: string | null): string | null => text === null ? null : columnKey(text);

/** What is typed of a user, names null where none was given. */
interface Person {
  readonly username: string;
  readonly name: string | null;
  readonly sortName: string | null;
  readonly email: string | null;
  readonly number: string | null;
}

/** The columns that say who it is. */
function personColumns({ username, name, sortName, email, number }: Person) {
  const shown = name ?? username;
  return {
    username,
    usernameKey: columnKey(username),
    name,
    sortName,
    sortKey: sortKey(sortName ?? shown),
    email,
    emailKey: keyOf(email),
    number,
    numberKey: keyOf(number),
    search: searchText([shown, username, email, number]),
  };
}

type PersonColumns = ReturnType<typeof personColumns>;

const TAKEN: Readonly<Record<string, ErrorCode>> = {
  users_email_key: "email_taken",
  users_username_key: "username_taken",
  users_number_key: "number_taken",
};

/** No search key of this many characters finds anything: no field of a user holds as much. */
const MAX_SEARCH = 4_000;
/** Changes of a user whom others change at the same moment. */
const MAX_ATTEMPTS = 20;

export function createUserStore(db: Database): UserStore {
  /**
   * Runs a write; a broken unique rule becomes the error that names it. The server names any of
   * several: which comes first is asked then.
   */
  async function write<T>(
    id: number,
    { emailKey, usernameKey, numberKey }: PersonColumns,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const broken = brokenUnique(cause, Object.keys(TAKEN));
      const named = broken === null ? undefined : TAKEN[broken];
      if (!named) throw cause;
      const keys = { id, emailKey, usernameKey, numberKey };
      const first = await db.get(USER_STATEMENTS.taken, keys);
      throw new AppError(first?.refused ?? named, { cause });
    }
  }

  return {
    create: verb(async (input) => {
      const { name = null, sortName = null, number = null, passwordHash: hash, role, at } = input;
      const person = personColumns({ ...input, name, sortName, number });
      const messages = messageList(input.messages);
      const values = { ...person, hash, role, at, messages };
      const row = await write(0, person, () => db.get(USER_STATEMENTS.insert, values));
      if (!row) throw new Error("Cannot read back a user who was just made");
      return toUser(row);
    }),
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
      const key = search === undefined ? "" : fold(search);
      if (key.length > MAX_SEARCH) return [];
      const filter = {
        limit,
        role: role ?? null,
        active: active ?? null,
        search: key === "" ? null : key,
      };
      const rows = after === null
        ? await db.all(USER_STATEMENTS.list, filter)
        : await db.all(USER_STATEMENTS.listAfter, { ...filter, after });
      return rows.map(toUser);
    }),
    update: verb(async (id, { messages, passwordHash, role, active, ...fields }) => {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const before = await db.get(USER_STATEMENTS.versionById, { id });
        if (!before) throw new AppError("user_not_found");
        const person = personColumns({ ...before, ...fields });
        const [refusals, rows] = await write(id, person, () =>
          db.sets(USER_STATEMENTS.update, {
            id,
            version: before.version,
            ...person,
            hash: passwordHash ?? null,
            role: role ?? null,
            active: active ?? null,
            messages: messageList(messages),
          }));
        const refused = refusals?.[0]?.refused;
        if (refused) throw new AppError(refused);
        if (rows?.[0]) return toUser(rows[0]);
      }
      throw new Error("Cannot change a user: others do all the time");
    }),
    replacePassword: verb(async (id, { from: before, to: after }) => {
      const row = await db.get(USER_STATEMENTS.replacePassword, { id, before, after });
      return row?.changed === 1;
    }),
    endSignIns: verb(async (id) => {
      await db.all(USER_STATEMENTS.endSignIns, { id });
    }),
    identify: verb((id, external) =>
      claimExternalId(id, "user_external_ids_pk", () =>
        db.get(USER_STATEMENTS.identify, {
          id,
          source: external.source,
          external: external.externalId,
        }))
    ),
    byExternalId: verb(async ({ source, externalId: external }) => {
      const row = await db.get(USER_STATEMENTS.byExternalId, { source, external });
      return row ? toUser(row) : null;
    }),
  };
}
