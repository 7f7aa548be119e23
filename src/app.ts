/** The one Hono app: request context, REST routes, documentation, static pages, the upgrade. */
import { Hono } from "hono";
import { cors } from "hono/cors";
import { AppError } from "./kernel/errors.ts";
import type { Logger } from "./kernel/logger.ts";
import {
  allowedMethods,
  type AppEnv,
  logRequest,
  type MountDeps,
  mountRoutes,
  problemResponse,
  type RequestInfo,
  type RequestObserver,
} from "./http/kit/mount.ts";
import type { Route } from "./http/kit/route.ts";

export interface AppDeps extends MountDeps {
  readonly routes: readonly Route[];
  /** Apps mounted at the root: documentation, health, static pages, the WebSocket upgrade. */
  readonly pages: readonly Hono<AppEnv>[];
  readonly allowedOrigins: readonly string[];
  /** Whether `X-Forwarded-For` says who the caller is. */
  readonly trustProxy: boolean;
  readonly logger: Logger;
  readonly requestObservers?: readonly RequestObserver[];
  /** Milliseconds, monotonic, for durations. */
  readonly tick?: () => number;
}

const SANE_REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller: the peer, or behind a trusted proxy the last address that proxy added. */
export function callerAddress(
  peer: string | undefined,
  forwarded: string | undefined,
  trustProxy: boolean,
): string {
  const last = trustProxy ? forwarded?.split(",").at(-1)?.trim() : undefined;
  return last || peer || "unknown";
}

export function createApp(deps: AppDeps): Hono<AppEnv> {
  const { logger, routes, requestObservers = [], tick = () => performance.now() } = deps;
  const app = new Hono<AppEnv>({ strict: false });

  app.use("*", async function requestContext(c, next) {
    const started = tick();
    const given = c.req.header("x-request-id");
    const info: RequestInfo = {
      id: given !== undefined && SANE_REQUEST_ID.test(given) ? given : crypto.randomUUID(),
      address: callerAddress(
        c.env?.address,
        deps.trustProxy ? c.req.header("x-forwarded-for") : undefined,
        deps.trustProxy,
      ),
      route: null,
      userId: null,
      failure: null,
    };
    c.set("info", info);
    await next();
    const request = {
      method: c.req.method,
      status: c.res.status,
      durationMs: tick() - started,
    };
    logRequest(logger, info, request);
    for (const observe of requestObservers) observe(info, request);
  });

  if (deps.allowedOrigins.length > 0) {
    app.use(
      "/api/*",
      cors({
        origin: [...deps.allowedOrigins],
        allowHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"],
        exposeHeaders: ["ETag", "Retry-After", "X-Request-Id", "RateLimit-Limit"],
        maxAge: 600,
      }),
    );
  }

  mountRoutes(app, routes, deps);
  for (const page of deps.pages) app.route("/", page);

  app.notFound((c) => {
    const info = c.get("info");
    const allowed = allowedMethods(routes, new URL(c.req.url).pathname);
    if (allowed.length === 0) return problemResponse(new AppError("not_found"), info);
    const allow = allowed.join(", ");
    if (c.req.method === "OPTIONS") {
      return new Response(null, {
        status: 204,
        headers: { Allow: allow, "X-Request-Id": info.id },
      });
    }
    const refused = problemResponse(
      new AppError("method_not_allowed", { detail: `Allowed here: ${allow}` }),
      info,
    );
    refused.headers.set("Allow", allow);
    return refused;
  });

  app.onError((error, c) => problemResponse(error, c.get("info")));
  return app;
}
