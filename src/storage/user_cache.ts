/**
 * Remembers users by id: every request and every socket asks for one. What this instance changes it
 * forgets itself; `forget` is for the news of other instances, and the short life for lost news.
 */
import type { Storage, StoredUser } from "./storage.ts";

const LIFE_MS = 1_000;
const MAX_USERS = 10_000;

interface Entry {
  readonly user: StoredUser;
  readonly until: number;
}

export interface UserCache {
  readonly storage: Storage;
  forget(userId: number): void;
  forgetAll(): void;
}

export function cacheUsers(
  storage: Storage,
  { now }: { now: () => number },
): UserCache {
  const known = new Map<number, Entry>();
  /** Counts changes: a reading that began before one must not be remembered after it. */
  let changes = 0;

  const forget = (userId: number) => {
    changes++;
    known.delete(userId);
  };

  return {
    forget,
    forgetAll() {
      changes++;
      known.clear();
    },
    storage: {
      ...storage,
      users: {
        ...storage.users,
        async byId(id) {
          const entry = known.get(id);
          if (entry && entry.until > now()) return entry.user;
          const before = changes;
          const user = await storage.users.byId(id);
          if (user && before === changes) {
            if (known.size >= MAX_USERS) known.clear();
            known.set(id, { user, until: now() + LIFE_MS });
          }
          return user;
        },
        async update(id, patch) {
          try {
            return await storage.users.update(id, patch);
          } finally {
            forget(id);
          }
        },
      },
    },
  };
}
