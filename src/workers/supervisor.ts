/** Keeps a number of workers running, and ends them together. */
import type { Logger } from "../kernel/logger.ts";
import type { Schedule } from "../kernel/schedule.ts";
import type { Worker } from "./child.ts";

/** A worker that ran for so long counts as sound: the next one is not held back for its failure. */
const SOUND_MS = 60_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 30_000;
/** Longer than a worker's own draining may take. */
const STOP_DEADLINE_MS = 12_000;

export interface Supervisor {
  /**
   * Resolves when all listen. The first one alone goes ahead: what it fails on, as a setting or a
   * migration, is said once. @throws Error where a worker ends before it listens
   */
  start(): Promise<void>;
  /** Ends all with SIGTERM, and with SIGKILL who takes too long. @throws Error where one ended badly */
  stop(): Promise<void>;
}

export function createSupervisor(
  { count, spawn, schedule, now, logger }: {
    count: number;
    spawn: () => Worker;
    schedule: Schedule;
    now: () => number;
    logger: Logger;
  },
): Supervisor {
  const running = new Set<Worker>();
  const bad = new Set<number>();
  const restarts = new Set<() => void>();
  let stopping = false;
  /** Before that, a failure is the start's failure. */
  let started = false;

  /** @param failures how many before it ended too soon, one after the other */
  function open(failures: number): Worker {
    const since = now();
    const worker = spawn();
    running.add(worker);
    let listens = false;
    worker.ready.then(() => {
      listens = true;
      logger.log("info", "worker started", { pid: worker.pid });
    }, () => {});
    worker.ended.then(({ code, signal }) => {
      running.delete(worker);
      if (stopping) {
        // Until it listens, a signal ends it the plain way.
        if (code !== 0 && listens) bad.add(worker.pid);
        return;
      }
      if (!started) return;
      const again = now() - since >= SOUND_MS ? 0 : failures;
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** again, MAX_DELAY_MS);
      logger.log("error", "worker ended", { pid: worker.pid, code, signal, restartInMs: delayMs });
      const cancel = schedule(() => {
        restarts.delete(cancel);
        open(again + 1);
      }, delayMs);
      restarts.add(cancel);
    });
    return worker;
  }

  return {
    async start() {
      try {
        await open(0).ready;
        if (stopping) return;
        await Promise.all(Array.from({ length: count - 1 }, () => open(0).ready));
        if (running.size < count) throw new Error("A worker ended while others started");
        started = true;
      } catch (error) {
        if (!stopping) throw error;
      }
    },
    async stop() {
      stopping = true;
      for (const cancel of restarts) cancel();
      const workers = [...running];
      for (const worker of workers) worker.signal("SIGTERM");
      const cancel = schedule(() => {
        for (const worker of running) worker.signal("SIGKILL");
      }, STOP_DEADLINE_MS);
      await Promise.all(workers.map(({ ended }) => ended));
      cancel();
      if (bad.size > 0) throw new Error(`Workers did not end well: ${[...bad].join(", ")}`);
    },
  };
}
