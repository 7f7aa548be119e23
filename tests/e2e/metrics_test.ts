/** `/metrics` of real servers: who may read it, and that it counts what happened. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { type Exposed, parseMetrics } from "../support/prometheus.ts";
import { ownPort } from "../support/ports.ts";
import { redisServer, withRedis } from "../support/redis.ts";
import { withServer } from "../support/server.ts";
import { onStage, type Stage } from "./stage.ts";

const TOKEN = "a-token-for-metrics";

async function read(url: string, token?: string): Promise<Exposed> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers });
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return parseMetrics(text);
}

const statusOf = async (url: string, init: RequestInit = {}): Promise<number> => {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
};

/** Where the server logged that its metrics are. */
function metricsUrl({ server }: Stage): string {
  const lines = server.logs.map((line) => JSON.parse(line));
  return lines.find(({ message }) => message === "metrics").url;
}

Deno.test("/metrics is not there unless it is asked for", async () => {
  await onStage(async ({ server }) => {
    assertEquals(await statusOf(`${server.url}/metrics`), 404);
    assertEquals(
      await statusOf(`${server.url}/metrics`, { headers: { Authorization: "Bearer x" } }),
      404,
    );
  });
});

Deno.test("/metrics counts sockets, rooms, marks, deliveries, requests and calls to the stores", async () => {
  await onStage(async ({ server, people, pupils, api, as, newClass, start, connect }) => {
    const url = `${server.url}/metrics`;
    const before = await read(url, TOKEN);
    const found = await newClass({ pupils: true });
    const other = await newClass({ teacher: people.rival });
    await start(found);
    const teacher = await connect(people.teacher, { batch: true });
    const student = await connect(people.student);
    await connect(people.rival);
    const mark = { classId: found.id, studentId: people.student.id, status: "late" };
    assertEquals((await teacher.request("ATTENDANCE_MARKED", mark)).event, "ATTENDANCE_MARKED");
    await student.next("ATTENDANCE_MARKED");
    const bulk = pupils.map(({ id }) => ({ studentId: id, status: "present" }));
    await as(people.teacher, 200, "POST", `/api/class/${found.id}/session/marks/`, {
      body: { marks: bulk },
    });
    // Refused: another's class, nobody of this class, by the role alone, no such event.
    await teacher.request("ATTENDANCE_MARKED", { ...mark, classId: other.id });
    await teacher.request("ATTENDANCE_MARKED", { ...mark, studentId: people.teacher.id });
    await student.request("ATTENDANCE_MARKED", mark);
    await student.request("DANCE");
    await teacher.request("PING");
    await as(people.teacher, 409, "POST", "/api/class/start-attendance/", {
      body: { class_id: found.id },
    });
    await api.call("GET", "/api/class/99999/", { token: people.teacher.token });
    assertEquals(await statusOf(`${server.url}/nope`, { method: "PROPFIND" }), 404);
    await student.close();

    let after = await read(url, TOKEN);
    // The peer may know of the close first.
    while (after.value("attendance_sockets") > 2) after = await read(url, TOKEN);
    const grew = (name: string, labels: Record<string, string> = {}) =>
      after.value(name, labels) - before.value(name, labels);

    assertEquals(after.value("attendance_sockets"), 2);
    assertEquals(after.value("attendance_sockets_signed_in"), 2);
    assertEquals(after.value("attendance_rooms"), 2);
    assertEquals(grew("attendance_sockets_opened_total"), 3);
    assertEquals(grew("attendance_frames_waiting"), 0);
    const closedNow = after.samples.filter(({ name }) => name === "attendance_sockets_closed_total")
      .reduce((sum, { value }) => sum + value, 0);
    assertEquals(closedNow, 1);
    const marks = "attendance_marks_total";
    assertEquals(grew(marks, { transport: "socket", outcome: "stored" }), 1);
    assertEquals(grew(marks, { transport: "http", outcome: "stored" }), pupils.length);
    assertEquals(grew(marks, { transport: "socket", outcome: "student_not_enrolled" }), 1);
    const frames = "attendance_frames_received_total";
    assertEquals(grew(frames, { event: "ATTENDANCE_MARKED", outcome: "ok" }), 1);
    assertEquals(grew(frames, { event: "ATTENDANCE_MARKED", outcome: "forbidden" }), 2);
    assertEquals(grew(frames, { event: "unknown", outcome: "unknown_event" }), 1);
    assertEquals(grew(frames, { event: "PING", outcome: "ok" }), 1);
    const received = teacher.frames.length + student.frames.length;
    assert(grew("attendance_deliveries_total") >= received);
    assert(grew("attendance_messages_sent_total") <= grew("attendance_deliveries_total"));
    const requests = "attendance_http_request_duration_seconds_count";
    const route = "/api/class/start-attendance/";
    assertEquals(grew(requests, { method: "POST", route, status: "200" }), 1);
    assertEquals(grew(requests, { method: "POST", route, status: "409" }), 1);
    assertEquals(grew(requests, { method: "GET", route: "/api/class/:id/", status: "404" }), 1);
    assertEquals(grew(requests, { method: "GET", route: "/ws", status: "101" }), 3);
    assertEquals(grew(requests, { method: "other", route: "unmatched", status: "404" }), 1);
    const live = "attendance_live_duration_seconds_count";
    assertEquals(grew(live, { verb: "mark", outcome: "ok" }), 2);
    assertEquals(grew(live, { verb: "mark", outcome: "refused" }), 1);
    const storage = "attendance_storage_duration_seconds_count";
    assertEquals(grew(storage, { verb: "classes.create", outcome: "ok" }), 2);
    assert(grew("attendance_event_loop_delay_seconds_count") > 0);
    assertEquals(
      after.value("attendance_build_info", { storage: "sqlite", live: "embedded" }),
      1,
    );
    for (const wrong of ["", TOKEN.toUpperCase(), people.admin.token]) {
      const headers = { Authorization: `Bearer ${wrong}` };
      assertEquals(await statusOf(url, { headers }), 401);
    }
  }, { env: { METRICS_TOKEN: TOKEN }, pupils: 3 });
});

Deno.test("METRICS_PORT serves them on a port of their own, and on 127.0.0.1 without a token", async () => {
  const env = { METRICS_PORT: "0", LOG_LEVEL: "info" };
  await onStage(async (stage) => {
    const url = metricsUrl(stage);
    assertEquals((await read(url)).value("attendance_sockets"), 0);
    assertEquals(new URL(url).hostname, "localhost");
    assertEquals(await statusOf(`${stage.server.url}/metrics`), 404);
    assertEquals(await statusOf(url.replace("/metrics", "/api/auth/me/")), 404);
  }, { env: { ...env, HOST: "0.0.0.0" } });
  await onStage(async (stage) => {
    const url = metricsUrl(stage);
    assertEquals(await statusOf(url), 401);
    assertEquals((await read(url, TOKEN)).value("attendance_rooms"), 0);
  }, { env: { ...env, METRICS_TOKEN: TOKEN } });
});

Deno.test({
  name: "with Redis the journal's calls to the database count too",
  ignore: redisServer === null,
  fn: () =>
    withRedis(async (redis) => {
      await onStage(async ({ server, people, newClass, start, connect }) => {
        const found = await newClass();
        await start(found);
        const socket = await connect(people.teacher);
        const mark = { classId: found.id, studentId: people.student.id, status: "late" };
        await socket.request("ATTENDANCE_MARKED", mark);
        const { value } = await read(`${server.url}/metrics`, TOKEN);
        const calls = "attendance_storage_duration_seconds_count";
        assert(value(calls, { verb: "journal.append", outcome: "ok" }) > 0);
      }, { env: { METRICS_TOKEN: TOKEN, REDIS_URL: redis.url } });
    }),
});

Deno.test({
  name: "each of WORKERS has its own numbers, on METRICS_PORT and the ports after it",
  ignore: redisServer === null,
  fn: () =>
    withRedis(async (redis) => {
      const port = ownPort(2);
      const env = { WORKERS: "2", REDIS_URL: redis.url, METRICS_PORT: `${port}` };
      await withServer(async () => {
        const both = await Promise.all(
          [port, port + 1].map((own) => read(`http://127.0.0.1:${own}/metrics`)),
        );
        const ofRedis = (one: Exposed) => one.value("attendance_build_info", { live: "redis" });
        assertEquals(both.map(ofRedis), [1, 1]);
        const [first, second] = both.map((one) => one.value("process_start_time_seconds"));
        assertNotEquals(first, second);
      }, env);
    }),
});
