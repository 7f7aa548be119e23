import { assertEquals } from "@std/assert";
import { markInput, startInput } from "../../contracts/live/fixture.ts";
import { connect } from "../../../src/adapters/redis/connection.ts";
import { createScript } from "../../../src/adapters/redis/runner.ts";
import { parseRedisUrl } from "../../../src/adapters/redis/url.ts";
import { redisServer, withRedis } from "../../support/redis.ts";
import { withStore } from "./store.ts";

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

const SILENT = ["--user", "silent", "on", ">secret", "~*", "resetchannels", "+@all"];

Deno.test({
  name: "redis: a change that may not be published is stored and answered as a whole",
  ignore: redisServer === null,
  fn: () =>
    withRedis(({ port }) =>
      withStore(`redis://silent:secret@127.0.0.1:${port}`, async (live) => {
        const { sessionId } = await live.start(startInput(5));
        assertEquals((await live.mark(markInput(5, 11, "late"))).seq, 2);
        const closedAt = "2026-03-02T08:45:00.000Z";
        await live.beginClose({ classId: 5, outcome: "done", closedBy: 1, closedAt });
        const totals = { present: 0, absent: 0, late: 1, excused: 0, total: 1, enrolled: 1 };
        const event = await live.finishClose({ classId: 5, sessionId, totals });
        assertEquals([event?.seq, await live.session(5)], [3, null]);
      }), SILENT),
});
