/** Bringing back what is left of a session: cut off in the middle, or without its beginning. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../../src/kernel/errors.ts";
import { markJson, parseEvent } from "../../../src/adapters/redis/codec.ts";
import { connect, type Connection } from "../../../src/adapters/redis/connection.ts";
import { createRecovery } from "../../../src/adapters/redis/recovery.ts";
import { createNames, createRun, type Run } from "../../../src/adapters/redis/runner.ts";
import { createUnsaved, type Unsaved } from "../../../src/adapters/redis/unsaved.ts";
import { parseRedisUrl } from "../../../src/adapters/redis/url.ts";
import { until } from "../../e2e/faults/readiness.ts";
import { redisServer } from "../../support/redis.ts";
import { durable, type RedisWorld, statuses, withRedisWorld } from "./world.ts";

const names = createNames("la");

async function commandsOf({ redis }: RedisWorld) {
  const commands = connect(parseRedisUrl(redis.url), {
    name: "another instance",
    onError: () => {},
  });
  await commands.connect();
  return commands;
}

/** Another instance's recovery. */
const recoveryOf = (
  { storage }: RedisWorld,
  deps: {
    commands: Connection;
    run: Run;
    unsaved: Unsaved;
    now?: () => number;
    sleep?: (ms: number) => Promise<void>;
  },
) =>
  createRecovery({
    now: Date.now,
    sleep: () => Promise.resolve(),
    ...deps,
    names,
    records: storage,
    onRebuilt: () => {},
    onBehind: () => {},
    onError: () => {},
  });

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `redis: ${name}`, ignore: redisServer === null, fn });

test("marks come back in their order, also where bringing them back was cut off", () =>
  withRedisWorld(async (world) => {
    const { klass: { id: classId, teacherId }, students: [studentId = 0] } = world;
    const one = await world.instance();
    const { sessionId } = await world.start(one);
    await durable(one, 1);
    one.cutOff = true;

    const unsaved = createUnsaved();
    const statuses = ["late", "present", "excused"] as const;

    const before = await commandsOf(world);
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
      const commands = await commandsOf(world);
      const run = createRun({ commands, names, sharded: false });
      let replays = 0;
      const cut: Run = (script, ...rest) => {
        if (script === "replay" && ++replays > cutAfter) throw new AppError("live_unavailable");
        return run(script, ...rest);
      };
      try {
        await recoveryOf(world, { commands, run: cut, unsaved }).all();
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
  }));

test("marks whose session's start is lost with its instance are there again after a while", () =>
  withRedisWorld(async (world) => {
    const { klass: { id: classId, teacherId }, students, storage: { journal } } = world;
    const one = await world.instance();
    const [sessionId, epoch] = [crypto.randomUUID(), Date.now()];
    const entries = [9, 8].map((second, i) => ({
      place: 5 + i,
      payload: JSON.stringify({
        ...{ type: "marked", classId, sessionId, epoch, place: 5 + i, seq: 4 + i },
        ...{ visibility: "staff", bulk: false, source: "socket", from: [null] },
        marks: [{
          ...{ studentId: students[i], status: "late", note: null, markedBy: teacherId },
          ...{ markedAt: `2026-03-02T08:00:0${second}.000Z`, seq: 4 + i },
        }],
      }),
    }));
    await journal.append({ sessionId, classId, epoch }, entries);

    const commands = await commandsOf(world);
    const run = createRun({ commands, names, sharded: false });
    let clock = Date.now();
    const recovery = recoveryOf(world, {
      commands,
      run,
      unsaved: createUnsaved(),
      now: () => clock,
      sleep: (ms) => Promise.resolve(void (clock += ms)),
    });
    try {
      const before = clock;
      await recovery.all();
      assert(clock - before < 5_000, "it waits no longer than for a moment");
      clock += 29_000;
      await recovery.all();
      assertEquals(await one.live.session(classId), null);
      clock += 1_000;
      await recovery.all();
    } finally {
      commands.disconnect();
    }
    assertEquals(await statuses(one, world), ["late", "late", null, null, null, null]);
    const session = await one.live.session(classId);
    assertEquals(session, {
      ...{ classId, sessionId, startedBy: teacherId, title: null, markVisibility: "staff" },
      ...{ startedAt: "2026-03-02T08:00:08.000Z", seq: 5, state: "open" },
    });
    // The next time it is there at once.
    await world.kill();
    await world.revive({ empty: true });
    await until(() => one.live.session(classId).catch(() => null), (found) => found !== null);
    assertEquals((await one.mark(2, "absent")).seq, 6);
  }));
