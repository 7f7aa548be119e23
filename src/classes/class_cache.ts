/**
 * Remembers classes by id for a moment, for who may mark and nothing else: each mark asks whose
 * class it is. Names and numbers of sessions change without news, so whoever shows a class, starts
 * a session in it or changes it reads the class as it is.
 */
import { createShortMemory } from "../kernel/short_memory.ts";
import type { ClassStore } from "./store.ts";
import type { Storage } from "../adapters/storage.ts";

export interface ClassCache {
  /** Forgets what is changed through it; reads as it is. */
  readonly storage: Storage;
  /** Reads what may be a second old. */
  readonly classes: Pick<ClassStore, "byId" | "isEnrolled">;
  forget(classId: number): void;
  forgetAll(): void;
}

export function cacheClasses(
  storage: Storage,
  { now }: { now: () => number },
): ClassCache {
  const memory = createShortMemory({ read: (id) => storage.classes.byId(id), now });
  return {
    forget: memory.forget,
    forgetAll: memory.forgetAll,
    classes: { byId: memory.get, isEnrolled: storage.classes.isEnrolled },
    storage: {
      ...storage,
      classes: {
        ...storage.classes,
        async update(id, patch) {
          try {
            return await storage.classes.update(id, patch);
          } finally {
            memory.forget(id);
          }
        },
      },
    },
  };
}
