/** What the limits on guessing remember, in this process: it knows nothing of other instances. */
import { RateLimiterMemory } from "rate-limiter-flexible";
import { forgetAll } from "../kernel/forget_all.ts";
import type { FailureLimit, LoginMemory } from "./login_memory.ts";

export interface LocalLoginMemory extends LoginMemory {
  counts(name: string, limit: FailureLimit): RateLimiterMemory;
}

export function createLocalLoginMemory(): LocalLoginMemory {
  const limiters: RateLimiterMemory[] = [];
  return {
    counts(keyPrefix, { failures: points, windowS: duration }) {
      const limiter = new RateLimiterMemory({ points, duration, keyPrefix });
      limiters.push(limiter);
      return limiter;
    },
    close: () => limiters.forEach(forgetAll),
  };
}
