import { createMiddleware } from "hono/factory";
import { entityTag, holds } from "./conditional.ts";
import type { AppEnv } from "./context.ts";

/** Tags what a GET is answered with; 304 to a client that holds it. */
export const etag = () =>
  createMiddleware<AppEnv>(async function etag(c, next) {
    await next();
    if (c.res.status !== 200) return;
    const tag = entityTag(c.get("text"));
    c.res.headers.set("Cache-Control", "private, no-cache");
    c.res.headers.set("ETag", tag);
    // The fields of the answer before stay.
    if (holds(c.req.header("if-none-match"), tag)) c.res = new Response(null, { status: 304 });
  });
