import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../../src/kernel/errors.ts";
import { connect } from "../../../src/adapters/redis/connection.ts";
import { createLeases } from "../../../src/adapters/redis/lease.ts";
import { createNames, createRun } from "../../../src/adapters/redis/runner.ts";
import { parseRedisUrl } from "../../../src/adapters/redis/url.ts";
import { redisServer, withRedis } from "../../support/redis.ts";

Deno.test({
  name: "redis: a lease is one holder's at a time, and once lost is not taken up again",
  ignore: redisServer === null,
  fn: () =>
    withRedis(async ({ url }) => {
      const commands = connect(parseRedisUrl(url), { name: "test", onError: () => {} });
      await commands.connect();
      const leases = createLeases(
        createRun({ commands, names: createNames("la"), sharded: false }),
      );
      const tokens = new Set<string>();
      await leases.holding(5, async ({ token, hold }) => {
        tokens.add(token);
        assertEquals(await leases.holding(5, () => Promise.resolve("both")), null);
        assertEquals(
          await leases.holding(6, () => Promise.resolve("another class")),
          "another class",
        );
        await hold();
        // As if its time had run out: somebody else comes, and goes.
        await commands.del("la:{5}:l");
        await leases.holding(5, (other) => Promise.resolve(tokens.add(other.token)));
        const { code } = await assertRejects(hold, AppError);
        assertEquals(code, "live_unavailable");
      });
      assertEquals(tokens.size, 2);
      await assertRejects(() => leases.holding(5, () => Promise.reject(new Error("failed"))));
      assertEquals(await leases.holding(5, () => Promise.resolve("free again")), "free again");
      commands.disconnect();
    }),
});
