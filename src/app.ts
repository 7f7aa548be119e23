/** One Hono app: REST behind the JWT middleware, `/ws` upgraded into the session hub. */
import { Hono } from "hono";
import type { AppEnv } from "./http/kit/context.ts";
import { crossOrigin } from "./http/kit/cross_origin.ts";
import { type MountDeps, mountRoutes } from "./http/kit/mount.ts";
import { notFound } from "./http/kit/not_found.ts";
import { problemResponse } from "./http/kit/problem.ts";
import { requestContext } from "./http/kit/request_context.ts";
import { logTo, requestLog, type RequestObserver } from "./http/kit/request_log.ts";
import type { Route } from "./http/kit/route.ts";

export interface AppDeps extends MountDeps {
  readonly routes: readonly Route[];
  /** Upgrades `/ws`. */
  readonly sockets: Hono<AppEnv>;
  /** Apps mounted at the root: health, documentation, static pages, metrics. */
  readonly pages: readonly Hono<AppEnv>[];
  /** Origins whose pages may call the API, besides its own. */
  readonly allowedOrigins: readonly string[];
  /** Whether `X-Forwarded-For` says who the caller is. */
  readonly trustProxy: boolean;
  readonly requestObservers?: readonly RequestObserver[];
}

export function createApp(deps: AppDeps): Hono<AppEnv> {
  const { routes, sockets, pages, allowedOrigins, trustProxy, logger, requestObservers = [] } =
    deps;
  const app = new Hono<AppEnv>({ strict: false });

  app.use(requestLog([logTo(logger), ...requestObservers]));
  app.use(requestContext({ trustProxy }));
  if (allowedOrigins.length > 0) app.use("/api/*", crossOrigin(allowedOrigins));

  mountRoutes(app, routes, deps);
  app.route("/", sockets);
  for (const page of pages) app.route("/", page);

  app.notFound(notFound(routes));
  app.onError((error, c) => problemResponse(c, error));
  return app;
}
