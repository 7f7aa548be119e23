/** Redis dies or stops amid marks: nothing acknowledged is lost, and everything goes on by itself. */
import { assert, assertEquals } from "@std/assert";
import { ANSWER_MS, startMarking } from "./marker.ts";
import { isReady, isRed, untilReadiness } from "./readiness.ts";
import { testMortalRedis } from "./redis_world.ts";

for (const empty of [false, true]) {
  const title = empty ? "restarted empty" : "killed and restarted";
  testMortalRedis(
    `Redis ${title} during marking loses no acknowledged mark`,
    1,
    async (all, redis) => {
      const { people: { teacher }, connect, server } = all;
      const classId = await all.newClass();
      const watching = await connect(0, teacher);
      const sessionId = await all.start(0, classId);
      const marking = startMarking(all, classId);
      for (let round = 0; round < 3; round++) {
        await marking.more(100 + 150 * round);
        await redis.kill();
        const red = await untilReadiness(server(0).url, isRed);
        assertEquals(red.checks.storage, "ok");
        assertEquals(red.retryAfter, "1");
        await redis.revive({ empty });
        await untilReadiness(server(0).url, isReady);
        await watching.next("SNAPSHOT", ({ data }) => data.session?.sessionId === sessionId);
      }
      await marking.more(100);
      await marking.finish(sessionId, [0]);
      assert(marking.unknown + marking.refused > 0, "nobody noticed");
    },
  );
}

testMortalRedis(
  "Redis paused for 5 s during marking: refusals in time, nothing acknowledged is lost",
  1,
  async (all, redis) => {
    const { people: { teacher, stranger }, as, call, connect, server } = all;
    const classId = await all.newClass();
    const sessionId = await all.start(0, classId);
    const marking = startMarking(all, classId);
    await marking.more(100);
    redis.server.signal("SIGSTOP");
    const resumed = Promise.withResolvers<void>();
    setTimeout(() => {
      redis.server.signal("SIGCONT");
      resumed.resolve();
    }, 5_000);
    const red = await untilReadiness(server(0).url, isRed);
    assertEquals(red.checks.storage, "ok");

    // Whatever needs Redis is refused in time; what does not works.
    const started = performance.now();
    const [start, session, me] = await Promise.all([
      call(0, teacher, "POST", "/api/class/start-attendance/", { body: { class_id: classId } }),
      call(0, teacher, "GET", `/api/class/${classId}/session/`),
      call(0, stranger, "GET", "/api/auth/me/"),
    ]);
    assert(performance.now() - started < ANSWER_MS);
    assertEquals([start.status, session.status, me.status], [503, 503, 200]);
    for (const { headers, body } of [start, session]) {
      assertEquals(headers.get("retry-after"), "1");
      assertEquals(body.code, "live_unavailable");
    }
    await resumed.promise;
    await untilReadiness(server(0).url, isReady);
    await marking.more(100);
    await marking.stop();
    assert(marking.unknown > 0, "a mark that was on its way has no certain fate");
    await marking.check(0);
    const socket = await connect(0, teacher);
    assertEquals((await socket.request("DONE", { classId })).event, "DONE");
    await marking.checkSaved(0, sessionId);
    await as(0, teacher, 200, "POST", "/api/class/start-attendance/", {
      body: { class_id: classId },
    });
  },
);
