import type { Schedule } from "../kernel/schedule.ts";

/** Wait before work that failed is tried again. */
const RETRY_MS = 1_000;

/**
 * Runs work for a key after every request: requests that come while it runs share one further run,
 * and a failed run is tried again until it succeeds.
 */
export interface Refresher {
  request(key: number): void;
  stop(): void;
}

export function createRefresher(
  { work, onError, schedule }: {
    work: (key: number) => Promise<void>;
    onError: (error: unknown) => void;
    schedule: Schedule;
  },
): Refresher {
  /** Keys being worked on → whether to go round again. */
  const busy = new Map<number, boolean>();
  const cancels = new Set<() => void>();
  let stopped = false;

  async function run(key: number): Promise<void> {
    try {
      do {
        busy.set(key, false);
        await work(key);
      } while (busy.get(key) && !stopped);
      busy.delete(key);
    } catch (error) {
      busy.delete(key);
      onError(error);
      retry(key);
    }
  }

  function retry(key: number): void {
    if (stopped) return;
    const cancel = schedule(() => {
      cancels.delete(cancel);
      request(key);
    }, RETRY_MS);
    cancels.add(cancel);
  }

  function request(key: number): void {
    if (stopped) return;
    if (busy.has(key)) busy.set(key, true);
    else run(key);
  }

  return {
    request,
    stop() {
      stopped = true;
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}
