/** Bringing back what an instance remembers, cut off in the middle. */
import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../src/errors.ts";
import { markJson, parseEvent } from "../../src/live/redis/codec.ts";
import { connect } from "../../src/live/redis/connection.ts";
import { createRecovery } from "../../src/live/redis/recovery.ts";
import { createNames, createRun, type Run } from "../../src/live/redis/runner.ts";
import { createUnsaved } from "../../src/live/redis/unsaved.ts";
import { parseRedisUrl } from "../../src/live/redis/url.ts";
import { until } from "../e2e/faults/readiness.ts";
import { redisServer } from "../support/redis.ts";
import { durable, withRedisWorld } from "./redis_world.ts";

Deno.test({
  name: "redis: marks come back in their order, also where bringing them back was cut off",
  ignore: redisServer === null,
  fn: () =>
    withRedisWorld(async (world) => {
      const { klass: { id: classId, teacherId }, students: [studentId = 0], storage } = world;
      const one = await world.instance();
      const { sessionId } = await world.start(one);
      await durable(one, 1);
      one.cutOff = true;

      const ready = async () => {
        const commands = connect(parseRedisUrl(world.redis.url), {
          name: "another instance",
          onError: () => {},
        });
        await commands.connect();
        return commands;
      };
      const names = createNames("la");
      const unsaved = createUnsaved();
      const statuses = ["late", "present", "excused"] as const;

      const before = await ready();
      const mark = createRun({ commands: before, names, sharded: false });
      for (const [n, status] of statuses.entries()) {
        const json = markJson({
          studentId,
          status,
          note: null,
          markedBy: teacherId,
          markedAt: `2026-03-02T08:00:0${n}.000Z`,
        });
        const payload = String(
          await mark("mark", classId, 0, "http", "", studentId, status, json),
        );
        unsaved.add({ classId, sessionId, ...parseEvent(payload).at, payload });
      }
      before.disconnect();

      async function recover(cutAfter: number): Promise<void> {
        await world.kill();
        await world.revive({ empty: true });
        one.cutOff = false;
        await until(() => one.live.snapshot(classId).catch(() => null), (found) => found !== null);
        const commands = await ready();
        const run = createRun({ commands, names, sharded: false });
        let replays = 0;
        const cut: Run = (script, ...rest) => {
          if (script === "replay" && ++replays > cutAfter) throw new AppError("live_unavailable");
          return run(script, ...rest);
        };
        try {
          await createRecovery({
            run: cut,
            commands,
            names,
            records: storage,
            unsaved,
            now: Date.now,
            sleep: () => Promise.resolve(),
            onRebuilt: () => {},
            onBehind: () => {},
            onError: () => {},
          }).all();
        } finally {
          commands.disconnect();
          // What came back shall not be in the journal, where its place would be settled.
          one.cutOff = true;
        }
      }
      await assertRejects(() => recover(1), AppError);
      await recover(Infinity);
      const { changes } = await one.live.beginClose({
        classId,
        outcome: "done",
        closedBy: teacherId,
        closedAt: "2026-03-02T08:45:00.000Z",
      });
      assertEquals(changes.map(({ from, to }) => [from, to]), [
        [null, "late"],
        ["late", "present"],
        ["present", "excused"],
      ]);
    }),
});
