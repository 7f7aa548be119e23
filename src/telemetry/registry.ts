/** Numbers for Prometheus: what was recorded, and what sockets and process are now. */
import process from "node:process";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Recorder } from "./recorder.ts";
import { BOUNDS_S, type Count, type Series, type Timing } from "./series.ts";
import type { HubStats } from "../realtime/hub.ts";
import { CLOSE } from "../realtime/protocol/close_codes.ts";

/** Codes that peers close with, besides those of the service; any other one is theirs to invent. */
const PEER_CODES = [0, 1000, 1001, 1005, 1006];
const CLOSE_CODES = new Set([...PEER_CODES, ...Object.values(CLOSE).map(({ code }) => code)]);

interface Described {
  readonly name: string;
  readonly help: string;
}

/**
 * A histogram of timings kept elsewhere: prom-client's own `observe` takes a microsecond and more,
 * several times per mark.
 */
class TimingHistogram extends Histogram {
  constructor(
    readonly described: Described,
    readonly timings: Series<Timing>,
    registry: Registry,
  ) {
    super({ ...described, labelNames: [...timings.labelNames], registers: [registry] });
  }

  /** What the registry writes. */
  getForPromString() {
    const { name } = this.described;
    const values = [...this.timings.all()].flatMap(({ labels, value: { buckets, sumS } }) => {
      let count = 0;
      const cumulative = buckets.map((n, i) => ({
        metricName: `${name}_bucket`,
        labels: { ...labels, le: BOUNDS_S[i] ?? "+Inf" },
        value: count += n,
      }));
      return [
        ...cumulative,
        { metricName: `${name}_sum`, labels, value: sumS },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
    return Promise.resolve({ ...this.described, type: "histogram", values });
  }
}

export interface MetricsSources {
  readonly recorder: Recorder;
  readonly hub: () => HubStats;
  /** Labels of `attendance_build_info`. */
  readonly build: Readonly<Record<string, string>>;
}

function addProcess(registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: "process_start_time_seconds",
    help: "When the process started, in seconds since 1970",
    registers,
    collect() {
      this.set(performance.timeOrigin / 1000);
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time used",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const memory: readonly (readonly [keyof Deno.MemoryUsage, string, string])[] = [
    ["rss", "process_resident_memory_bytes", "Memory in RAM"],
    ["heapUsed", "deno_heap_used_bytes", "JavaScript heap in use"],
    ["heapTotal", "deno_heap_size_bytes", "JavaScript heap, used or not"],
    ["external", "deno_external_memory_bytes", "Memory of buffers outside the JavaScript heap"],
  ];
  for (const [field, name, help] of memory) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(Deno.memoryUsage()[field]);
      },
    });
  }
}

function addHub(registry: Registry, hub: () => HubStats): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: (stats: HubStats) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(hub()));
      },
    });
  const counter = (name: string, help: string, read: (stats: HubStats) => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(hub()));
      },
    });
  gauge("attendance_sockets", "Open sockets", ({ sockets }) => sockets);
  gauge("attendance_sockets_signed_in", "Open sockets with a user", ({ signedIn }) => signedIn);
  gauge("attendance_rooms", "Classes that sockets of this process hear", ({ rooms }) => rooms);
  counter("attendance_sockets_opened_total", "Sockets opened", ({ opened }) => opened);
  new Counter({
    name: "attendance_sockets_closed_total",
    help: "Sockets closed, by close code; 4408: the receiver was too slow",
    labelNames: ["code"],
    registers,
    collect() {
      this.reset();
      for (const code of CLOSE_CODES) this.inc({ code }, 0);
      for (const [code, n] of hub().closed) {
        this.inc({ code: CLOSE_CODES.has(code) ? code : "other" }, n);
      }
    },
  });
  counter(
    "attendance_deliveries_total",
    "Frames given to sockets; one event to a thousand sockets is a thousand",
    ({ sentFrames }) => sentFrames,
  );
  counter(
    "attendance_messages_sent_total",
    "WebSocket messages in which frames left; with ?batch=1 one holds several",
    ({ sentMessages }) => sentMessages,
  );
  gauge(
    "attendance_frames_waiting",
    "Frames from sockets that are not answered yet",
    ({ waitingFrames }) => waitingFrames,
  );
  gauge(
    "attendance_send_queue_bytes",
    "Bytes that receivers have yet to take, over all sockets",
    ({ waitingBytes }) => waitingBytes,
  );
  gauge(
    "attendance_send_queue_max_bytes",
    "The same of the slowest socket; over 1 MiB it is closed",
    ({ waitingBytesMax }) => waitingBytesMax,
  );
}

function addCounts(registry: Registry, described: Described, counts: Series<Count>): void {
  new Counter({
    ...described,
    labelNames: [...counts.labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, value } of counts.all()) this.inc(labels, value.value);
    },
  });
}

/** A registry of its own, so that several services in one process do not share numbers. */
export function createRegistry({ recorder, hub, build }: MetricsSources): Registry {
  const registry = new Registry();
  const timings: readonly (readonly [name: string, help: string, Series<Timing>])[] = [
    ["attendance_http_request_duration_seconds", "HTTP requests, by route", recorder.requests],
    ["attendance_storage_duration_seconds", "Calls to the database, by verb", recorder.storage],
    ["attendance_live_duration_seconds", "Calls to the live store, by verb", recorder.live],
    [
      "attendance_event_loop_delay_seconds",
      "How late timers fire: everything in this process waits that long",
      recorder.loopDelay,
    ],
  ];
  for (const [name, help, series] of timings) new TimingHistogram({ name, help }, series, registry);
  addCounts(registry, {
    name: "attendance_marks_total",
    help: "Marks that came to the live store; the outcome is stored, or the code of the error",
  }, recorder.marks);
  addCounts(registry, {
    name: "attendance_frames_received_total",
    help: "Frames from signed-in sockets; the outcome is ok, or the code of the error",
  }, recorder.frames);
  addHub(registry, hub);
  addProcess(registry);
  new Gauge({
    name: "attendance_build_info",
    help: "Always 1; what runs is in the labels",
    labelNames: Object.keys(build),
    registers: [registry],
  }).set({ ...build }, 1);
  return registry;
}
