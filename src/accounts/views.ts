/** Users as others may see them. */
import type { StoredUser, UserStore } from "./store.ts";
import type { Actor } from "../kernel/actor.ts";
import type { User } from "./schema.ts";

/** A user as the user sees it. */
export const userView = ({ id, username, email, role, name, number }: StoredUser): User => (
  { id, username, email, role, name, number }
);

/** A user with nothing hidden, for staff. */
export const staffView = (user: StoredUser): User => ({
  ...userView(user),
  sort_name: user.sortName,
});

/**
 * What makes of stored users what this viewer may see: a student sees no other student's email and
 * number. Each user's view is made once.
 */
export function usersSeenBy(viewer: Actor): (user: StoredUser) => User {
  const made = new Map<number, User>();
  const viewOf = (user: StoredUser): User => {
    if (viewer.role !== "STUDENT") return staffView(user);
    const hidden = user.role === "STUDENT" && user.id !== viewer.userId;
    return hidden ? { ...userView(user), email: null, number: null } : userView(user);
  };
  return (user) => {
    const known = made.get(user.id);
    if (known) return known;
    const view = viewOf(user);
    made.set(user.id, view);
    return view;
  };
}

/** Looks users up by ids that history or a class refers to, so each one exists. */
export async function usersById(
  users: Pick<UserStore, "byId">,
  ids: Iterable<number>,
): Promise<(id: number) => StoredUser> {
  const wanted = [...new Set(ids)];
  const found = await Promise.all(wanted.map((id) => users.byId(id)));
  const byId = new Map(found.flatMap((user) => user ? [[user.id, user]] : []));
  return (id) => {
    const user = byId.get(id);
    if (!user) throw new Error(`User ${id} is referred to but not stored`);
    return user;
  };
}
