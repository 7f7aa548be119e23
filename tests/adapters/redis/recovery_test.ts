/** What Redis loses comes back from the journal; what the journal lacks was never acknowledged. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createNames } from "../../../src/adapters/redis/runner.ts";
import { AppError } from "../../../src/kernel/errors.ts";
import { closeSession } from "../../../src/sessions/rules.ts";
import { redisCli, redisServer } from "../../support/redis.ts";
import { journalled, statuses, withRedisWorld } from "./world.ts";

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

test("what a Redis that went back in time has lost comes back", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    await world.start(one);
    await one.mark(0, "late");
    await redisCli(world.redis.port, "SAVE");
    await one.mark(0, "present");
    await one.mark(1, "excused");
    await one.mark(2, "absent");
    await world.kill();
    assert((await Deno.stat(`${world.redis.directory}/dump.rdb`)).isFile);
    await world.revive();
    assertEquals(await statuses(one, world), ["present", "excused", "absent", null, null, null]);
    assertEquals((await one.mark(3, "late")).seq, 6);
  }));

test("what Redis has kept and the journal has not goes, and its seq with it", () =>
  withRedisWorld(async (world) => {
    const { klass } = world;
    const one = await world.instance();
    await world.start(one);
    await one.mark(0, "late");
    one.cutOff = true;
    const { message } = await assertRejects(() => one.mark(1, "late"), AppError);
    assert(message.includes("may or may not be stored"), message);
    await world.kill();
    await world.revive();
    one.cutOff = false;
    assertEquals(await statuses(one, world), ["late", null, null, null, null, null]);
    await one.heard.resyncs.until((items) => items.includes(klass.id), "resync of the class");
    const event = await one.mark(2, "present");
    assertEquals(event.seq, 3);
    assertEquals(one.heard.events.items.map(({ type, seq }) => `${type} ${seq}`), [
      "started 1",
      "marked 2",
      "marked 3",
    ]);
    assertEquals(await journalled(world), ["started 1", "marked 2", "marked 3"]);
  }, { options: AOF }));

test("a Redis that was restarted serves only when the database has been asked what is missing", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    await world.start(one);
    await one.mark(0, "late");
    one.cutOff = true;
    await world.kill();
    await world.revive({ empty: true });
    const refused = await assertRejects(() => one.live.session(world.klass.id), AppError);
    assertEquals([refused.code, refused.retryAfterS], ["live_unavailable", 1]);
    await assertRejects(() => one.live.ready(), AppError);
    one.cutOff = false;
    assertEquals(await statuses(one, world), ["late", null, null, null, null, null]);
    await one.live.ready();
  }));

test("an append that comes after a rebuilding is refused, and what was marked since stays", () =>
  withRedisWorld(async (world) => {
    const [one, two] = [await world.instance(), await world.instance()];
    await world.start(two);
    const released = Promise.withResolvers<void>();
    one.held = released.promise;
    const late = assertRejects(() => one.mark(0, "late"), AppError);
    await two.heard.events.until((items) => items.length === 1, "the start");
    await until(async () =>
      (await redisCli(world.redis.port, ...toldOf(world.klass.id))) === "2\n"
    );
    await world.kill();
    await world.revive({ empty: true });
    assertEquals((await two.mark(0, "present")).seq, 2);
    released.resolve();
    const { code, message } = await late;
    assertEquals(code, "live_unavailable");
    assert(message.includes("may or may not be stored"), message);
    one.held = null;
    for (const each of [one, two]) {
      assertEquals(await statuses(each, world), ["present", null, null, null, null, null]);
    }
    assertEquals(await journalled(world), ["started 1", "marked 2"]);
    assertEquals((await one.mark(1, "late")).seq, 3);
  }));

for (const outcome of ["done", "cancelled"] as const) {
  test(`a close (${outcome}) that has begun stays begun though Redis forgets it`, () =>
    withRedisWorld(async (world) => {
      const { klass, storage } = world;
      const [one, two] = [await world.instance(), await world.instance()];
      const { sessionId } = await world.start(one);
      await one.mark(0, "late");
      const input = { classId: klass.id, ...closeAs(klass.teacherId, outcome) };
      const before = await one.live.beginClose(input);
      await world.kill();
      await world.revive({ empty: true });
      const { code } = await assertRejects(() => two.mark(1, "present"), AppError);
      assertEquals(code, "no_active_session");
      assertEquals(await two.live.closing(), [klass.id]);
      const save = async ({ closed, journal }: { closed: typeof before; journal: typeof before }) =>
        outcome === "done"
          ? await storage.history.saveSession(closeSession(closed).closed)
          : await storage.history.audit({
            kind: "session_cancelled",
            subject: sessionId,
            classId: klass.id,
            by: klass.teacherId,
            at: LATER,
            detail: {},
            ...(journal.journal ? { journal: journal.journal } : {}),
          });
      // What was read before the rebuilding is of an older epoch.
      const refused = await assertRejects(
        () => save({ closed: before, journal: before }),
        AppError,
      );
      assertEquals(refused.code, "live_unavailable");
      const again = await two.live.beginClose({ ...input, closedBy: 1, closedAt: "later" });
      const { journal: _, ...facts } = before;
      const { journal: __, ...factsAgain } = again;
      assertEquals(factsAgain, facts);
      await save({ closed: again, journal: again });
      const { totals } = closeSession(again);
      const event = await two.live.finishClose({ classId: klass.id, sessionId, totals });
      assertEquals([event?.type, event?.seq], [outcome, 3]);
      assertEquals(await one.live.session(klass.id), null);
    }));
}

test("a session that ended does not come back with an old Redis", () =>
  withRedisWorld(async (world) => {
    const { klass } = world;
    const one = await world.instance();
    const { sessionId } = await world.start(one);
    await redisCli(world.redis.port, "SAVE");
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

test("a Redis from when the session before was closing has the newer one", () =>
  withRedisWorld(async (world) => {
    const { klass, storage } = world;
    const one = await world.instance();
    const { sessionId } = await world.start(one);
    const closing = await one.live.beginClose({ classId: klass.id, ...closeAs(klass.teacherId) });
    await redisCli(world.redis.port, "SAVE");
    const { closed, totals } = closeSession(closing);
    await storage.history.saveSession(closed);
    await one.live.finishClose({ classId: klass.id, sessionId, totals });
    const newer = await world.start(one, LATER);
    await one.mark(1, "present");
    await world.kill();
    await world.revive();
    assertEquals(await one.live.session(klass.id), { ...newer, seq: 2 });
    assertEquals(await statuses(one, world), [null, "present", null, null, null, null]);
  }));

test("of two starts that a loss of Redis brings about one is acknowledged", () =>
  withRedisWorld(async (world) => {
    const { klass } = world;
    const [one, two] = [await world.instance(), await world.instance()];
    const released = Promise.withResolvers<void>();
    one.held = released.promise;
    const late = assertRejects(() => world.start(one), AppError);
    await until(async () => (await redisCli(world.redis.port, ...toldOf(klass.id))) === "1\n");
    await world.kill();
    await world.revive({ empty: true });
    const newer = await world.start(two, LATER);
    released.resolve();
    assertEquals((await late).code, "live_unavailable");
    one.held = null;
    for (const each of [one, two]) assertEquals(await each.live.session(klass.id), newer);
    assertEquals((await one.mark(1, "present")).seq, 2);
  }));

test("a class list that changed while Redis was away is the database's when it is back", () =>
  withRedisWorld(async (world) => {
    const { klass, storage, students } = world;
    const one = await world.instance();
    await world.start(one);
    await one.mark(0, "late");
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

test("a line that breaks while Redis goes on needs no journal to go on", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    const session = await world.start(one);
    one.cutOff = true;
    await redisCli(world.redis.port, "CLIENT", "KILL", "TYPE", "normal");
    await redisCli(world.redis.port, "CLIENT", "KILL", "TYPE", "pubsub");
    assertEquals(await one.live.session(world.klass.id), session);
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

const toldOf = (classId: number) => ["HGET", createNames("la").session(classId), "told"] as const;

/** Asks until it is so; each question takes its time. */
async function until(is: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await is());) {
    assert(Date.now() < deadline, "it did not come to that in time");
  }
}
