/**
 * Remembers what was read by id, for a second: every request, socket or mark asks for some. What
 * this instance changes it forgets itself; `forget` is for the news of other instances, and the
 * short life for lost news.
 */
export interface ShortMemory<T> {
  /** The thing as it was a second ago at most; `read` reads it where it isn't known. */
  get(id: number): Promise<T | null>;
  forget(id: number): void;
  forgetAll(): void;
}

const LIFE_MS = 1_000;
const MAX_ENTRIES = 10_000;

export function createShortMemory<T>(
  { read, now }: { read: (id: number) => Promise<T | null>; now: () => number },
): ShortMemory<T> {
  const known = new Map<number, { readonly value: T; readonly until: number }>();
  /** Counts changes: a reading that began before one must not be remembered after it. */
  let changes = 0;

  return {
    async get(id) {
      const begun = now();
      const entry = known.get(id);
      if (entry && entry.until > begun) return entry.value;
      const before = changes;
      const value = await read(id);
      if (value !== null && before === changes) {
        if (known.size >= MAX_ENTRIES) known.clear();
        known.set(id, { value, until: begun + LIFE_MS });
      }
      return value;
    },
    forget(id) {
      changes++;
      known.delete(id);
    },
    forgetAll() {
      changes++;
      known.clear();
    },
  };
}
