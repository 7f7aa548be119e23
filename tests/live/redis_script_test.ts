import { assertEquals } from "@std/assert";
import { connect, createScript } from "../../src/live/redis/connection.ts";
import { parseRedisUrl } from "../../src/live/redis/url.ts";
import { redisServer, withRedis } from "../support/redis.ts";

Deno.test({
  name: "redis: a script takes as much as a long session is rebuilt from",
  ignore: redisServer === null,
  fn: () =>
    withRedis(async ({ url }) => {
      const connection = connect(parseRedisUrl(url), { name: "test", onError: () => {} });
      await connection.connect();
      const script = createScript("return #ARGV");
      const args = Array.from({ length: 300_000 }, (_, index) => `${index}`);
      // Sent whole, then by its hash.
      for (let time = 0; time < 2; time++) {
        assertEquals(await script(connection, ["key"], args), args.length);
      }
      connection.disconnect();
    }),
});
