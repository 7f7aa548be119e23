/**
 * Remembers classes by id for a moment, for who may mark and nothing else: each mark asks whose
 * class it is. Names and numbers of sessions change without news, so whoever shows a class, starts
 * a session in it or changes it reads the class as it is.
 */
import { createShortMemory } from "../kernel/short_memory.ts";
import type { ClassStore } from "./store.ts";

export interface ClassCache {
  /** Forgets what is changed through it; reads as it is. */
  readonly classes: ClassStore;
  /** Reads what may be a second old. */
  readonly remembered: Pick<ClassStore, "byId" | "isEnrolled">;
  forget(classId: number): void;
  forgetAll(): void;
}

/** @param now milliseconds since 1970 */
export function cacheClasses(classes: ClassStore, { now }: { now: () => number }): ClassCache {
  const memory = createShortMemory({ read: (id) => classes.byId(id), now });
  return {
    forget: memory.forget,
    forgetAll: memory.forgetAll,
    remembered: { byId: memory.get, isEnrolled: classes.isEnrolled },
    classes: {
      ...classes,
      async update(id, patch) {
        try {
          return await classes.update(id, patch);
        } finally {
          memory.forget(id);
        }
      },
    },
  };
}
