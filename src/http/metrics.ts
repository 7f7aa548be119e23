/** `/metrics` and its guard. */
import { Hono } from "hono";
import { createHash, timingSafeEqual } from "node:crypto";
import { AppError } from "../kernel/errors.ts";
import type { AppEnv } from "./kit/context.ts";
import { problemResponse } from "./kit/problem.ts";
import { requestContext } from "./kit/request_context.ts";

/** The text format of Prometheus. */
const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const digest = (text: string) => createHash("sha256").update(text).digest();

/**
 * @param read the metrics as they are now
 * @param token what a reader must show as bearer; null: whoever reaches it may read
 */
export function metricsApp(
  { read, token }: { read: () => string; token: string | null },
): Hono<AppEnv> {
  const expected = token === null ? null : digest(`Bearer ${token}`);
  const app = new Hono<AppEnv>({ strict: false });
  app.get("/metrics", (c) => {
    c.get("info").route = "/metrics";
    const shown = digest(c.req.header("authorization") ?? "");
    if (expected && !timingSafeEqual(shown, expected)) {
      const detail = "The metrics token is needed, as Authorization: Bearer …";
      throw new AppError("authentication_required", { detail });
    }
    return c.body(read(), 200, {
      "Cache-Control": "no-store",
      "Content-Type": CONTENT_TYPE,
    });
  });
  return app;
}

/** An app with one page, for a port of its own. */
export function alone(page: Hono<AppEnv>): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ strict: false });
  app.use(requestContext());
  app.route("/", page);
  app.notFound((c) => problemResponse(c, new AppError("not_found")));
  app.onError((error, c) => problemResponse(c, error));
  return app;
}
