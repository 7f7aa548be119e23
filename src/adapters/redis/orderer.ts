/**
 * Turns what comes to an instance (its own events, and what pub/sub brings, which may be lost on a
 * reconnect) into each event once and in order, by reading gaps from the class's event stream.
 */
import { type Entry, isAfter, type Position } from "./codec.ts";

export interface Orderer {
  /** Hands on what pub/sub brought, in its turn. */
  hear(entries: readonly Entry[]): Promise<void>;
  /**
   * Hands on events that this instance has journalled, at once where nothing is missing before them.
   * Resolves when they have been handed on. Never rejects.
   */
  own(entries: readonly Entry[]): Promise<void>;
  /** Reads and hands on what pub/sub has not brought. */
  look(): Promise<void>;
}

/**
 * @param start where listening began; only what comes after it is handed on
 * @param read the stream from a position on, itself included, as far as the journal has it
 * @param lost called where events are missing for good
 */
export function createOrderer(
  { start, read, answered, deliver, lost }: {
    start: Position;
    read: (
      from: Position,
    ) => Promise<{ readonly newest: Position; readonly entries: readonly Entry[] }>;
    /**
     * Null, or resolves when the calls that this instance has under way are known: an event of its own
     * that comes back to it earlier than its answer must wait for that.
     */
    answered: () => Promise<void> | null;
    deliver: (entry: Entry) => void;
    lost: () => void;
  },
): Orderer {
  let last = start;
  let looking: Promise<void> | null = null;

  const isNews = ({ at }: Entry): boolean => isAfter(at, last);
  const follows = ({ epoch, offset }: Position): boolean =>
    epoch === last.epoch && offset === last.offset + 1;

  function pass(entry: Entry): void {
    last = entry.at;
    deliver(entry);
  }

  async function readOn(): Promise<void> {
    const from = last;
    const { newest, entries } = await read(from);
    await answered();
    // This instance's own events are handed on before Redis hears that they are journalled.
    if (!isAfter(newest, last)) return;
    const [first] = entries;
    const reaches = from.epoch === 0 ||
      (first?.at.epoch === from.epoch && first.at.offset === from.offset);
    if (!reaches) {
      if (last !== from) return;
      last = newest;
      return lost();
    }
    for (const entry of entries) if (isNews(entry)) pass(entry);
    if (isAfter(newest, last)) last = newest;
  }

  /** One reading at a time; who comes meanwhile waits for it. */
  const look = (): Promise<void> => {
    looking ??= readOn().finally(() => looking = null);
    return looking;
  };

  /** True where everything was handed on, now or before. */
  function advance(entries: readonly Entry[]): boolean {
    for (const entry of entries) {
      if (!isNews(entry)) continue;
      if (!follows(entry.at)) return false;
      pass(entry);
    }
    return true;
  }

  return {
    look,
    async hear(entries) {
      const known = answered();
      if (known) await known;
      // It looks twice: a reading that was under way may have begun before these events were there.
      for (let tries = 0; tries < 2 && !advance(entries); tries++) await look();
      advance(entries);
    },
    async own(entries) {
      for (let tries = 0; tries < 2; tries++) {
        const next = entries.find(isNews);
        if (!next || follows(next.at)) break;
        await look().catch(() => {});
      }
      for (const entry of entries) {
        if (!isNews(entry)) continue;
        if (!follows(entry.at)) lost();
        pass(entry);
      }
    },
  };
}
