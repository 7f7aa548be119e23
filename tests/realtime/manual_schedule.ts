import { type Schedule, timers } from "../../src/kernel/schedule.ts";

/** Shorter delays run by themselves. */
const MANUAL_FROM_MS = 1_000;

/** Timers that run when a test says so. */
export interface ManualSchedule {
  readonly schedule: Schedule;
  /** Delays of what waits, in the order it was scheduled. */
  readonly delays: readonly number[];
  /** Runs, in order, what now waits with this delay; returns how many that were. */
  fire(delayMs: number): number;
}

export function manualSchedule(): ManualSchedule {
  const waiting = new Set<{ readonly run: () => void; readonly delayMs: number }>();
  return {
    schedule(run, delayMs) {
      if (delayMs < MANUAL_FROM_MS) return timers(run, delayMs);
      const entry = { run, delayMs };
      waiting.add(entry);
      return () => waiting.delete(entry);
    },
    get delays() {
      return [...waiting].map(({ delayMs }) => delayMs);
    },
    fire(delayMs) {
      const due = [...waiting].filter((entry) => entry.delayMs === delayMs);
      for (const entry of due) {
        if (waiting.delete(entry)) entry.run();
      }
      return due.length;
    },
  };
}
