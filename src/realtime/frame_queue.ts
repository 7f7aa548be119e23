/**
 * The order of one socket's frames: each waits until all earlier ones are answered, except that
 * pipelined ones (marks) follow each other without waiting, issued in the order they came.
 */
export interface FrameQueue<T> {
  push(item: T): void;
  /** Starts nothing more until resumed; what was issued goes on. */
  pause(): void;
  resume(): void;
  /** Forgets what has not been started. */
  clear(): void;
  /** Items that came and are not answered yet. */
  readonly size: number;
  /** Resolves when everything pushed so far, and meanwhile, is answered. */
  idle(): Promise<void>;
}

interface Slot {
  issue: (() => Promise<void>) | null;
}

export function createFrameQueue<T>(
  { pipelined, prepare, run }: {
    pipelined: (item: T) => boolean;
    /** Checks a pipelined item and returns the call that does it. Neither may reject. */
    prepare: (item: T) => Promise<() => Promise<void>>;
    /** Does any other item. Must not reject. */
    run: (item: T) => Promise<void>;
  },
): FrameQueue<T> {
  let waiting: T[] = [];
  const slots: Slot[] = [];
  /** Started and not yet answered. */
  let running = 0;
  let alone = false;
  let pauses = 0;
  let idlers: (() => void)[] = [];

  function finished(): void {
    running -= 1;
    alone = false;
    pump();
  }

  function issueReady(): void {
    for (;;) {
      const issue = slots[0]?.issue;
      if (!issue) return;
      slots.shift();
      issue().then(finished);
    }
  }

  async function prepareInto(slot: Slot, item: T): Promise<void> {
    slot.issue = await prepare(item);
    issueReady();
  }

  function pump(): void {
    while (pauses === 0 && !alone) {
      const [item] = waiting;
      if (item === undefined) break;
      if (pipelined(item)) {
        const slot: Slot = { issue: null };
        slots.push(slot);
        running += 1;
        waiting.shift();
        prepareInto(slot, item);
      } else {
        if (running > 0) return;
        alone = true;
        running += 1;
        waiting.shift();
        run(item).then(finished);
      }
    }
    if (running === 0 && waiting.length === 0) {
      const resolved = idlers;
      idlers = [];
      for (const resolve of resolved) resolve();
    }
  }

  return {
    push(item) {
      waiting.push(item);
      pump();
    },
    pause() {
      pauses += 1;
    },
    resume() {
      pauses -= 1;
      pump();
    },
    clear() {
      waiting = [];
      pump();
    },
    get size() {
      return running + waiting.length;
    },
    idle() {
      if (running === 0 && waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => idlers.push(resolve));
    },
  };
}
