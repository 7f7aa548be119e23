import type { RateLimiterMemory } from "rate-limiter-flexible";

/** Forgets every count, and the timers that would have. */
export function forgetAll(limiter: RateLimiterMemory): void {
  for (const { key } of limiter.dump().storage) void limiter.delete(key);
}
