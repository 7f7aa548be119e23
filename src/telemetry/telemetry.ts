/** What looks on while the service works: metrics and traces, each only where asked for. */
import deno from "../../deno.json" with { type: "json" };
import type { Hono } from "hono";
import type { AppEnv } from "../http/kit/context.ts";
import type { Config } from "../config.ts";
import { listen, type Listener, type ListenOptions } from "../http/kit/listen.ts";
import type { Logger } from "../kernel/logger.ts";
import { alone, metricsApp } from "../http/metrics.ts";
import type { RequestObserver } from "../http/kit/request_log.ts";
import type { LiveStore } from "../sessions/live_store.ts";
import { watchEventLoop } from "./loop_delay.ts";
import { countMarks } from "./marks.ts";
import { measured } from "./measured.ts";
import { createRecorder } from "./recorder.ts";
import { createRegistry } from "./registry.ts";
import type { FrameObserver } from "../realtime/frame_observer.ts";
import { addressOf, listeningOn } from "../process.ts";
import type { Hub } from "../realtime/hub.ts";
import type { Storage } from "../adapters/storage.ts";

/** Where nothing is asked for, everything is handed back as it came. */
export interface Telemetry {
  storage(storage: Storage): Storage;
  live(live: LiveStore): LiveStore;
  readonly requestObservers: readonly RequestObserver[];
  readonly frameObservers: readonly FrameObserver[];
  /** Serves the metrics on a port of their own, or returns the page that does. */
  expose(hub: Pick<Hub, "stats">): readonly Hono<AppEnv>[];
  close(): Promise<void>;
}

/** Methods that count under their own name; clients may send any word. */
const METHODS = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"]);

/** Whether the runtime was started with `OTEL_DENO=true`: it puts its tracer where the API looks. */
const isTracing = (): boolean => Symbol.for("opentelemetry.js.api.1") in globalThis;

interface TelemetryDeps {
  readonly config: Config;
  readonly logger: Logger;
}

/**
 * Listens on the first free one of these ports: of several processes each gets its own.
 * @throws Deno.errors.AddrInUse
 */
function serveOnOneOf(
  ports: number,
  options: ListenOptions,
  handler: (request: Request) => Response | Promise<Response>,
): Listener {
  const { port } = options;
  try {
    return listen(options, handler);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse) || ports <= 1 || port >= 65535) throw error;
    return serveOnOneOf(ports - 1, { ...options, port: port + 1 }, handler);
  }
}

function createMetrics({ config, logger }: TelemetryDeps): Telemetry {
  const { METRICS_PORT: port, METRICS_TOKEN: token = null } = config;
  const recorder = createRecorder();
  const stopWatching = watchEventLoop(recorder.loopDelay.of());
  let server: Listener | null = null;
  const build = {
    version: deno.version,
    deno: Deno.version.deno,
    storage: config.DATABASE_URL.split(":", 1)[0] ?? "",
    live: config.REDIS_URL === undefined ? "embedded" : "redis",
  };
  return {
    storage: (storage) => measured(storage, recorder.storage),
    live: (live) => countMarks(measured(live, recorder.live), recorder.marks),
    requestObservers: [({ route }, { method, status, durationMs }) => {
      recorder.requests.of(
        METHODS.has(method) ? method : "other",
        route ?? "unmatched",
        `${status}`,
      ).observe(durationMs / 1000);
    }],
    frameObservers: [(event) => (failure) => {
      recorder.frames.of(event, failure ?? "ok").value++;
    }],
    expose(hub) {
      const read = createRegistry({ recorder, hub: () => hub.stats(), build });
      const page = metricsApp({ read, token });
      if (port === undefined) return [page];
      // Without a token nobody on the network may read.
      const hostname = token === null ? "127.0.0.1" : config.HOST;
      const app = alone(page);
      server = listeningOn({ port, hostname, portSetting: "METRICS_PORT" }, () =>
        serveOnOneOf(
          config.WORKERS,
          { port, hostname, logger },
          (request) => app.fetch(request),
        ));
      logger.log("info", "metrics", { url: `${addressOf(hostname, server.port)}/metrics` });
      return [];
    },
    async close() {
      stopWatching();
      await server?.shutdown();
    },
  };
}

const nothing: Telemetry = {
  storage: (storage) => storage,
  live: (live) => live,
  requestObservers: [],
  frameObservers: [],
  expose: () => [],
  close: () => Promise.resolve(),
};

/** By the settings (metrics) and by how the runtime was started (traces). */
export async function openTelemetry(deps: TelemetryDeps): Promise<Telemetry> {
  const { METRICS_PORT, METRICS_TOKEN } = deps.config;
  const metrics = METRICS_PORT === undefined && METRICS_TOKEN === undefined
    ? nothing
    : createMetrics(deps);
  if (!isTracing()) return metrics;
  const { createTracing } = await import("./tracing.ts");
  const { requests, frames } = createTracing();
  return {
    ...metrics,
    requestObservers: [...metrics.requestObservers, requests],
    frameObservers: [...metrics.frameObservers, frames],
  };
}
