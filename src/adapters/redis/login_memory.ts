/**
 * What the limits on guessing remember, in Redis, so that guesses spread over instances count
 * together. While Redis is away each instance goes on with what it has seen meanwhile itself.
 */
import { RateLimiterRedis } from "rate-limiter-flexible";
import type { LocalLoginMemory } from "../../accounts/local_login_memory.ts";
import type { LoginMemory } from "../../accounts/login_memory.ts";
import { begin, connect } from "./connection.ts";
import { parseRedisUrl } from "./url.ts";

/** Milliseconds: a person is waiting for it, and there is something to go on with. */
const DEADLINE_MS = 500;

/**
 * @param local what to go on with while Redis is away
 * @param onError told of connection trouble
 */
export async function openRedisLoginMemory(
  { url, local, prefix = "la:login", onError }: {
    url: string;
    local: LocalLoginMemory;
    prefix?: string;
    onError: (error: unknown) => void;
  },
): Promise<LoginMemory> {
  const redis = connect(parseRedisUrl(url), {
    name: "live-attendance-logins",
    deadlineMs: DEADLINE_MS,
    onError,
  });
  await begin(redis);
  return {
    counts: (name, limit) =>
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `${prefix}:${name}`,
        points: limit.failures,
        duration: limit.windowS,
        insuranceLimiter: local.counts(name, limit),
        rejectIfRedisNotReady: true,
      }),
    close() {
      redis.disconnect();
      local.close();
    },
  };
}
