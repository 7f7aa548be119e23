/** The list of people, and what administrators do with accounts. */
import { checkPassword, type Passwords } from "./password.ts";
import { AppError } from "../kernel/errors.ts";
import type { AccountNews } from "./news.ts";
import type { IdPage } from "../kernel/page.ts";
import type { StoredUser, UserStore } from "./store.ts";
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

export interface People {
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

export function createPeople(
  { users, news, passwords, now }: {
    users: UserStore;
    news: AccountNews;
    passwords: Passwords;
    now: () => number;
  },
): People {
  const byId = async (id: number) => {
    const user = await users.byId(id);
    if (!user) throw new AppError("user_not_found");
    return user;
  };

  const create = async ({ password, name, sortName, number, ...account }: NewUser) => {
    checkPassword(password, account);
    const passwordHash = await passwords.hash(password);
    const at = new Date(now()).toISOString();
    return await users.create({
      ...account,
      name: name ?? null,
      sortName: sortName ?? null,
      number: number ?? null,
      passwordHash,
      at,
    });
  };

  const update = async (id: number, { password, ...fields }: UserPatch) => {
    const before = await byId(id);
    if (password !== undefined) {
      checkPassword(password, {
        username: fields.username ?? before.username,
        email: fields.email ?? before.email,
      });
    }
    const user = await users.update(id, {
      ...fields,
      ...(password === undefined ? {} : { passwordHash: await passwords.hash(password) }),
    });
    // Told whenever asked for, changed or not: a repeat then finishes what a failure cut short.
    if (fields.active !== undefined || fields.role !== undefined) {
      await news.changed(id);
    }
    if (fields.active !== undefined && user.role === "STUDENT") {
      await news.studentActivity(id, user.active);
    }
    return user;
  };

  return {
    list: (filter, page) => users.list(filter, page),
    students: (search, page) =>
      users.list(
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
