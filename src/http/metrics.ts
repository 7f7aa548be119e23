/** `/metrics` and its guard. */
import { Hono } from "hono";
import { createHash, timingSafeEqual } from "node:crypto";
import { AppError } from "../kernel/errors.ts";
import { type AppEnv, problemResponse } from "./kit/mount.ts";

/** What is served: prom-client's registry, which is loaded only where there is one. */
export interface Exposition {
  readonly contentType: string;
  metrics(): Promise<string>;
}

const digest = (text: string) => createHash("sha256").update(text).digest();

/** @param token what a reader must show as bearer; null: whoever reaches it may read */
export function metricsApp(
  { registry, token }: { registry: Exposition; token: string | null },
): Hono<AppEnv> {
  const expected = token === null ? null : digest(`Bearer ${token}`);
  const app = new Hono<AppEnv>({ strict: false });
  app.get("/metrics", async (c) => {
    const info = c.get("info");
    info.route = "/metrics";
    const shown = digest(c.req.header("authorization") ?? "");
    if (expected && !timingSafeEqual(shown, expected)) {
      const detail = "The metrics token is needed, as Authorization: Bearer …";
      const refusal = problemResponse(new AppError("authentication_required", { detail }), info);
      refusal.headers.set("WWW-Authenticate", "Bearer");
      return refusal;
    }
    return c.body(await registry.metrics(), 200, {
      "Cache-Control": "no-store",
      "Content-Type": registry.contentType,
      "X-Content-Type-Options": "nosniff",
      "X-Request-Id": info.id,
    });
  });
  return app;
}

/** An app with one page, for a port of its own. */
export function alone(page: Hono<AppEnv>): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ strict: false });
  app.use("*", async function requestContext(c, next) {
    const id = crypto.randomUUID();
    c.set("info", { id, address: "unknown", route: null, userId: null, failure: null });
    await next();
  });
  app.route("/", page);
  app.notFound((c) => problemResponse(new AppError("not_found"), c.get("info")));
  app.onError((error, c) => problemResponse(error, c.get("info")));
  return app;
}
