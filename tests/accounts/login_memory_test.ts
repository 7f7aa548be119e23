/** One suite for what remembers failed sign-ins: in the process, and in Redis for several. */
import { assert, assertEquals } from "@std/assert";
import { createLocalLoginMemory } from "../../src/accounts/local_login_memory.ts";
import type { LoginMemory } from "../../src/accounts/login_memory.ts";
import { openRedisLoginMemory } from "../../src/adapters/redis/login_memory.ts";
import { redisCli, type RedisServer, redisServer, withRedis } from "../support/redis.ts";

const LIMIT = { failures: 3, windowS: 60 };

const openShared = (redis: RedisServer) =>
  openRedisLoginMemory({ url: redis.url, local: createLocalLoginMemory(), onError: () => {} });

async function suite(memory: LoginMemory): Promise<void> {
  const counts = memory.counts("pair", LIMIT);
  const others = memory.counts("account", LIMIT);
  assertEquals(await counts.get("a"), null);
  for (let failures = 1; failures <= 4; failures++) {
    await counts.penalty("a");
    const found = await counts.get("a");
    assert(found !== null);
    assertEquals(found.consumedPoints, failures);
    assert(found.msBeforeNext > 50_000 && found.msBeforeNext <= 60_000, `${found.msBeforeNext}`);
  }
  assertEquals([await counts.get("b"), await others.get("a")], [null, null]);
  await counts.set("a", 2, 100);
  const put = await counts.get("a");
  assert(put !== null && put.msBeforeNext > 60_000);
  assertEquals(put.consumedPoints, 2);
  await counts.delete("a");
  assertEquals(await counts.get("a"), null);
}

Deno.test("local login memory: counts and forgets", async () => {
  const memory = createLocalLoginMemory();
  await suite(memory);
  memory.close();
});

Deno.test({
  name: "redis login memory: counts and forgets, of all instances together",
  ignore: redisServer === null,
  fn: () =>
    withRedis(async (redis) => {
      const one = await openShared(redis);
      const two = await openShared(redis);
      await suite(one);
      const [here, there] = [one.counts("pair", LIMIT), two.counts("pair", LIMIT)];
      const times = [here, there, here, there];
      await Promise.all(times.map((counts) => counts.penalty("a")));
      assertEquals((await there.get("a"))?.consumedPoints, 4);
      assertEquals((await here.get("a"))?.consumedPoints, 4);
      assert(Number(await redisCli(redis.port, "ttl", "la:login:pair:a")) > 0);
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
      redis.signal("SIGSTOP");
      for (let i = 0; i < 2; i++) await counts.penalty("a");
      assertEquals((await counts.get("a"))?.consumedPoints, 2);
      redis.signal("SIGCONT");
      await redis.kill("SIGKILL");
      await counts.penalty("a");
      assertEquals((await counts.get("a"))?.consumedPoints, 3);
      await counts.set("b", 1, 60);
      assertEquals((await counts.get("b"))?.consumedPoints, 1);
      await counts.delete("a");
      assertEquals(await counts.get("a"), null);
      memory.close();
    }),
});
