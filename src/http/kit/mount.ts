/** Serves routes (route.ts) on a Hono app: each is a chain of middlewares and a handler. */
import type { Hono, MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import type { Logger } from "../../kernel/logger.ts";
import { classAccess, roleAccess } from "./access.ts";
import { type Authenticate, authenticate } from "./authenticate.ts";
import { body } from "./body.ts";
import type { AppEnv } from "./context.ts";
import { etag } from "./etag.ts";
import { handler } from "./handler.ts";
import { idempotency, type IdempotencyStore } from "./idempotency.ts";
import { type CountRequest, limit } from "./limit.ts";
import { shadowedBy } from "./paths.ts";
import { hasClassInPath, type Route } from "./route.ts";
import { validated } from "./validated.ts";

export interface MountDeps {
  readonly authenticate: Authenticate;
  /** null: no limits. */
  readonly limit: CountRequest | null;
  readonly idempotency: IdempotencyStore;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly logger: Logger;
  /** Keys the fingerprints of idempotent requests. */
  readonly fingerprintKey: string;
}

/** Tells logs and metrics which route it is. */
const matched = (path: string) =>
  createMiddleware<AppEnv>(function matched(c, next) {
    c.get("info").route = path;
    return next();
  });

const NO_QUERY = z.object({});

/** What a request passes through, in order. */
function chainOf(route: Route, deps: MountDeps): MiddlewareHandler<AppEnv>[] {
  const { access } = route;
  const signedIn = access !== "anyone";
  return [
    signedIn && authenticate(deps.authenticate, deps.limit),
    deps.limit && limit(deps.limit),
    signedIn && access !== "signed_in" && roleAccess(access),
    route.params && validated("param", route.params),
    route.admit && classAccess(route.admit),
    validated("query", (route.query ?? NO_QUERY).strict()),
    route.body && body({ limitBytes: route.bodyLimit, csv: route.csv }),
    route.body && validated("json", route.body),
    signedIn && route.method === "post" && idempotency({ ...deps, store: deps.idempotency }),
    route.etag && etag(),
    handler(route),
  ].filter((middleware) => !!middleware);
}

/**
 * Registers the routes, in order: a fixed path must come before a pattern that covers it. The app
 * must not be strict about trailing slashes; paths are registered without.
 * @throws Error at a route below a class that lets nobody in
 */
export function mountRoutes(app: Hono<AppEnv>, routes: readonly Route[], deps: MountDeps): void {
  const registered = (path: string) => path.replace(/\/$/, "");
  for (const route of routes) {
    if (hasClassInPath(route) && !route.admit) {
      throw new Error(`Cannot serve ${route.operationId}: nobody is let into its class`);
    }
    const method = route.method.toUpperCase();
    // A method that a more exact path lacks must not fall through to this one.
    for (const path of shadowedBy(route, routes)) {
      app.on(method, registered(path), (c) => c.notFound());
    }
    app.on(method, registered(route.path), matched(route.path), ...chainOf(route, deps));
  }
}
