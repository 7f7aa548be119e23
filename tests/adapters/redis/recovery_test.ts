/** What Redis loses comes back: from the journal, and from what instances have in memory. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { closeSession } from "../../../src/sessions/rules.ts";
import { AppError } from "../../../src/kernel/errors.ts";
import { createNames } from "../../../src/adapters/redis/runner.ts";
import { redisCli, redisServer } from "../../support/redis.ts";
import { durable, statuses, withRedisWorld } from "./world.ts";

const AOF = ["--appendonly", "yes", "--appendfsync", "everysec"];
const LATER = "2026-03-02T08:45:00.000Z";
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `redis: ${name}`, ignore: redisServer === null, fn });

const closeAs = (by: number, outcome: "done" | "cancelled" = "done") => ({
  outcome,
  closedBy: by,
  closedAt: LATER,
});

test("a session comes back from the journal into an empty Redis", () =>
  withRedisWorld(async (world) => {
    const { klass, students } = world;
    const one = await world.instance();
    const session = await world.start(one);
    await one.mark(0, "late");
    await one.mark(1, "present");
    await one.mark(0, "present");
    await durable(one, 4);
    const before = await one.live.snapshot(klass.id);
    await world.kill();
    await world.revive({ empty: true });
    assertEquals(await one.live.snapshot(klass.id), before);
    assertEquals(await one.live.session(klass.id), { ...session, seq: 4 });
    await one.heard.resyncs.until((items) => items.includes(klass.id), "resync of the class");
    const event = await one.mark(2, "excused");
    assertEquals(event.seq, 5);
    assertEquals(event.summary, {
      present: 2,
      absent: 0,
      late: 0,
      excused: 1,
      total: 3,
      enrolled: students.length,
    });
    assertEquals(one.heard.events.items.filter(({ type }) => type === "marked").at(-1), event);
    await durable(one, 5);
    const closing = await one.live.beginClose({ classId: klass.id, ...closeAs(klass.teacherId) });
    assertEquals(
      closing.changes.map(({ studentId, from, to, seq }) => [studentId, from, to, seq]),
      [
        [students[0], null, "late", 2],
        [students[1], null, "present", 3],
        [students[0], "late", "present", 4],
        [students[2], null, "excused", 5],
      ],
    );
    assertEquals(closing.roster.toSorted((a, b) => a - b), students);
  }));

test("marks that no journal has yet come back from memory", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    await world.start(one);
    await durable(one, 1);
    one.cutOff = true;
    assertEquals(one.live.notDurable(), 0);
    await one.mark(0, "late");
    await one.mark(1, "present");
    assertEquals(one.live.notDurable(), 2);
    await world.kill();
    await world.revive({ empty: true });
    const refused = await assertRejects(() => one.mark(2, "late"), AppError);
    assertEquals(refused.code, "live_unavailable");
    assertEquals(refused.retryAfterS, 1);
    await assertRejects(() => one.live.ready(), AppError);
    one.cutOff = false;
    assertEquals(await statuses(one, world), ["late", "present", null, null, null, null]);
    await one.live.ready();
    assertEquals((await one.mark(2, "absent")).seq, 4);
    await one.heard.resyncs.until((items) => items.includes(world.klass.id), "resync");
  }));

test("a session that was never journalled comes back from memory", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    one.cutOff = true;
    await world.start(one);
    await one.mark(3, "absent");
    await world.kill();
    await world.revive({ empty: true });
    one.cutOff = false;
    assertEquals(await statuses(one, world), [null, null, null, "absent", null, null]);
  }));

test("what several instances have in memory comes together, the latest mark counts", () =>
  withRedisWorld(async (world) => {
    const [one, two] = [await world.instance(), await world.instance()];
    await world.start(one);
    await durable(one, 1);
    one.cutOff = two.cutOff = true;
    const at = (second: number) => `2026-03-02T08:00:${String(second).padStart(2, "0")}.000Z`;
    await one.mark(0, "late", at(1));
    await two.mark(0, "present", at(2));
    await two.mark(1, "late", at(3));
    await one.mark(1, "excused", at(4));
    await two.mark(2, "absent", at(5));
    await one.mark(3, "present", at(6));
    await world.kill();
    await world.revive({ empty: true });
    // The first to come back knows only its own; the second adds what is missing.
    one.cutOff = false;
    assertEquals(await statuses(one, world), ["late", "excused", null, "present", null, null]);
    two.cutOff = false;
    const expected = ["present", "excused", "absent", "present", null, null];
    assertEquals(await statuses(two, world), expected);
    assertEquals(await statuses(one, world), expected);
    const { changes, session } = await two.live.beginClose({
      classId: world.klass.id,
      ...closeAs(world.klass.teacherId),
    });
    const seqs = changes.map(({ seq }) => seq);
    assertEquals(seqs, seqs.toSorted((a, b) => a - b));
    assertEquals(seqs.at(-1), session.seq);
  }));

test("what an append-only file kept goes on, though no instance remembers it", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    one.cutOff = true;
    await world.start(one);
    await one.mark(0, "late");
    await one.live.close();
    await world.kill();
    await world.revive();
    const two = await world.instance();
    assertEquals(await statuses(two, world), ["late", null, null, null, null, null]);
    assertEquals((await world.storage.journal.open()).length, 1);
  }, { options: AOF }));

test("what a Redis that went back in time has lost comes back", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    await world.start(one);
    await one.mark(0, "late");
    const dump = `${world.redis.directory}/dump.rdb`;
    await redisCommand(world.redis.port, "SAVE");
    await one.mark(0, "present");
    await one.mark(1, "excused");
    await durable(one, 4);
    await one.mark(2, "absent");
    await world.kill();
    assert((await Deno.stat(dump)).isFile);
    await world.revive();
    assertEquals(await statuses(one, world), ["present", "excused", "absent", null, null, null]);
    assertEquals((await one.mark(3, "late")).seq, 6);
  }));

test("a session that ended does not come back with an old Redis", () =>
  withRedisWorld(async (world) => {
    const { klass } = world;
    const one = await world.instance();
    const { sessionId } = await world.start(one);
    await redisCommand(world.redis.port, "SAVE");
    await one.mark(0, "late");
    const closing = await one.live.beginClose({ classId: klass.id, ...closeAs(klass.teacherId) });
    const { closed, totals } = closeSession(closing);
    await world.storage.history.saveSession(closed);
    await one.live.finishClose({ classId: klass.id, sessionId, totals });
    await world.kill();
    await world.revive();
    assertEquals(await one.live.session(klass.id), null);
    assertEquals(await world.storage.journal.open(), []);
    // Nor does Redis keep anything of it for ever.
    const ttl = await redisCli(world.redis.port, "TTL", createNames("la").events(klass.id));
    assert(Number(ttl) > 0, ttl);
    assertEquals((await world.start(one)).seq, 1);
  }));

for (const outcome of ["done", "cancelled"] as const) {
  test(`a close (${outcome}) that Redis forgets is refused, and nothing marked since is lost`, () =>
    withRedisWorld(async (world) => {
      const { klass, storage } = world;
      const [one, two] = [await world.instance(), await world.instance()];
      const { sessionId } = await world.start(one);
      await one.mark(0, "late");
      await durable(one, 2);
      const closing = await one.live.beginClose({
        classId: klass.id,
        ...closeAs(klass.teacherId, outcome),
      });
      await world.kill();
      await world.revive({ empty: true });
      // Another instance brings it back, open, and takes a mark, before the first one saves.
      await two.mark(1, "present");
      const { closed, totals } = closeSession(closing);
      const saving = outcome === "done"
        ? storage.history.saveSession(closed)
        : storage.history.audit({
          kind: "session_cancelled",
          subject: sessionId,
          classId: klass.id,
          by: klass.teacherId,
          at: LATER,
          detail: {},
          ...(closing.epoch === undefined ? {} : { epoch: closing.epoch }),
        });
      assertEquals((await assertRejects(() => saving, AppError)).code, "live_unavailable");
      assertEquals(await one.live.finishClose({ classId: klass.id, sessionId, totals }), null);
      assertEquals(await statuses(one, world), ["late", "present", null, null, null, null]);
    }));
}

test("a close that was under way goes on where an append-only file kept it", () =>
  withRedisWorld(async (world) => {
    const { klass, storage } = world;
    const one = await world.instance();
    const { sessionId } = await world.start(one);
    await one.mark(0, "late");
    const input = { classId: klass.id, ...closeAs(klass.teacherId) };
    await one.live.beginClose(input);
    await world.kill();
    await world.revive();
    assertEquals((await one.live.session(klass.id))?.state, "closing");
    assertEquals(await one.live.closing(), [klass.id]);
    const { closed, totals } = closeSession(await one.live.beginClose(input));
    assertEquals(closed.records.length, world.students.length);
    await storage.history.saveSession(closed);
    const event = await one.live.finishClose({ classId: klass.id, sessionId, totals });
    assertEquals(event?.seq, 3);
  }, { options: AOF }));

test("marks of an instance that came too late for the close are added to history", () =>
  withRedisWorld(async (world) => {
    const { klass, storage, students } = world;
    const [one, two] = [await world.instance(), await world.instance()];
    const { sessionId } = await world.start(one);
    await two.mark(0, "late", "2026-03-02T08:00:01.000Z");
    await two.mark(1, "late", "2026-03-02T08:00:01.000Z");
    await durable(one, 3);
    one.cutOff = two.cutOff = true;
    await two.mark(0, "present", "2026-03-02T08:00:02.000Z");
    await two.mark(1, "present", "2026-03-02T08:00:02.000Z");
    await two.mark(2, "excused", "2026-03-02T08:00:03.000Z");
    await world.kill();
    await world.revive({ empty: true });
    one.cutOff = false;
    await one.mark(1, "absent", "2026-03-02T08:00:04.000Z");
    const closing = await one.live.beginClose({ classId: klass.id, ...closeAs(klass.teacherId) });
    const { closed, totals } = closeSession(closing);
    await storage.history.saveSession(closed);
    await one.live.finishClose({ classId: klass.id, sessionId, totals });
    two.cutOff = false;
    await two.live.session(klass.id);
    const records = (await storage.history.recordsOf([sessionId])).get(sessionId) ?? [];
    const statusOf = (id: number) => records.find(({ student }) => student.id === id)?.status;
    assertEquals(students.map(statusOf), [
      "present",
      "absent",
      "excused",
      "absent",
      "absent",
      "absent",
    ]);
    const trail = await storage.history.changes(sessionId, { limit: 100, after: null });
    assertEquals(
      trail.filter(({ source }) => source === "correction").map(({ studentId, by }) => [
        studentId,
        by,
      ]),
      [[students[0] ?? null, klass.teacherId], [students[2] ?? null, klass.teacherId]],
    );
  }));

test("a class list that changed while Redis was away is the database's when it is back", () =>
  withRedisWorld(async (world) => {
    const { klass, storage, students } = world;
    const one = await world.instance();
    await world.start(one);
    await one.mark(0, "late");
    await durable(one, 2);
    await world.kill();
    await storage.classes.unenrol(klass.id, students[5] ?? 0, { day: LATER.slice(0, 10) });
    await storage.classes.update(klass.id, { markVisibility: "class", at: LATER });
    await world.revive({ empty: true });
    const snapshot = await one.live.snapshot(klass.id);
    assertEquals(snapshot?.summary.enrolled, students.length - 1);
    assertEquals(snapshot?.session.markVisibility, "class");
    const { code } = await assertRejects(() => one.mark(5, "late"), AppError);
    assertEquals(code, "student_not_enrolled");
  }));

test("other instances journal what one that died has left", () =>
  withRedisWorld(async (world) => {
    const [one, two] = [await world.instance(), await world.instance()];
    one.cutOff = true;
    await world.start(one);
    await one.mark(0, "late");
    await one.live.close();
    await durable(two, 2);
    assertEquals((await world.storage.journal.open()).length, 1);
    await world.kill();
    await world.revive({ empty: true });
    assertEquals(await statuses(two, world), ["late", null, null, null, null, null]);
  }));

test("a line that breaks while Redis goes on needs no journal to go on", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    await world.start(one);
    one.cutOff = true;
    await redisCommand(world.redis.port, "CLIENT", "KILL", "TYPE", "normal");
    await redisCommand(world.redis.port, "CLIENT", "KILL", "TYPE", "pubsub");
    assertEquals((await one.mark(0, "late")).seq, 2);
    await one.heard.resyncs.until((items) => items.includes(null), "resync of everything");
  }));

test("a Redis that stops answering gives an error that says what is unknown", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    await world.start(one);
    world.redis.signal("SIGSTOP");
    try {
      const started = performance.now();
      const error = await assertRejects(() => one.mark(0, "late"), AppError);
      assert(performance.now() - started < 3_500);
      assertEquals(error.code, "live_unavailable");
      assert(error.message.includes("may or may not be stored"), error.message);
      await assertRejects(() => one.live.ready(), AppError);
      await assertRejects(() => one.live.join(world.klass.id + 1), AppError);
      const other = { type: "class", classId: world.klass.id } as const;
      await assertRejects(() => one.live.publishControl(other), AppError);
    } finally {
      world.redis.signal("SIGCONT");
    }
    await one.mark(1, "present");
    const [first, second] = await statuses(one, world);
    assert(first === "late" || first === null);
    assertEquals(second, "present");
  }));

test("a mark that Redis never saw gives an error that does not say it might be stored", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    await world.start(one);
    await world.kill();
    const error = await assertRejects(() => one.mark(0, "late"), AppError);
    assertEquals(error.code, "live_unavailable");
    assertEquals(error.message, "Live attendance cannot be reached right now");
    await world.revive({ empty: true });
    assertEquals(await statuses(one, world), [null, null, null, null, null, null]);
  }));

async function redisCommand(port: number, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("redis-cli", {
    args: ["-p", `${port}`, ...args],
    stdout: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
