/**
 * Remembers what was read by id, for a second: every request, socket or mark asks for some. What
 * this instance changes it forgets itself; `forget` is for the news of other instances, and the
 * short life for lost news.
 */
export interface ShortMemory<T> {
  /** The thing as it was a second ago at most. Those who ask at once share one reading. */
  get(id: number): Promise<T | null>;
  forget(id: number): void;
  forgetAll(): void;
}

const LIFE_MS = 1_000;
const MAX_ENTRIES = 10_000;

export function createShortMemory<T>(
  { read, now }: { read: (id: number) => Promise<T | null>; now: () => number },
): ShortMemory<T> {
  /** Readings, also those that go on: what is forgotten meanwhile is not remembered after it. */
  const known = new Map<number, { readonly reading: Promise<T | null>; readonly until: number }>();

  async function readAnew(id: number): Promise<T | null> {
    if (known.size >= MAX_ENTRIES) known.clear();
    const until = now() + LIFE_MS;
    const mine = { reading: read(id), until };
    known.set(id, mine);
    let value: T | null = null;
    try {
      return value = await mine.reading;
    } finally {
      if (value === null && known.get(id) === mine) known.delete(id);
    }
  }

  return {
    async get(id) {
      const entry = known.get(id);
      const found = entry && entry.until > now() ? await entry.reading : null;
      return found ?? await readAnew(id);
    },
    forget: (id) => {
      known.delete(id);
    },
    forgetAll: () => known.clear(),
  };
}
