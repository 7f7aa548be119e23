/**
 * What the limits on guessing remember, in Redis, so that guesses spread over instances count
 * together. While Redis is away each instance goes on with what it has seen meanwhile itself.
 */
import { RateLimiterRedis } from "rate-limiter-flexible";
import { createLocalLoginMemory } from "../../accounts/local_login_memory.ts";
import type { LoginMemory } from "../../accounts/login_memory.ts";
import { begin, connect } from "./connection.ts";
import { parseRedisUrl } from "./url.ts";

/** Milliseconds: a person is waiting for it, and there is something to go on with. */
const DEADLINE_MS = 500;

/** @param onError told of connection trouble */
export async function openRedisLoginMemory(
  { url, prefix = "la:login", onError }: {
    url: string;
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
  const local = createLocalLoginMemory();
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
