/** What an instance listens to, when lines break. */
import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../src/errors.ts";
import { createNames } from "../../src/live/redis/runner.ts";
import { redisCli, redisServer } from "../support/redis.ts";
import { withRedisWorld } from "./redis_world.ts";

Deno.test({
  name: "redis: a class that is left while Redis is away is not listened to afterwards",
  ignore: redisServer === null,
  fn: () =>
    withRedisWorld(async ({ instance, klass, kill, revive, redis: { port } }) => {
      const { live, heard } = await instance();
      const other = klass.id + 1;
      await live.join(other);
      await kill();
      // That it is away has been noticed.
      await assertRejects(() => live.ready(), AppError);
      await assertRejects(() => live.session(other), AppError);
      // Nobody hears it, but it counts.
      await assertRejects(() => live.leave(other), AppError);
      await revive();
      await heard.resyncs.until((items) => items.includes(null), "a line again");
      // Subscribing takes its turn after whatever came before.
      await live.join(other + 1);
      const channel = createNames("la").channel(other);
      assertEquals(await redisCli(port, "PUBSUB", "NUMSUB", channel), `${channel}\n0\n`);
    }),
});
