/**
 * SQL Server goes away: at the start, amid a session, and with every connection of the pool in use.
 * Refusals in time, nothing acknowledged is lost, and all by itself again.
 */
import { assert, assertEquals } from "@std/assert";
import { startMarking } from "./marker.ts";
import { isReady, isRed, until, untilReadiness } from "./readiness.ts";
import { assertRefused, away, POOL, REFUSAL_MS, testOutage } from "./sql_server.ts";

testOutage(
  "away at the start: the service runs, refuses, and serves when it comes",
  async (all, proxy) => {
    const { people: { teacher }, as, server } = all;
    const classId = await all.newClass();
    away(proxy);
    await all.restart(0);
    const { checks } = await untilReadiness(server(0).url, isRed);
    assert(checks.storage !== "ok");
    await assertRefused(all, 5);
    proxy.set("forward");
    await untilReadiness(server(0).url, isReady);
    const { body } = await as(0, teacher, 200, "GET", "/api/class/list_classes/");
    assertEquals(body.data.map(({ id }: { id: number }) => id), [classId]);
    await all.start(0, classId);
  },
);

testOutage("away during a session: no acknowledged mark is lost", async (all, proxy) => {
  const { server } = all;
  const classId = await all.newClass();
  const sessionId = await all.start(0, classId);
  const marking = startMarking(all, classId);
  await marking.more(30);
  away(proxy);
  await untilReadiness(server(0).url, isRed);
  await assertRefused(all, 5);
  await until(() => Promise.resolve(marking.refused), (refused) => refused > 0);
  proxy.set("forward");
  await untilReadiness(server(0).url, isReady);
  await marking.more(30);
  await marking.finish(sessionId, [0]);
});

testOutage(
  "silent with every connection in use: refusals in time, then all is well",
  async (all, proxy) => {
    const { people: { teacher }, as, server } = all;
    const classId = await all.newClass();
    await Promise.all(
      Array.from({ length: 2 * POOL }, () => as(0, teacher, 200, "GET", `/api/class/${classId}/`)),
    );
    proxy.set("stall");
    await assertRefused(all, 10 * POOL);
    await untilReadiness(server(0).url, isRed);
    const started = performance.now();
    proxy.set("forward");
    await untilReadiness(server(0).url, isReady);
    assert(performance.now() - started < REFUSAL_MS);
    await as(0, teacher, 200, "GET", `/api/class/${classId}/`);
  },
);
