/** How soon, and what is not promised: `docs/guarantees.md` says so, and it is true. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../../src/kernel/errors.ts";
import { redisServer } from "../../support/redis.ts";
import { durable, statuses, withRedisWorld } from "./world.ts";

const at = (second: number) => `2026-03-02T08:00:${String(second).padStart(2, "0")}.000Z`;
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `redis: ${name}`, ignore: redisServer === null, fn });

test("a mark is in the database within a second", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    await world.start(one);
    const took: number[] = [];
    for (let round = 0; round < 5; round++) {
      const { seq, durable: atOnce } = await one.mark(round, "late");
      assertEquals(atOnce, false);
      const started = performance.now();
      await durable(one, seq);
      took.push(performance.now() - started);
      assert((await one.live.snapshot(world.klass.id))?.durableSeq === seq);
    }
    // The machine may be busy with other things for a while.
    assert((took.toSorted((a, b) => a - b)[2] ?? Infinity) < 1_000, `${took}`);
  }));

test("what neither Redis, nor the database, nor a living instance has is lost, and only that", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    await world.start(one);
    await one.mark(0, "late");
    await durable(one, 2);
    one.cutOff = true;
    assertEquals((await one.mark(1, "late")).durable, false);
    await one.live.close();
    await world.kill();
    await world.revive({ empty: true });
    const two = await world.instance();
    assertEquals(await statuses(two, world), ["late", null, null, null, null, null]);
  }));

test("after a loss seq may go back, and a mark that was replaced is not brought back", () =>
  withRedisWorld(async (world) => {
    const { klass, students } = world;
    const [one, two] = [await world.instance(), await world.instance()];
    await world.start(one);
    await durable(one, 1);
    one.cutOff = two.cutOff = true;
    await two.mark(0, "late", at(1));
    await one.mark(0, "present", at(2));
    const { seq } = await two.mark(1, "excused", at(3));
    assertEquals(seq, 4);
    await world.kill();
    await world.revive({ empty: true });
    one.cutOff = false;
    assertEquals((await one.live.session(klass.id))?.seq, 3);
    two.cutOff = false;
    assertEquals(await statuses(two, world), ["present", "excused", null, null, null, null]);
    const { changes } = await two.live.beginClose({
      classId: klass.id,
      outcome: "done",
      closedBy: klass.teacherId,
      closedAt: at(59),
    });
    assertEquals(changes.map(({ studentId, from, to }) => [studentId, from, to]), [
      [students[0], null, "present"],
      [students[1], null, "excused"],
    ]);
  }));

test("a start that only another instance knows of is not seen until that one is back", () =>
  withRedisWorld(async (world) => {
    const [one, two] = [await world.instance(), await world.instance()];
    one.cutOff = true;
    const { sessionId } = await world.start(one);
    await world.kill();
    await world.revive({ empty: true });
    const { code } = await assertRejects(() => two.mark(0, "late"), AppError);
    assertEquals(code, "no_active_session");
    one.cutOff = false;
    assertEquals((await one.live.session(world.klass.id))?.sessionId, sessionId);
    assertEquals((await two.mark(0, "late")).seq, 2);
  }));
