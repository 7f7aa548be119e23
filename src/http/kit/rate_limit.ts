import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { networkOf } from "../../kernel/address.ts";
import { AppError } from "../../kernel/errors.ts";
import { forgetAll } from "../../kernel/forget_all.ts";

export interface HttpLimit {
  /**
   * Counts one request.
   * @param key `user:ID`, or `address:IP`, which counts with its IPv6 network
   * @throws AppError `rate_limited`
   */
  (key: string): Promise<void>;
  /** Forgets every count. */
  close(): void;
}

const ADDRESS = "address:";

/** Allows `points` requests per key in each window of `windowS` seconds. */
export function createHttpLimit(
  { points, windowS }: { points: number; windowS: number },
): HttpLimit {
  const limiter = new RateLimiterMemory({ points, duration: windowS, keyPrefix: "" });
  const limit = async (key: string) => {
    try {
      await limiter.consume(
        key.startsWith(ADDRESS) ? ADDRESS + networkOf(key.slice(ADDRESS.length)) : key,
      );
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw new AppError("rate_limited", {
        retryAfterS: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)),
        limit: points,
      });
    }
  };
  return Object.assign(limit, { close: () => forgetAll(limiter) });
}
