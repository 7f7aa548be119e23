import type { Schedule } from "../kernel/schedule.ts";

/** Staff get the counts by themselves at most this often. */
export const SUMMARY_INTERVAL_MS = 250;

/** Lets the first of a series through at once, then the latest once per interval. */
export interface Throttle<T> {
  offer(value: T): void;
  /** Forgets what waits: something newer went out another way. */
  drop(): void;
  stop(): void;
}

export function createThrottle<T>(
  { schedule, intervalMs, send }: {
    schedule: Schedule;
    intervalMs: number;
    send: (value: T) => void;
  },
): Throttle<T> {
  let waiting: { readonly value: T } | null = null;
  let cancel: (() => void) | null = null;

  function tick(): void {
    cancel = null;
    if (!waiting) return;
    const { value } = waiting;
    waiting = null;
    cancel = schedule(tick, intervalMs);
    send(value);
  }

  return {
    offer(value) {
      waiting = { value };
      if (!cancel) tick();
    },
    drop() {
      waiting = null;
    },
    stop() {
      waiting = null;
      cancel?.();
      cancel = null;
    },
  };
}
