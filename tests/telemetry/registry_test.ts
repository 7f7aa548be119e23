import { assert, assertEquals } from "@std/assert";
import { createRegistry } from "../../src/telemetry/registry.ts";
import { createRecorder } from "../../src/telemetry/recorder.ts";
import type { HubStats } from "../../src/realtime/hub.ts";
import { CLOSE } from "../../src/realtime/protocol/close_codes.ts";
import { parseMetrics } from "../support/prometheus.ts";

const STATS: HubStats = {
  sockets: 5,
  signedIn: 4,
  rooms: 2,
  opened: 9,
  closed: new Map([[1000, 3], [4408, 1], [3999, 1], [4999, 2]]),
  sentFrames: 1234,
  sentMessages: 567,
  waitingBytes: 4096,
  waitingBytesMax: 3000,
  waitingFrames: 6,
};

function world(hub: () => HubStats = () => STATS) {
  const recorder = createRecorder();
  const text = createRegistry({
    recorder,
    hub,
    build: { version: "1.2.3", live: "redis" },
  });
  return { recorder, text, read: () => parseMetrics(text()) };
}

Deno.test("createRegistry() exposes what sockets are and did", () => {
  const { read } = world();
  const { value } = read();
  const expected = {
    attendance_sockets: 5,
    attendance_sockets_signed_in: 4,
    attendance_rooms: 2,
    attendance_sockets_opened_total: 9,
    attendance_deliveries_total: 1234,
    attendance_messages_sent_total: 567,
    attendance_send_queue_bytes: 4096,
    attendance_send_queue_max_bytes: 3000,
    attendance_frames_waiting: 6,
  };
  for (const [name, is] of Object.entries(expected)) assertEquals(value(name), is, name);
  assertEquals(value("attendance_build_info", { version: "1.2.3", live: "redis" }), 1);
});

Deno.test("createRegistry() counts codes that peers invent as one, and knows its own from the start", () => {
  const { value, labelValues } = world().read();
  const closed = "attendance_sockets_closed_total";
  assertEquals(value(closed, { code: "1000" }), 3);
  assertEquals(value(closed, { code: "4408" }), 1);
  assertEquals(value(closed, { code: "other" }), 3);
  const codes = labelValues(closed, "code");
  for (const { code } of Object.values(CLOSE)) assert(codes.has(`${code}`), `${code}`);
});

Deno.test("createRegistry() exposes durations as cumulative histograms", () => {
  const { recorder, read } = world();
  const route = { method: "GET", route: "/api/class/:id/", status: "200" };
  const timing = recorder.requests.of(...Object.values(route));
  for (const seconds of [0.0004, 0.004, 0.004, 0.3, 60]) timing.observe(seconds);
  const { types, value } = read();
  const name = "attendance_http_request_duration_seconds";
  assertEquals(types.get(name), "histogram");
  const upTo = (le: string) => value(`${name}_bucket`, { ...route, le });
  assertEquals(["0.0005", "0.0025", "0.005", "0.25", "0.5", "10", "+Inf"].map(upTo), [
    ...[1, 1, 3, 3, 4, 4, 5],
  ]);
  assertEquals(value(`${name}_count`, route), 5);
  assertEquals(value(`${name}_sum`, route), 60.3084);
});

Deno.test("createRegistry() reads anew each time, and shares nothing with another registry", () => {
  let sockets = 1;
  const one = world(() => ({ ...STATS, sockets }));
  const other = world();
  one.recorder.marks.of("socket", "stored").value = 3;
  assertEquals(one.read().value("attendance_marks_total", { transport: "socket" }), 3);
  one.recorder.marks.of("socket", "stored").value = 7;
  one.recorder.marks.of("http", "forbidden").value = 2;
  sockets = 8;
  const { value } = one.read();
  assertEquals(value("attendance_marks_total", { transport: "socket", outcome: "stored" }), 7);
  assertEquals(value("attendance_marks_total", { transport: "http", outcome: "forbidden" }), 2);
  assertEquals(value("attendance_sockets"), 8);
  assertEquals(other.read().labelValues("attendance_marks_total", "transport").size, 0);
});

Deno.test("createRegistry() says what the process uses", () => {
  const { value } = world().read();
  assert(value("process_resident_memory_bytes") > 10e6);
  assert(value("deno_heap_used_bytes") > 1e6);
  assert(value("deno_heap_size_bytes") >= value("deno_heap_used_bytes"));
  assert(value("process_cpu_seconds_total") > 0);
  const startedS = value("process_start_time_seconds");
  assert(startedS <= Date.now() / 1000 && startedS > Date.now() / 1000 - 3600);
});
