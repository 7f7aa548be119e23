import { assert, assertEquals, assertRejects } from "@std/assert";
import { Cluster } from "ioredis";
import { AppError } from "../../../src/kernel/errors.ts";
import { connect } from "../../../src/adapters/redis/connection.ts";
import { createRedisLive } from "../../../src/adapters/redis/live_store.ts";
import { createNames } from "../../../src/adapters/redis/runner.ts";
import { parseRedisUrl } from "../../../src/adapters/redis/url.ts";
import { openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../../src/adapters/sqlite/storage.ts";
import { markInput, startInput } from "../../contracts/live/fixture.ts";
import { redisCli, redisServer, startRedisCluster } from "../../support/redis.ts";

Deno.test({
  name: "a mark on a Redis Cluster whose answer is lost is not made twice",
  ignore: redisServer === null,
  // ioredis gives each connection of a cluster two seconds to close and cannot be awaited.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const cluster = await startRedisCluster();
    const target = parseRedisUrl(cluster.url);
    const onError = () => {};
    const commands = connect(target, { name: "test", onError });
    const listener = connect(target, { name: "test-events", onError, listening: true });
    await Promise.all([commands.connect(), listener.connect()]);
    const records = createSqliteStorage(openDatabase({ path: ":memory:" }));
    const live = createRedisLive({ commands, listener, records, sharded: true, onError });
    try {
      await live.start(startInput(1));
      // By its slot, class 1 is on the second master.
      const port = cluster.nodes[1]?.port ?? 0;
      assert(commands instanceof Cluster);
      const node = commands.nodes("master").find(({ options }) => options.port === port);
      node?.stream.pause();
      const marking = assertRejects(() => live.mark(markInput(1, 11, "late")), AppError);
      const asked = () => redisCli(port, "HGET", createNames("la").session(1), "seq");
      while (await asked() !== "2\n");
      node?.stream.destroy();
      const { message } = await marking;
      assert(message.includes("may or may not be stored"), message);
      // It was, once; and all goes on, with another line.
      let event = null;
      while (!event && await asked() === "2\n") {
        event = await live.mark(markInput(1, 12, "late")).catch(() => null);
      }
      assertEquals(event?.seq, 3);
    } finally {
      await live.close();
      await records.close();
      cluster.kill();
    }
  },
});
