/** Remembers users by id for a moment: every request and every socket asks for one. */
import { createShortMemory } from "../kernel/short_memory.ts";
import type { UserStore } from "./store.ts";

export interface UserCache {
  readonly users: UserStore;
  forget(userId: number): void;
  forgetAll(): void;
}

/** @param now milliseconds since 1970 */
export function cacheUsers(users: UserStore, { now }: { now: () => number }): UserCache {
  const memory = createShortMemory({ read: (id) => users.byId(id), now });
  return {
    forget: memory.forget,
    forgetAll: memory.forgetAll,
    users: {
      ...users,
      byId: memory.get,
      async update(id, patch) {
        try {
          return await users.update(id, patch);
        } finally {
          memory.forget(id);
        }
      },
    },
  };
}
