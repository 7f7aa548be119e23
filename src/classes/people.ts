/** Users as they appear in classes and in history. */
import type { StoredUser, UserStore } from "../storage/storage.ts";
import type { Actor, User } from "../users/schema.ts";

/** A user as this viewer may see it: a student sees no other student's email. */
export const userView = (viewer: Actor, { id, username, email, role }: StoredUser): User => ({
  id,
  username,
  email: viewer.role === "STUDENT" && role === "STUDENT" && id !== viewer.userId ? null : email,
  role,
});

/** `userView` for one viewer, making each user's view once. */
export function userViews(viewer: Actor): (user: StoredUser) => User {
  const made = new Map<number, User>();
  return (user) => {
    const known = made.get(user.id);
    if (known) return known;
    const view = userView(viewer, user);
    made.set(user.id, view);
    return view;
  };
}

/** Looks users up by ids that history or a class refers to, so each one exists. */
export async function usersById(
  users: UserStore,
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
