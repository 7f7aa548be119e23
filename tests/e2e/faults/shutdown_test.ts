/** SIGTERM is obeyed in time, whatever is away at the moment. */
import { assert, assertEquals } from "@std/assert";
import { redisServer } from "../../support/redis.ts";
import { testMortalRedis, withMortalRedis } from "./redis_world.ts";

const END_MS = 10_000;
const ignore = redisServer === null;

for (const state of ["killed", "paused"] as const) {
  Deno.test({
    name: `SIGTERM while Redis is ${state} and marks wait for it: answers, 1012, exit 0 in 10 s`,
    ignore,
    fn: () =>
      withMortalRedis(1, async (all, redis) => {
        const { people: { teacher }, students, call, connect, server } = all;
        const classId = await all.newClass();
        await all.start(0, classId);
        const socket = await connect(0, teacher);
        if (state === "killed") await redis.kill();
        else redis.server.signal("SIGSTOP");
        try {
          const mark = { classId, studentId: students[0]?.id, status: "late" };
          const answers = Array.from(
            { length: 20 },
            () => socket.request("ATTENDANCE_MARKED", mark),
          );
          const http = call(0, teacher, "POST", `/api/class/${classId}/session/marks/`, {
            body: { marks: [{ studentId: students[1]?.id, status: "late" }] },
          });
          // The server has read the frames once it answers what came after them.
          const first = await answers[0];
          assertEquals(first?.data.code, "live_unavailable");
          const started = performance.now();
          const { code } = await server(0).kill("SIGTERM");
          const took = performance.now() - started;
          assertEquals(code, 0, server(0).stderr.join("\n"));
          assert(took < END_MS, `it took ${Math.round(took)} ms`);
          for (const answer of answers) assertEquals((await answer).event, "ERROR");
          assertEquals((await socket.closed).code, 1012);
          assertEquals((await http).status, 503);
        } finally {
          if (state === "paused") redis.server.signal("SIGCONT");
        }
      }),
  });
}

Deno.test({
  name: "SIGTERM right after marks: what was acknowledged is journalled before the end",
  ignore,
  fn: () =>
    withMortalRedis(2, async (all, redis) => {
      const { people: { teacher }, students, as, server } = all;
      const classId = await all.newClass();
      await all.start(0, classId);
      const path = `/api/class/${classId}/session`;
      const body = { marks: students.map(({ id }) => ({ studentId: id, status: "late" })) };
      await as(0, teacher, 200, "POST", `${path}/marks/`, { body });
      const { code } = await server(0).kill("SIGTERM");
      assertEquals(code, 0);
      await redis.kill();
      await redis.revive({ empty: true });
      await all.restart(1);
      const { body: found } = await as(1, teacher, 200, "GET", `${path}/`);
      assertEquals(found.data.summary.late, students.length);
    }),
});

/** Marks that are sent at once. */
const MANY = 5_000;

testMortalRedis(
  "SIGTERM with thousands of marks under way: what was acknowledged is journalled, in time",
  1,
  async (all, redis) => {
    const { people: { teacher }, students, as, connect, server } = all;
    const classId = await all.newClass();
    await all.start(0, classId);
    const socket = await connect(0, teacher, { batch: true });
    for (let index = 0; index < MANY; index++) {
      const studentId = students[index % students.length]?.id;
      const mark = { classId, studentId, status: "late", note: `mark ${index}` };
      socket.send("ATTENDANCE_MARKED", mark, index);
    }
    await socket.next("ATTENDANCE_MARKED", ({ id }) => id === 100);
    const started = performance.now();
    const { code } = await server(0).kill("SIGTERM");
    assertEquals(code, 0, server(0).stderr.join("\n"));
    const took = performance.now() - started;
    assert(took < END_MS, `it took ${Math.round(took)} ms`);
    await socket.closed;
    const acknowledged = socket.frames.filter(({ event, id }) =>
      event === "ATTENDANCE_MARKED" && id !== undefined
    ).map(({ data }) => data.seq);
    await redis.kill();
    await redis.revive({ empty: true });
    await all.restart(0);
    const path = `/api/class/${classId}`;
    const { body } = await as(0, teacher, 200, "GET", `${path}/session/`);
    assert(body.data.seq >= Math.max(...acknowledged), `${body.data.seq} is the last`);
    assert(acknowledged.length > 100, `${acknowledged.length}`);
  },
);
