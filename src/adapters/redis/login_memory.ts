/**
 * What the limits on guessing remember, in Redis, so that guesses spread over instances count
 * together. While Redis is away each instance goes on with what it has seen meanwhile itself.
 */
import { createHash } from "node:crypto";
import type { LoginMemory } from "../../accounts/login_memory.ts";
import { begin, connect } from "./connection.ts";
import { parseRedisUrl } from "./url.ts";

/** A person is waiting for it, and there is something to go on with. */
const DEADLINE_MS = 500;
const FAMILIAR_S = 90 * 24 * 3600;

const COUNT = `
local failures = redis.call('INCR', KEYS[1])
if failures == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return failures
`;

/** Not in the clear: a handle may be a password that was typed into the wrong field. */
const digest = (key: string): string => createHash("sha256").update(key).digest("base64url");

/**
 * @param local what to go on with while Redis is away
 * @param onError told of connection trouble
 */
export async function openRedisLoginMemory(
  { url, local, prefix = "la:login", onError }: {
    url: string;
    local: LoginMemory;
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

  // Trouble is told by the connection, once; here it only means to do without.
  const either = async <T>(shared: () => Promise<T>, alone: () => Promise<T>): Promise<T> => {
    try {
      return await shared();
    } catch {
      return await alone();
    }
  };
  const familiarKey = (pair: string) => `${prefix}:familiar:${digest(pair)}`;

  return {
    counts(name, limit) {
      const alone = local.counts(name, limit);
      const keyOf = (key: string) => `${prefix}:${name}:${digest(key)}`;
      return {
        get: (key) =>
          either(async () => {
            const [failures, msLeft] = await Promise.all([
              redis.get(keyOf(key)),
              redis.pttl(keyOf(key)),
            ]);
            return failures === null || msLeft <= 0 ? null : { failures: Number(failures), msLeft };
          }, () => alone.get(key)),
        add: (key) =>
          either(
            async () => void await redis.eval(COUNT, 1, keyOf(key), limit.windowS),
            () => alone.add(key),
          ),
        async forget(key) {
          await alone.forget(key);
          await either(async () => void await redis.del(keyOf(key)), async () => {});
        },
      };
    },
    isFamiliar: (pair) =>
      either(
        async () => await redis.exists(familiarKey(pair)) === 1,
        () => local.isFamiliar(pair),
      ),
    async remember(pair) {
      await local.remember(pair);
      await either(
        async () => void await redis.set(familiarKey(pair), "", "EX", FAMILIAR_S),
        async () => {},
      );
    },
    close() {
      redis.disconnect();
      local.close();
    },
  };
}
