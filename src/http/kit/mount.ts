/** Serves routes (route.ts) on a Hono app: identity, role, input, idempotency, answer. */
import type { Context, Hono } from "hono";
import { createHmac } from "node:crypto";
import { denied, roleAllows } from "../../kernel/access.ts";
import { AppError, toAppError } from "../../kernel/errors.ts";
import type { IdempotencyStore } from "./idempotency.ts";
import type { Actor } from "../../kernel/actor.ts";
import { parseJson, readBody } from "./body.ts";
import { entityTag, holds } from "./conditional.ts";
import { describeError, type Logger } from "../../kernel/logger.ts";
import { problemBody, problemHeaders } from "./problem.ts";
import { BODY_LIMIT, type Route } from "./route.ts";
import { validate } from "../../kernel/validate.ts";

/** What travels with a request. */
export interface RequestInfo {
  readonly id: string;
  readonly address: string;
  /** Pattern of the matched route, for logs and metrics. */
  route: string | null;
  userId: number | null;
  /** Why it failed inside; logged, never sent. */
  failure: AppError | null;
}

export type AppEnv = {
  /** What the server knows of the connection; absent under `app.request()`. */
  Bindings: { address?: string };
  Variables: { info: RequestInfo };
};

export interface MountDeps {
  /** @throws AppError 401 */
  readonly authenticate: (authorization: string | undefined) => Promise<Actor>;
  readonly idempotency: IdempotencyStore;
  /** Counts a request of this user, or of this address; null: no limits. @throws AppError `rate_limited` */
  readonly limit: ((key: string) => Promise<void> | void) | null;
  readonly now: () => number;
  readonly logger: Logger;
  /** Keys the fingerprints of idempotent requests: a body can hold a password. */
  readonly fingerprintKey: string;
}

/** Milliseconds after which an unfinished claim of an Idempotency-Key is taken for abandoned. */
const IDEMPOTENCY_STALE_MS = 60_000;

const PROBLEM_TYPE = "application/problem+json";

/**
 * An answer as JSON. No more header fields than data needs (what guards pages is sent with pages),
 * and appended one by one: that costs the runtime less than a list.
 */
function answer(
  requestId: string,
  status: number,
  body: string | null,
  { type = "application/json", fields }: {
    type?: string;
    fields?: Readonly<Record<string, string>>;
  } = {},
): Response {
  const response = body === null
    ? new Response(null, { status })
    : new Response(body, { status, headers: { "content-type": type } });
  const { headers } = response;
  headers.append("x-request-id", requestId);
  headers.append("x-content-type-options", "nosniff");
  if (!fields?.["cache-control"]) headers.append("cache-control", "no-store");
  for (const name in fields) headers.append(name, fields[name] ?? "");
  return response;
}

/** The one mapper from errors to HTTP answers. */
export function problemResponse(thrown: unknown, info: RequestInfo): Response {
  const error = toAppError(thrown);
  info.failure = error;
  return answer(info.id, error.status, JSON.stringify(problemBody(error, info.id)), {
    type: PROBLEM_TYPE,
    fields: problemHeaders(error),
  });
}

export interface FinishedRequest {
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Told of each request when its answer is there, still inside the request's own async context. */
export type RequestObserver = (info: RequestInfo, request: FinishedRequest) => void;

/** Logs one finished request. */
export function logRequest(logger: Logger, info: RequestInfo, request: FinishedRequest): void {
  const failed = info.failure;
  logger.log(request.status >= 500 ? "error" : "info", "request", {
    requestId: info.id,
    userId: info.userId,
    method: request.method,
    route: info.route,
    status: request.status,
    durationMs: Math.round(request.durationMs * 100) / 100,
    // JSON leaves out what is undefined.
    code: failed?.code,
    cause: failed && failed.status >= 500 ? describeError(failed.cause) : undefined,
  });
}

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

async function readInput(
  c: Context<AppEnv>,
  route: Route,
): Promise<{ text: string; body: unknown }> {
  if (!route.body) return { text: "", body: undefined };
  const text = await readBody(c.req.raw, route.bodyLimit ?? BODY_LIMIT);
  const csv = route.csv !== undefined &&
    (c.req.header("content-type") ?? "").toLowerCase().startsWith("text/csv");
  const given = csv && route.csv ? route.csv(text) : parseJson(text);
  return { text, body: validate(route.body, given) };
}

/** A path parameter that is not valid percent-encoding reaches handlers as typed; refuse it here. */
function pathParams(c: Context<AppEnv>): Record<string, string> {
  const params: Record<string, string> = c.req.param();
  try {
    decodeURIComponent(new URL(c.req.url).pathname);
  } catch (cause) {
    throw new AppError("invalid_request", {
      detail: "The path is not valid percent-encoding",
      cause,
    });
  }
  return params;
}

async function runOnce(
  deps: MountDeps,
  request: { userId: number; key: string; fingerprint: string; requestId: string },
  run: () => Promise<{ status: number; body: string | null }>,
): Promise<{ status: number; body: string | null }> {
  const { userId, key, fingerprint } = request;
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw new AppError("invalid_request", {
      detail: "Idempotency-Key: must be 1 to 255 visible ASCII characters",
    });
  }
  const claim = await deps.idempotency.claim({
    userId,
    key,
    fingerprint,
    at: new Date(deps.now()).toISOString(),
    staleMs: IDEMPOTENCY_STALE_MS,
  });
  if (claim.outcome === "in_flight") throw new AppError("idempotency_in_flight");
  if (claim.outcome === "mismatch") throw new AppError("idempotency_mismatch");
  if (claim.outcome === "done") return { status: claim.status, body: claim.body || null };
  let done: { status: number; body: string | null };
  try {
    done = await run();
  } catch (error) {
    const refusal = toAppError(error);
    if (refusal.status < 500 && !refusal.retryAfterS) {
      const body = JSON.stringify(problemBody(refusal, request.requestId));
      await deps.idempotency.finish({ userId, key, status: refusal.status, body });
    } else {
      await deps.idempotency.release(userId, key);
    }
    throw error;
  }
  try {
    await deps.idempotency.finish({ userId, key, status: done.status, body: done.body ?? "" });
  } catch (cause) {
    // It is done: the caller hears so. The claim stays, so that a repeat does not do it again.
    deps.logger.log("error", "an answer could not be kept for repeats", {
      requestId: request.requestId,
      cause: describeError(cause),
    });
  }
  return done;
}

async function serve(c: Context<AppEnv>, route: Route, deps: MountDeps): Promise<Response> {
  const info = c.get("info");
  info.route = route.path;
  let actor: Actor | null = null;
  if (route.access !== "anyone") {
    try {
      actor = await deps.authenticate(c.req.header("authorization"));
    } catch (refused) {
      // Trying tokens is not free of limits.
      await deps.limit?.(`address:${info.address}`);
      throw refused;
    }
    info.userId = actor.userId;
  }
  if (deps.limit) await deps.limit(actor ? `user:${actor.userId}` : `address:${info.address}`);
  if (actor && !roleAllows(route.access, actor)) throw denied(route.access);
  const params = route.params ? validate(route.params, pathParams(c)) : {};
  const query = route.query ? validate(route.query, c.req.query()) : {};
  const { text, body } = await readInput(c, route);
  const run = async () => {
    const value = await route.handler({
      actor,
      params,
      query,
      body,
      requestId: info.id,
      address: info.address,
    });
    return {
      status: route.success.status as number,
      body: value === undefined ? null : JSON.stringify(value),
    };
  };
  const key = route.method === "post" && actor ? c.req.header("idempotency-key") : undefined;
  const done = key !== undefined && actor
    ? await runOnce(deps, {
      userId: actor.userId,
      key,
      fingerprint: createHmac("sha256", deps.fingerprintKey).update(
        `${c.req.method} ${c.req.path}\n${text}`,
      )
        .digest("hex"),
      requestId: info.id,
    }, run)
    : await run();
  if (done.status >= 400) return answer(info.id, done.status, done.body, { type: PROBLEM_TYPE });
  if (!route.etag || done.body === null) return answer(info.id, done.status, done.body);
  const tag = entityTag(done.body);
  const caching = { etag: tag, "cache-control": "private, no-cache" };
  return holds(c.req.header("if-none-match"), tag)
    ? answer(info.id, 304, null, { fields: caching })
    : answer(info.id, done.status, done.body, { fields: caching });
}

const segmentsOf = (path: string): string[] => path.replace(/\/$/, "").split("/");
const isVariable = (segment: string): boolean => segment.startsWith(":");
const variablesOf = ({ path }: Route): number => segmentsOf(path).filter(isVariable).length;

/** Whether a path, which may be a pattern itself, is one of the pattern's. */
function covers(pattern: string, path: string): boolean {
  const segments = segmentsOf(path);
  const parts = segmentsOf(pattern);
  return parts.length === segments.length &&
    parts.every((part, i) => isVariable(part) ? segments[i] !== "" : part === segments[i]);
}

/**
 * Registers the routes, in order: a fixed path must come before a pattern that covers it. The app
 * must not be strict about trailing slashes; paths are registered without.
 */
export function mountRoutes(app: Hono<AppEnv>, routes: readonly Route[], deps: MountDeps): void {
  for (const route of routes) {
    const method = route.method.toUpperCase();
    const register = (path: string, handle: (c: Context<AppEnv>) => Promise<Response>) =>
      app.on(method, path.replace(/\/$/, ""), handle);
    // A method that a more exact path lacks must not fall through to this one.
    for (const other of routes) {
      const moreExact = covers(route.path, other.path) && variablesOf(other) < variablesOf(route);
      const offers = routes.some((one) => one.path === other.path && one.method === route.method);
      if (moreExact && !offers) register(other.path, async (c) => await c.notFound());
    }
    register(route.path, (c) => serve(c, route, deps));
  }
}

/** The methods that routes offer at a path, for `Allow`; empty where there is nothing. */
export function allowedMethods(routes: readonly Route[], path: string): string[] {
  const fitting = routes.filter((route) => covers(route.path, path));
  const fewest = Math.min(...fitting.map(variablesOf));
  const methods = fitting.filter((route) => variablesOf(route) === fewest).flatMap(({ method }) =>
    method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()]
  );
  return methods.length > 0 ? [...new Set(methods), "OPTIONS"] : [];
}
