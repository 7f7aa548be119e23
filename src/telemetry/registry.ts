/** Numbers for Prometheus: what was recorded, and what sockets and process are now. */
import process from "node:process";
import type { HubStats } from "../realtime/hub.ts";
import { CLOSE } from "../realtime/protocol/close_codes.ts";
import { counter, counts, exposition, gauge, histogram, type Metric } from "./exposition.ts";
import type { Recorder } from "./recorder.ts";

/** Codes that peers close with, besides those of the service; any other one is theirs to invent. */
const PEER_CODES = [0, 1000, 1001, 1005, 1006];
const CLOSE_CODES = new Set([...PEER_CODES, ...Object.values(CLOSE).map(({ code }) => code)]);

export interface MetricsSources {
  readonly recorder: Recorder;
  readonly hub: () => HubStats;
  /** Labels of `attendance_build_info`. */
  readonly build: Readonly<Record<string, string>>;
}

const ofRecorder = (recorder: Recorder): Metric[] => [
  histogram(
    "attendance_http_request_duration_seconds",
    "HTTP requests, by route",
    recorder.requests,
  ),
  histogram(
    "attendance_storage_duration_seconds",
    "Calls to the database, by verb",
    recorder.storage,
  ),
  histogram("attendance_live_duration_seconds", "Calls to the live store, by verb", recorder.live),
  histogram(
    "attendance_event_loop_delay_seconds",
    "How late timers fire: everything in this process waits that long",
    recorder.loopDelay,
  ),
  counts(
    "attendance_marks_total",
    "Marks that came to the live store; the outcome is stored, or the code of the error",
    recorder.marks,
  ),
  counts(
    "attendance_frames_received_total",
    "Frames from signed-in sockets; the outcome is ok, or the code of the error",
    recorder.frames,
  ),
];

/** Sockets closed by code; the codes that are known stand there from the start. */
function* closed(stats: HubStats) {
  const byCode = new Map<number | "other", number>([...CLOSE_CODES].map((code) => [code, 0]));
  for (const [code, n] of stats.closed) {
    const known = CLOSE_CODES.has(code) ? code : "other";
    byCode.set(known, (byCode.get(known) ?? 0) + n);
  }
  for (const [code, value] of byCode) yield { labels: { code }, value };
}

const ofHub = (stats: HubStats): Metric[] => [
  gauge("attendance_sockets", "Open sockets", stats.sockets),
  gauge("attendance_sockets_signed_in", "Open sockets with a user", stats.signedIn),
  gauge("attendance_rooms", "Classes that sockets of this process hear", stats.rooms),
  counter("attendance_sockets_opened_total", "Sockets opened", stats.opened),
  {
    name: "attendance_sockets_closed_total",
    help: "Sockets closed, by close code; 4408: the receiver was too slow",
    type: "counter",
    samples: closed(stats),
  },
  counter(
    "attendance_deliveries_total",
    "Frames given to sockets; one event to a thousand sockets is a thousand",
    stats.sentFrames,
  ),
  counter(
    "attendance_messages_sent_total",
    "WebSocket messages in which frames left; with ?batch=1 one holds several",
    stats.sentMessages,
  ),
  gauge(
    "attendance_frames_waiting",
    "Frames from sockets that are not answered yet",
    stats.waitingFrames,
  ),
  gauge(
    "attendance_send_queue_bytes",
    "Bytes that receivers have yet to take, over all sockets",
    stats.waitingBytes,
  ),
  gauge(
    "attendance_send_queue_max_bytes",
    "The same of the slowest socket; over 1 MiB it is closed",
    stats.waitingBytesMax,
  ),
];

function ofProcess(): Metric[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal, external } = Deno.memoryUsage();
  return [
    gauge(
      "process_start_time_seconds",
      "When the process started, in seconds since 1970",
      performance.timeOrigin / 1000,
    ),
    counter("process_cpu_seconds_total", "Processor time used", (user + system) / 1e6),
    gauge("process_resident_memory_bytes", "Memory in RAM", rss),
    gauge("deno_heap_used_bytes", "JavaScript heap in use", heapUsed),
    gauge("deno_heap_size_bytes", "JavaScript heap, used or not", heapTotal),
    gauge(
      "deno_external_memory_bytes",
      "Memory of buffers outside the JavaScript heap",
      external,
    ),
  ];
}

/** All that a process of the service tells, read at each call. */
export const createRegistry = ({ recorder, hub, build }: MetricsSources) => (): string =>
  exposition([
    ...ofRecorder(recorder),
    ...ofHub(hub()),
    ...ofProcess(),
    {
      name: "attendance_build_info",
      help: "Always 1; what runs is in the labels",
      type: "gauge",
      samples: [{ labels: build, value: 1 }],
    },
  ]);
