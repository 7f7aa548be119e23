/** Remembers users by id for a moment: every request and every socket asks for one. */
import { createShortMemory } from "../kernel/short_memory.ts";
import type { Storage } from "../adapters/storage.ts";

export interface UserCache {
  readonly storage: Storage;
  forget(userId: number): void;
  forgetAll(): void;
}

export function cacheUsers(
  storage: Storage,
  { now }: { now: () => number },
): UserCache {
  const memory = createShortMemory({ read: (id) => storage.users.byId(id), now });
  return {
    forget: memory.forget,
    forgetAll: memory.forgetAll,
    storage: {
      ...storage,
      users: {
        ...storage.users,
        byId: memory.get,
        async update(id, patch) {
          try {
            return await storage.users.update(id, patch);
          } finally {
            memory.forget(id);
          }
        },
      },
    },
  };
}
