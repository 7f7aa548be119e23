/** Nobody hears of a change that is not in the journal, and nothing that is stored is left out. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openRedisLive } from "../../../src/adapters/redis/open.ts";
import { createNames } from "../../../src/adapters/redis/runner.ts";
import { openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../../src/adapters/sqlite/storage.ts";
import { AppError } from "../../../src/kernel/errors.ts";
import type { JournalStore } from "../../../src/sessions/journal.ts";
import type { LiveStore } from "../../../src/sessions/live_store.ts";
import { markInput, ROSTER, startInput } from "../../contracts/live/fixture.ts";
import { redisCli, redisServer, withRedis } from "../../support/redis.ts";
import { type Instance, journalled, statuses, withRedisWorld } from "./world.ts";

const ignore = redisServer === null;
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `redis: ${name}`, ignore, fn });

const unknown = async (call: () => Promise<unknown>) => {
  const { code, message } = await assertRejects(call, AppError);
  assertEquals([code, message.includes("may or may not be stored")], ["live_unavailable", true]);
};

/** As `type seq`. */
const heardBy = ({ heard }: Instance) =>
  heard.events.items.map(({ type, seq }) => `${type} ${seq}`);

test("what is acknowledged, heard or shown is in the journal", () =>
  withRedisWorld(async (world) => {
    const [one, two] = [await world.instance(), await world.instance()];
    const seen: Promise<boolean>[] = [];
    for (const { live, heard } of [one, two]) {
      live.listen({
        ...heard.listener,
        event(event) {
          heard.listener.event(event);
          seen.push(
            journalled(world).then((lines) => lines.includes(`${event.type} ${event.seq}`)),
          );
        },
      });
    }
    await world.start(one);
    assertEquals(await journalled(world), ["started 1"]);
    const marks = await Promise.all(
      world.students.flatMap((_, i) => [one.mark(i, "late"), two.mark(i, "present")]),
    );
    const last = 1 + marks.length;
    assertEquals((await journalled(world)).at(-1), `marked ${last}`);
    const { klass } = world;
    for (const { live } of [one, two]) assertEquals((await live.session(klass.id))?.seq, last);
    await one.live.beginClose({
      classId: klass.id,
      outcome: "done",
      closedBy: null,
      closedAt: "2026-03-02T08:45:00.000Z",
    });
    assertEquals((await journalled(world)).at(-1), `closing ${last}`);
    await two.heard.events.until((items) => items.length === last, "all at the other instance");
    assertEquals((await Promise.all(seen)).includes(false), false);
    assertEquals(seen.length, 2 * last);
  }));

test("while the journal takes a change nobody hears of it, and a reading waits for it", () =>
  withRedisWorld(async (world) => {
    const [one, two] = [await world.instance(), await world.instance()];
    await world.start(one);
    await two.heard.events.until((items) => items.length === 1, "the start");
    const released = Promise.withResolvers<void>();
    one.held = two.held = released.promise;
    const marking = one.mark(0, "late");
    const order: string[] = [];
    void marking.then(() => order.push("answered"));
    while (
      await redisCli(world.redis.port, "HGET", names.session(world.klass.id), "told") !== "2\n"
    );
    const reading = Promise.all([one, two].map(({ live }) => live.snapshot(world.klass.id)));
    void reading.then(() => order.push("shown"));
    await two.live.ready();
    await one.live.ready();
    assertEquals([order, heardBy(one), heardBy(two)], [[], ["started 1"], ["started 1"]]);
    order.push("released");
    released.resolve();
    const { seq } = await marking;
    for (const found of await reading) assertEquals(found?.session.seq, seq);
    assertEquals(order[0], "released");
    await two.heard.events.until((items) => items.length === 2, "the mark at the other instance");
  }));

test("what Redis had stored when the database went away is journalled before anything later", () =>
  withRedisWorld(async (world) => {
    const [one, two] = [await world.instance(), await world.instance()];
    await world.start(one);
    one.cutOff = true;
    await unknown(() => one.mark(0, "late"));
    assertEquals(heardBy(one), ["started 1"]);
    // From now on nothing more is stored until the journal has that.
    const { message } = await assertRejects(() => one.mark(1, "late"), AppError);
    assertEquals(message, "Live attendance cannot be reached right now");
    await assertRejects(() => one.live.snapshot(world.klass.id), AppError);
    one.cutOff = false;
    assertEquals((await one.mark(2, "present")).seq, 3);
    assertEquals(await journalled(world), ["started 1", "marked 2", "marked 3"]);
    assertEquals(heardBy(one), ["started 1", "marked 2", "marked 3"]);
    await two.heard.events.until((items) => items.length === 3, "both at the other instance");
    assertEquals(await statuses(two, world), ["late", null, "present", null, null, null]);
  }));

test("what an instance that died had stored is taken along by the next append, in order", () =>
  withRedisWorld(async (world) => {
    const [one, two] = [await world.instance(), await world.instance()];
    await world.start(two);
    one.cutOff = true;
    await unknown(() => one.mark(0, "late"));
    await one.live.close();
    assertEquals((await two.mark(1, "present")).seq, 3);
    assertEquals(await journalled(world), ["started 1", "marked 2", "marked 3"]);
    assertEquals(heardBy(two), ["started 1", "marked 2", "marked 3"]);
  }));

test("what an instance that died had stored is told by another one, also where nobody marks", () =>
  withRedisWorld(async (world) => {
    const [one, two] = [await world.instance(), await world.instance()];
    await world.start(two);
    one.cutOff = true;
    await unknown(() => one.mark(0, "late"));
    await one.live.close();
    await two.heard.events.until((items) => items.length === 2, "what the dead one stored");
    assertEquals(await journalled(world), ["started 1", "marked 2"]);
  }));

test("a start that the database did not take in time is there when it comes, and nowhere if Redis is lost", () =>
  withRedisWorld(async (world) => {
    const { klass } = world;
    const one = await world.instance();
    one.cutOff = true;
    await unknown(() => world.start(one));
    await world.kill();
    await world.revive({ empty: true });
    one.cutOff = false;
    assertEquals(await one.live.session(klass.id), null);
    one.cutOff = true;
    await unknown(() => world.start(one));
    one.cutOff = false;
    assertEquals((await one.live.session(klass.id))?.seq, 1);
    assertEquals(await journalled(world), ["started 1"]);
    assertEquals((await one.mark(0, "late")).seq, 2);
  }));

/** A store whose way to the journal a test looks at. */
async function withJournal(
  append: (journal: JournalStore) => JournalStore["append"],
  work: (live: LiveStore, url: string) => Promise<void>,
): Promise<void> {
  await withRedis(async ({ url }) => {
    const storage = createSqliteStorage(openDatabase({ path: ":memory:" }));
    const live = await openRedisLive({
      url,
      records: { ...storage, journal: { ...storage.journal, append: append(storage.journal) } },
      onError: (error) => {
        throw error;
      },
    });
    try {
      await work(live, url);
    } finally {
      await live.close();
      await storage.close();
    }
  });
}

test("while an append is under way the next changes gather in one, and other classes go on", async () => {
  const appends: string[] = [];
  let held: Promise<void> | null = null;
  await withJournal(
    (journal) => async (session, entries) => {
      appends.push(`${session.classId}: ${entries.map(({ offset }) => offset)}`);
      if (session.classId === 5) await held;
      return await journal.append(session, entries);
    },
    async (live) => {
      for (const classId of [5, 6]) await live.start(startInput(classId));
      const released = Promise.withResolvers<void>();
      held = released.promise;
      const mark = (classId: number, i: number) =>
        live.mark(markInput(classId, ROSTER[i] ?? 0, "late"));
      const waiting = [mark(5, 0)];
      await mark(6, 0);
      waiting.push(mark(5, 1), mark(5, 2));
      await mark(6, 1);
      waiting.push(mark(5, 3));
      await mark(6, 2);
      released.resolve();
      assertEquals((await Promise.all(waiting)).map(({ seq }) => seq), [2, 3, 4, 5]);
    },
  );
  const of = (classId: number) => appends.filter((line) => line.startsWith(`${classId}: `));
  assertEquals(of(5), ["5: 1", "5: 2", "5: 3,4,5"]);
  assertEquals(of(6), ["6: 1", "6: 2", "6: 3", "6: 4"]);
});

test("a class whose journal fails keeps no other one waiting", async () => {
  let well = true;
  await withJournal(
    (journal) => async (session, entries) => {
      if (session.classId === 5 && !well) throw new AppError("storage_unavailable");
      return await journal.append(session, entries);
    },
    async (live) => {
      for (const classId of [5, 6]) await live.start(startInput(classId));
      well = false;
      await unknown(() => live.mark(markInput(5, 11, "late")));
      assertEquals((await live.mark(markInput(6, 11, "late"))).seq, 2);
      well = true;
      assertEquals((await live.mark(markInput(5, 12, "late"))).seq, 3);
    },
  );
});

test("a close that is asked for behind many marks has them all, in an append or several", async () => {
  const sizes: number[] = [];
  await withJournal(
    (journal) => (session, entries) => {
      sizes.push(entries.length);
      return journal.append(session, entries);
    },
    async (live) => {
      const roster = Array.from({ length: 3_000 }, (_, i) => i + 1);
      await live.start(startInput(5, { roster }));
      const marks = roster.map((id) => live.mark(markInput(5, id, "late")));
      const closing = live.beginClose({
        classId: 5,
        outcome: "done",
        closedBy: 1,
        closedAt: "2026-03-02T08:45:00.000Z",
      });
      await Promise.all(marks);
      assertEquals((await closing).marks.length, roster.length);
    },
  );
  assertEquals(sizes.reduce((a, b) => a + b), 3_002);
  assert(Math.max(...sizes) <= 1_000 && sizes.length < 20, `${sizes}`);
});

const names = createNames("la");
