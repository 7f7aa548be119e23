/** The list of people, and what administrators do with accounts. */
import { checkPassword, type Passwords } from "./password.ts";
import { AppError } from "../kernel/errors.ts";
import type { LiveStore } from "../sessions/live_store.ts";
import type { IdPage } from "../kernel/page.ts";
import type { Storage } from "../adapters/storage.ts";
import type { StoredUser } from "./store.ts";
import type { Role } from "../kernel/actor.ts";

export interface NewUser {
  readonly username: string;
  readonly name?: string | undefined;
  readonly sortName?: string | undefined;
  readonly email: string;
  readonly number?: string | undefined;
  readonly password: string;
  readonly role: Role;
}

export interface UserFilter {
  /** Part of name, username, email or number. */
  readonly search?: string;
  readonly role?: Role;
  readonly active?: boolean;
}

export interface UserPatch {
  readonly username?: string;
  readonly name?: string | null;
  readonly sortName?: string | null;
  readonly email?: string;
  readonly number?: string | null;
  readonly role?: Role;
  readonly active?: boolean;
  readonly password?: string;
}

export interface Users {
  list(filter: UserFilter, page: IdPage): Promise<readonly StoredUser[]>;
  /** Active students. */
  students(search: string | undefined, page: IdPage): Promise<readonly StoredUser[]>;
  /** @throws AppError `weak_password`, `email_taken`, `username_taken`, `number_taken` */
  create(input: NewUser): Promise<StoredUser>;
  /** The first administrator, and any further one. @throws AppError as `create` */
  createAdmin(input: Omit<NewUser, "role">): Promise<StoredUser>;
  /** @throws AppError `user_not_found` */
  byId(id: number): Promise<StoredUser>;
  /**
   * Changes what is given. A new password or a deactivation ends every sign-in of the user; a
   * deactivation or a new role reaches open sockets at once. Safe to repeat.
   * @throws AppError `user_not_found`, `weak_password`, `email_taken`, `username_taken`,
   *   `number_taken`, `last_admin`, `role_in_use`
   */
  update(id: number, patch: UserPatch): Promise<StoredUser>;
  /** Takes the account out of use; history keeps it. @throws AppError `user_not_found`, `last_admin` */
  deactivate(id: number): Promise<void>;
}

export function createUsers(
  { storage, live, passwords, now }: {
    storage: Pick<Storage, "users" | "classes">;
    live: Pick<LiveStore, "publishControl" | "updateClass">;
    passwords: Passwords;
    now: () => number;
  },
): Users {
  const byId = async (id: number) => {
    const user = await storage.users.byId(id);
    if (!user) throw new AppError("user_not_found");
    return user;
  };

  const create = async ({ password, name, sortName, number, ...account }: NewUser) => {
    checkPassword(password, account);
    const passwordHash = await passwords.hash(password);
    const at = new Date(now()).toISOString();
    return await storage.users.create({
      ...account,
      name: name ?? null,
      sortName: sortName ?? null,
      number: number ?? null,
      passwordHash,
      at,
    });
  };

  /** Running sessions count active students only. */
  const updateRosters = async ({ id, role, active }: StoredUser) => {
    if (role !== "STUDENT") return;
    const change = active ? { enrol: [id] } : { unenrol: [id] };
    for (const classId of await storage.classes.enrolledIn(id)) {
      await live.updateClass(classId, change);
    }
  };

  const update = async (id: number, { password, ...fields }: UserPatch) => {
    const before = await byId(id);
    if (password !== undefined) {
      checkPassword(password, {
        username: fields.username ?? before.username,
        email: fields.email ?? before.email,
      });
    }
    const user = await storage.users.update(id, {
      ...fields,
      ...(password === undefined ? {} : { passwordHash: await passwords.hash(password) }),
    });
    // Told whenever asked for, changed or not: a repeat then finishes what a failure cut short.
    if (fields.active !== undefined || fields.role !== undefined) {
      await live.publishControl({ type: "user", userId: id });
    }
    if (fields.active !== undefined) await updateRosters(user);
    return user;
  };

  return {
    list: (filter, page) => storage.users.list(filter, page),
    students: (search, page) =>
      storage.users.list(
        { role: "STUDENT", active: true, ...(search === undefined ? {} : { search }) },
        page,
      ),
    create,
    createAdmin: (input) => create({ ...input, role: "ADMIN" }),
    byId,
    update,
    async deactivate(id) {
      await update(id, { active: false });
    },
  };
}
