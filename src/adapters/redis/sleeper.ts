export interface Sleeper {
  /** Resolves after this time, or when all sleeping ends. */
  sleep(ms: number): Promise<void>;
  end(): void;
}

export function createSleeper(): Sleeper {
  const sleeping = new Set<() => void>();
  let ended = false;
  return {
    sleep(ms) {
      if (ended) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          sleeping.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        sleeping.add(wake);
      });
    },
    end() {
      ended = true;
      for (const wake of sleeping) wake();
    },
  };
}
