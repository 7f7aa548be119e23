/**
 * Holds calls back while Redis is away, and after it came back until it is known that nothing is
 * missing there.
 */
import { AppError } from "../../kernel/errors.ts";

export interface Gate {
  readonly isOpen: boolean;
  /**
   * Runs work at once or when the gate opens; calls keep their order.
   * @throws AppError `live_unavailable` when it has not opened in time: the work did not begin
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  open(): void;
  shut(): void;
  /** Refuses who waits, and everyone from now on. */
  end(): void;
}

interface Waiting {
  go(): void;
  refuse(): void;
}

/** Shut at first. @param waitMs how long a call waits */
export function createGate({ waitMs }: { waitMs: number }): Gate {
  let isOpen = false;
  let ended = false;
  const waiting = new Set<Waiting>();
  const refusal = () => new AppError("live_unavailable");

  return {
    get isOpen() {
      return isOpen;
    },
    run(work) {
      if (ended) return Promise.reject(refusal());
      if (isOpen) return work();
      return new Promise((resolve, reject) => {
        const done = () => {
          clearTimeout(timer);
          waiting.delete(one);
        };
        const one: Waiting = {
          go() {
            done();
            // What throws at once is refused alone: others wait behind it.
            resolve((async () => await work())());
          },
          refuse() {
            done();
            reject(refusal());
          },
        };
        const timer = setTimeout(one.refuse, waitMs);
        waiting.add(one);
      });
    },
    open() {
      if (ended) return;
      // All of one turn, before any later call can overtake.
      for (const one of waiting) one.go();
      isOpen = true;
    },
    shut() {
      isOpen = false;
    },
    end() {
      ended = true;
      isOpen = false;
      for (const one of waiting) one.refuse();
    },
  };
}
