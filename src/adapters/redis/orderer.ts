/**
 * Turns what Redis delivers (pub/sub, which may repeat, overtake replies, or lose on a reconnect)
 * into each event once and in order, by reading gaps from the class's event stream.
 */
import type { LiveEvent } from "../../sessions/live_store.ts";

/** Where an event stands: sessions of a class count up in `epoch`, events of a session in `place`. */
export interface Position {
  readonly epoch: number;
  readonly place: number;
}

export interface PlacedEvent {
  readonly event: LiveEvent;
  readonly at: Position;
}

const isAfter = (a: Position, b: Position): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.place > b.place);

export interface Orderer {
  /** Hands the event on, in its turn. Resolves when it, and all before it, have been. */
  offer(event: PlacedEvent): Promise<void>;
  /** Reads and hands on what pub/sub has not brought. */
  look(): Promise<void>;
}

/**
 * @param start the newest event when listening began; only what comes after it is delivered
 * @param read the events kept after a position, oldest first; `whole` is false where the stream no
 *   longer reaches back to it
 * @param lost called where events are missing for good
 */
export function createOrderer(
  { start, read, deliver, lost }: {
    start: Position;
    read: (
      after: Position,
    ) => Promise<{ readonly whole: boolean; readonly events: readonly PlacedEvent[] }>;
    deliver: (event: LiveEvent) => void;
    lost: () => void;
  },
): Orderer {
  let last = start;
  let looking: Promise<void> | null = null;

  async function readOn(): Promise<void> {
    const from = last;
    const { whole, events } = await read(from);
    if (!whole && last === from) {
      last = events.at(-1)?.at ?? { epoch: 0, place: 0 };
      return lost();
    }
    for (const placed of events) if (isAfter(placed.at, last)) pass(placed);
  }

  function pass({ event, at }: PlacedEvent): void {
    last = at;
    deliver(event);
  }

  /** One reading at a time; who comes meanwhile waits for it. */
  const look = (): Promise<void> => {
    looking ??= readOn().finally(() => looking = null);
    return looking;
  };

  /** True once the event needs nothing more: handed on now, or long since. */
  const settle = (placed: PlacedEvent): boolean => {
    const { at } = placed;
    if (!isAfter(at, last)) return true;
    if (at.epoch !== last.epoch || at.place !== last.place + 1) return false;
    pass(placed);
    return true;
  };

  return {
    async offer(placed) {
      // Twice: a reading that was under way may have begun before this event was kept.
      for (let tries = 0; tries < 2 && !settle(placed); tries++) await look();
      settle(placed);
    },
    look,
  };
}
