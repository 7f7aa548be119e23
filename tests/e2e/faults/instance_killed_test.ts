/** One of two instances is killed: the other has all that was acknowledged, and goes on. */
import { assert, assertEquals } from "@std/assert";
import { redisServer } from "../../support/redis.ts";
import { startMarking } from "./marker.ts";
import { isReady, until, untilReadiness } from "./readiness.ts";
import { testMortalRedis, withMortalRedis } from "./redis_world.ts";

const ignore = redisServer === null;

Deno.test({
  name: "one instance of two is killed during marking: no acknowledged mark is lost",
  ignore,
  fn: () =>
    withMortalRedis(2, async (all) => {
      const { server } = all;
      const classId = await all.newClass();
      const sessionId = await all.start(1, classId);
      let alive = true;
      const marking = startMarking(all, classId, (student) => alive ? student % 2 : 0);
      await marking.more(200);
      alive = false;
      await server(1).kill("SIGKILL");
      await marking.more(100);
      assertEquals((await untilReadiness(server(0).url, isReady)).status, 200);
      // What the dead one had stored and not journalled, the other one does.
      await marking.finish(sessionId, [0]);
    }),
});

testMortalRedis(
  "an instance and Redis are killed in the same moment: nothing acknowledged is missing",
  2,
  async (all, redis) => {
    const { server } = all;
    const classId = await all.newClass();
    const sessionId = await all.start(1, classId);
    let number = (student: number) => student % 2;
    const marking = startMarking(all, classId, (student) => number(student));
    for (const empty of [true, false]) {
      await marking.more(150);
      number = () => 0;
      await Promise.all([server(1).kill("SIGKILL"), redis.kill()]);
      await redis.revive({ empty });
      await untilReadiness(server(0).url, isReady);
      await marking.more(50);
      await all.restart(1);
      number = (student) => student % 2;
    }
    await marking.more(50);
    await marking.finish(sessionId, [0, 1]);
  },
);

testMortalRedis(
  "Redis restarted empty under two instances: what either acknowledged is there",
  2,
  async (all, redis) => {
    const { server } = all;
    const classId = await all.newClass();
    const sessionId = await all.start(0, classId);
    const marking = startMarking(all, classId, (student) => student % 2);
    for (let round = 0; round < 3; round++) {
      await marking.more(150);
      await redis.kill();
      await redis.revive({ empty: true });
      for (const i of [0, 1]) await untilReadiness(server(i).url, isReady);
    }
    await marking.more(150);
    await marking.finish(sessionId, [0, 1]);
  },
);

Deno.test({
  name: "Redis in trouble again and again under three instances: nothing acknowledged is lost",
  ignore,
  fn: () =>
    withMortalRedis(3, async (all, redis) => {
      const { server } = all;
      const classId = await all.newClass();
      const sessionId = await all.start(2, classId);
      const marking = startMarking(all, classId, (student) => student % 3);
      const restart = async (empty: boolean) => {
        await redis.kill();
        await redis.revive({ empty });
      };
      const troubles = [
        () => restart(true),
        () => restart(false),
        // The second time some are not done with the first, or have not noticed it.
        async () => {
          await restart(true);
          await untilReadiness(server(1).url, isReady);
          await restart(true);
        },
        () => restart(true).then(() => restart(true)),
        () => restart(true).then(() => restart(false)),
      ];
      for (const trouble of troubles) {
        await marking.more(60);
        await trouble();
        for (const i of [0, 1, 2]) await untilReadiness(server(i).url, isReady);
      }
      await marking.more(60);
      await marking.finish(sessionId, [0, 1, 2]);
    }),
});

Deno.test({
  name: "an instance that is killed while it closes a session leaves it to the other",
  ignore,
  fn: () =>
    withMortalRedis(2, async (all) => {
      const { people: { teacher }, students, as, call, connect, server } = all;
      const watching = await connect(0, teacher);
      for (let round = 0; round < 3; round++) {
        const classId = await all.newClass();
        const sessionId = await all.start(1, classId);
        await as(1, teacher, 200, "POST", `/api/class/${classId}/session/marks/`, {
          body: { marks: [{ studentId: students[0]?.id, status: "late" }] },
        });
        const asked = call(1, teacher, "POST", `/api/class/${classId}/session/done/`)
          .catch(() => null);
        // Sometimes before it hears of it, sometimes amid it, sometimes after.
        await new Promise((resolve) => setTimeout(resolve, 5 * round));
        await server(1).kill("SIGKILL");
        const answer = await asked;
        const running = await call(0, teacher, "GET", `/api/class/${classId}/session/`);
        if (running.status === 200) {
          assertEquals(answer, null, "it was not closed, and nobody was told that it was");
          await as(0, teacher, 200, "POST", `/api/class/${classId}/session/done/`);
        }
        // The sweeper of the other one finishes what was begun.
        const path = `/api/class/${classId}/sessions/`;
        const { body } = await until(
          () => as(0, teacher, 200, "GET", path),
          ({ body }) => body.data.length > 0,
        );
        await watching.next("DONE", ({ data }) => data.sessionId === sessionId);
        assertEquals(body.data.length, 1);
        assertEquals([body.data[0].late_count, body.data[0].absent_count], [
          1,
          students.length - 1,
        ]);
        assert(await all.start(0, classId));
        await all.restart(1);
      }
    }),
});
