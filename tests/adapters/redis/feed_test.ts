/** What an instance listens to, when lines break. */
import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../../src/kernel/errors.ts";
import { connect } from "../../../src/adapters/redis/connection.ts";
import { createRedisLive } from "../../../src/adapters/redis/live_store.ts";
import { openRedisLive } from "../../../src/adapters/redis/open.ts";
import { createNames } from "../../../src/adapters/redis/runner.ts";
import { parseRedisUrl } from "../../../src/adapters/redis/url.ts";
import { openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../../src/adapters/sqlite/storage.ts";
import { markInput, startInput } from "../../contracts/live/fixture.ts";
import { liveCollector } from "../../support/events.ts";
import { redisCli, redisServer, withRedis } from "../../support/redis.ts";
import { withRedisWorld } from "./world.ts";

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

const UNSHARDED = ["SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE"].flatMap((name) => [
  "--rename-command",
  name,
  "",
]);

Deno.test({
  name: "redis: events pass where sharded pub/sub turns out to be unknown",
  ignore: redisServer === null,
  fn: () =>
    withRedis(async ({ url, port }) => {
      const errors: unknown[] = [];
      const onError = (error: unknown) => errors.push(error);
      const target = parseRedisUrl(url);
      const commands = connect(target, { name: "test", onError });
      const listener = connect(target, { name: "test-events", onError, listening: true });
      await Promise.all([commands.connect(), listener.connect()]);
      const records = createSqliteStorage(openDatabase({ path: ":memory:" }));
      const live = createRedisLive({ commands, listener, records, sharded: true, onError });
      const marker = await openRedisLive({ url, records, onError });
      const heard = liveCollector();
      live.listen(heard.listener);
      await live.join(5);
      await live.start(startInput(5));
      const { seq } = await marker.mark(markInput(5, 11, "late"));
      await heard.events.until((items) => items.at(-1)?.seq === seq, "the mark");
      await live.leave(5);
      const channel = createNames("la").channel(5);
      assertEquals(await redisCli(port, "PUBSUB", "NUMSUB", channel), `${channel}\n0\n`);
      assertEquals(errors, []);
      await live.close();
      await marker.close();
      await records.close();
    }, UNSHARDED),
});
