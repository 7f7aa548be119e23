/** Marks that an instance still has in memory when the session is in history. */
import { assertEquals } from "@std/assert";
import { closeSession } from "../../../src/sessions/rules.ts";
import { redisServer } from "../../support/redis.ts";
import { durable, type Instance, type RedisWorld, withRedisWorld } from "./world.ts";

const at = (second: number) => `2026-03-02T08:00:${String(second).padStart(2, "0")}.000Z`;
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `redis: ${name}`, ignore: redisServer === null, fn });

async function close({ live }: Instance, { klass, storage }: RedisWorld): Promise<void> {
  const closing = await live.beginClose({
    classId: klass.id,
    outcome: "done",
    closedBy: klass.teacherId,
    closedAt: at(59),
  });
  const { closed, totals } = closeSession(closing);
  await storage.history.saveSession(closed);
  await live.finishClose({ classId: klass.id, sessionId: closed.sessionId, totals });
}

/** The first student's status in history, and how often it was corrected. */
async function outcome({ storage, students }: RedisWorld, sessionId: string) {
  const [first] = students;
  const records = (await storage.history.recordsOf([sessionId], first)).get(sessionId) ?? [];
  const trail = await storage.history.changes(sessionId, { limit: 200, after: null });
  return [
    records.map(({ status }) => status),
    trail.filter(({ source }) => source === "correction").length,
  ];
}

test("of late marks that several instances remember the latest counts", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    const two = await world.instance();
    const three = await world.instance();
    const { sessionId } = await world.start(one);
    await durable(one, 1);
    one.cutOff = two.cutOff = three.cutOff = true;
    await two.mark(0, "late", at(2));
    await three.mark(0, "present", at(3));
    await world.kill();
    await world.revive({ empty: true });
    one.cutOff = false;
    await one.live.session(world.klass.id);
    await close(one, world);
    for (const instance of [two, three]) {
      instance.cutOff = false;
      await instance.live.session(world.klass.id);
    }
    assertEquals(await outcome(world, sessionId), [["present"], 2]);
  }));

test("a mark that was in the session when it closed is not added again, whatever the clocks say", () =>
  withRedisWorld(async (world) => {
    const [one, two] = [await world.instance(), await world.instance()];
    const { sessionId } = await world.start(one);
    await durable(one, 1);
    one.cutOff = two.cutOff = true;
    await one.mark(0, "late", at(10));
    await two.mark(0, "present", at(9));
    await close(two, world);
    // What it remembers is looked through before its next call.
    await world.kill();
    await world.revive({ empty: true });
    one.cutOff = two.cutOff = false;
    await one.live.session(world.klass.id);
    assertEquals(await outcome(world, sessionId), [["present"], 0]);
  }));
