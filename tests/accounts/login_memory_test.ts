/** One suite for what remembers failed sign-ins: in the process, and in Redis for several. */
import { assert, assertEquals } from "@std/assert";
import { createLocalLoginMemory } from "../../src/accounts/local_login_memory.ts";
import type { LoginMemory } from "../../src/accounts/login_memory.ts";
import { openRedisLoginMemory } from "../../src/adapters/redis/login_memory.ts";
import { redisCli, type RedisServer, redisServer, withRedis } from "../support/redis.ts";

const LIMIT = { failures: 3, windowS: 60 };
const PAIR = "192.0.2.7 ada@school.example";

const openShared = (redis: RedisServer) =>
  openRedisLoginMemory({ url: redis.url, local: createLocalLoginMemory(), onError: () => {} });

async function suite(memory: LoginMemory): Promise<void> {
  const counts = memory.counts("pair", LIMIT);
  const others = memory.counts("account", LIMIT);
  assertEquals(await counts.get("a"), null);
  for (let failures = 1; failures <= 4; failures++) {
    await counts.add("a");
    const found = await counts.get("a");
    assert(found !== null);
    assertEquals(found.failures, failures);
    assert(found.msLeft > 50_000 && found.msLeft <= 60_000, `${found.msLeft}`);
  }
  assertEquals([await counts.get("b"), await others.get("a")], [null, null]);
  await counts.forget("a");
  assertEquals(await counts.get("a"), null);

  assertEquals(await memory.isFamiliar(PAIR), false);
  await memory.remember(PAIR);
  await memory.remember(PAIR);
  assertEquals([await memory.isFamiliar(PAIR), await memory.isFamiliar("other")], [true, false]);
}

Deno.test("local login memory: counts, forgets, remembers", async () => {
  const memory = createLocalLoginMemory();
  await suite(memory);
  memory.close();
});

Deno.test({
  name: "redis login memory: counts, forgets, remembers",
  ignore: redisServer === null,
  fn: () =>
    withRedis(async (redis) => {
      const memory = await openShared(redis);
      await suite(memory);
      memory.close();
    }),
});

Deno.test({
  name: "redis login memory: instances count together, and Redis learns no names",
  ignore: redisServer === null,
  fn: () =>
    withRedis(async (redis) => {
      const one = await openShared(redis);
      const two = await openShared(redis);
      const [here, there] = [one.counts("pair", LIMIT), two.counts("pair", LIMIT)];
      await Promise.all([here.add(PAIR), there.add(PAIR), here.add(PAIR), there.add(PAIR)]);
      assertEquals((await there.get(PAIR))?.failures, 4);
      assertEquals((await here.get(PAIR))?.failures, 4);
      await one.remember(PAIR);
      assertEquals(await two.isFamiliar(PAIR), true);
      const keys = (await redisCli(redis.port, "keys", "*")).trim().split("\n");
      assertEquals(keys.length, 2);
      assertEquals(keys.filter((key) => key.includes("ada") || key.includes("192.0.2")), []);
      for (const key of keys) assert(Number(await redisCli(redis.port, "ttl", key)) > 0, key);
      one.close();
      two.close();
    }),
});

Deno.test({
  name: "redis login memory: goes on alone while Redis is away or hangs",
  ignore: redisServer === null,
  // ioredis gives a connection that it closes up to two seconds, and cannot be awaited.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withRedis(async (redis) => {
      const memory = await openShared(redis);
      const counts = memory.counts("pair", LIMIT);
      await memory.remember(PAIR);
      redis.signal("SIGSTOP");
      for (let i = 0; i < 2; i++) await counts.add("a");
      assertEquals((await counts.get("a"))?.failures, 2);
      assertEquals(await memory.isFamiliar(PAIR), true);
      redis.signal("SIGCONT");
      await redis.kill("SIGKILL");
      await counts.add("a");
      assertEquals((await counts.get("a"))?.failures, 3);
      await counts.forget("a");
      assertEquals(await counts.get("a"), null);
      memory.close();
    }),
});
