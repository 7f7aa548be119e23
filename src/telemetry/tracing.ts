/** Spans for Deno's own OpenTelemetry. Load this only where the runtime traces. */
import { type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { ERRORS } from "../kernel/errors.ts";
import type { FrameObserver } from "../realtime/frame_observer.ts";
import type { RequestObserver } from "../http/kit/request_log.ts";

/**
 * The runtime writes each request's whole URL into its span, and a socket's may hold its token.
 * Attributes are only ever added, never replaced, so the query is kept from being written at all.
 */
function leaveOutQueries(span: Span): void {
  const prototype: Span = Object.getPrototypeOf(span);
  const { setAttribute } = prototype;
  prototype.setAttribute = function (name, value) {
    if (name === "url.query") return this;
    const kept = name === "url.full" ? String(value).split("?", 1)[0] ?? "" : value;
    return setAttribute.call(this, name, kept);
  };
}

export interface Tracing {
  /** Names the runtime's span of the request by its route. */
  readonly requests: RequestObserver;
  /** A span for each frame, `ws EVENT`, each a trace of its own: a socket can live for days. */
  readonly frames: FrameObserver;
}

export function createTracing(): Tracing {
  const tracer = trace.getTracer("live-attendance");
  // Never ended, so never sent.
  leaveOutQueries(tracer.startSpan("probe"));
  return {
    requests({ id, route, userId, failure }, { method }) {
      const span = trace.getActiveSpan();
      if (!span) return;
      if (route !== null) {
        span.updateName(`${method} ${route}`);
        span.setAttribute("http.route", route);
      }
      span.setAttribute("request.id", id);
      if (userId !== null) span.setAttribute("user.id", String(userId));
      if (failure) span.setAttribute("error.code", failure.code);
    },
    frames(event, actor) {
      const span = tracer.startSpan(`ws ${event}`, {
        kind: SpanKind.SERVER,
        root: true,
        attributes: { "user.id": String(actor.userId) },
      });
      return (failure) => {
        if (failure !== null) {
          span.setAttribute("error.code", failure);
          if (ERRORS[failure].status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      };
    },
  };
}
