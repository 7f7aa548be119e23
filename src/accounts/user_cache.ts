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
    storage: {
      ...storage,
      users: {
        ...storage.users,
        byId: memory.get,
        update: (id, patch) => forgetting(id, storage.users.update(id, patch)),
        replacePassword: (id, hashes) => forgetting(id, storage.users.replacePassword(id, hashes)),
        endSignIns: (id) => forgetting(id, storage.users.endSignIns(id)),
      },
      links: {
        ...storage.links,
        async use(link) {
          const user = await storage.links.use(link);
          if (user) memory.forget(user.id);
          return user;
        },
      },
    },
  };
}
