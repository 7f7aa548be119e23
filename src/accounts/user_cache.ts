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
  const forgetting = async <T>(id: number, change: Promise<T>): Promise<T> => {
    try {
      return await change;
    } finally {
      memory.forget(id);
    }
  };
  return {
    forget: memory.forget,
    forgetAll: memory.forgetAll,
    users: {
      ...users,
      byId: memory.get,
      update: (id, patch) => forgetting(id, users.update(id, patch)),
      replacePassword: (id, hashes) => forgetting(id, users.replacePassword(id, hashes)),
      endSignIns: (id) => forgetting(id, users.endSignIns(id)),
    },
  };
}
