import { createMiddleware } from "hono/factory";
import { describeError, type Logger } from "../../kernel/logger.ts";
import type { AppEnv, RequestInfo } from "./context.ts";

export interface FinishedRequest {
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Told of each request when its answer is there, still inside the request's own async context. */
export type RequestObserver = (info: RequestInfo, request: FinishedRequest) => void;

/** An observer that logs each finished request. */
export const logTo =
  (logger: Logger): RequestObserver => (info, { method, status, durationMs }) => {
    const failed = info.failure;
    logger.log(status >= 500 ? "error" : "info", "request", {
      requestId: info.id,
      userId: info.userId,
      method,
      route: info.route,
      status,
      durationMs: Math.round(durationMs * 100) / 100,
      // JSON leaves out what is undefined.
      code: failed?.code,
      cause: failed && failed.status >= 500 ? describeError(failed.cause) : undefined,
    });
  };

/** Tells observers of each finished request. */
export const requestLog = (
  observers: readonly RequestObserver[],
  tick: () => number = () => performance.now(),
) =>
  createMiddleware<AppEnv>(async function requestLog(c, next) {
    const started = tick();
    await next();
    const request = {
      method: c.req.method,
      status: c.res.status,
      durationMs: tick() - started,
    };
    for (const observe of observers) observe(c.get("info"), request);
  });
