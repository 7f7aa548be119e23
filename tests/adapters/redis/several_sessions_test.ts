/** Redis and the instances remember several sessions of one class: the newest goes on. */
import { assertEquals } from "@std/assert";
import { closeSession } from "../../../src/sessions/rules.ts";
import { redisCli, redisServer } from "../../support/redis.ts";
import { durable, statuses, withRedisWorld } from "./world.ts";

const LATER = "2026-03-02T08:45:00.000Z";
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `redis: ${name}`, ignore: redisServer === null, fn });

test("a session that only one instance remembers does not take the place of a newer one", () =>
  withRedisWorld(async (world) => {
    const { klass } = world;
    const [one, two] = [await world.instance(), await world.instance()];
    one.cutOff = true;
    const older = await world.start(one);
    await one.mark(0, "late");
    await world.kill();
    await world.revive({ empty: true });
    assertEquals(await two.live.session(klass.id), null);
    const newer = await world.start(two, LATER);
    await two.mark(1, "present");
    await durable(two, 2);
    two.cutOff = true;
    await world.kill();
    await world.revive({ empty: true });
    one.cutOff = false;
    assertEquals((await one.live.session(klass.id))?.sessionId, newer.sessionId);
    two.cutOff = false;
    assertEquals(await statuses(two, world), [null, "present", null, null, null, null]);
    // The older one is safe, and has its turn when the newer one has ended.
    const known = (await world.storage.journal.open()).map(({ sessionId }) => sessionId);
    assertEquals(known.toSorted(), [older.sessionId, newer.sessionId].toSorted());
  }));

test("a Redis from when the session before was closing has the newer one", () =>
  withRedisWorld(async (world) => {
    const { klass, storage } = world;
    const one = await world.instance();
    const { sessionId } = await world.start(one);
    const closing = await one.live.beginClose({
      classId: klass.id,
      outcome: "done",
      closedBy: klass.teacherId,
      closedAt: LATER,
    });
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
