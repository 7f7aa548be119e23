/** Users as they appear in classes and in history. */
import type { StoredUser, UserStore } from "./store.ts";
import type { Actor } from "../kernel/actor.ts";
import type { User } from "./schema.ts";

/**
 * What makes of stored users what this viewer may see: a student sees no other student's email.
 * Each user's view is made once.
 */
export function usersSeenBy(viewer: Actor): (user: StoredUser) => User {
  const made = new Map<number, User>();
  return ({ id, username, email, role }) => {
    const known = made.get(id);
    if (known) return known;
    const hidden = viewer.role === "STUDENT" && role === "STUDENT" && id !== viewer.userId;
    const view = { id, username, email: hidden ? null : email, role };
    made.set(id, view);
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
