/** What the limits on guessing remember, in this process: it knows nothing of other instances. */
import { RateLimiterMemory } from "rate-limiter-flexible";
import type { LoginMemory } from "./login_memory.ts";

/** Pairs of account and address remembered at most. */
const FAMILIAR = 100_000;

export function createLocalLoginMemory(): LoginMemory {
  const familiar = new Set<string>();
  const limiters: RateLimiterMemory[] = [];
  return {
    counts(_, { failures, windowS }) {
      const limiter = new RateLimiterMemory({ points: failures, duration: windowS, keyPrefix: "" });
      limiters.push(limiter);
      return {
        async get(key) {
          const found = await limiter.get(key);
          return found && { failures: found.consumedPoints, msLeft: found.msBeforeNext };
        },
        async add(key) {
          await limiter.penalty(key);
        },
        async forget(key) {
          await limiter.delete(key);
        },
      };
    },
    isFamiliar: (pair) => Promise.resolve(familiar.has(pair)),
    remember(pair) {
      familiar.delete(pair);
      familiar.add(pair);
      if (familiar.size > FAMILIAR) {
        for (const oldest of familiar) {
          familiar.delete(oldest);
          break;
        }
      }
      return Promise.resolve();
    },
    close() {
      for (const limiter of limiters) {
        for (const { key } of limiter.dump().storage) void limiter.delete(key);
      }
      familiar.clear();
    },
  };
}
