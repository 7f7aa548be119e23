import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

/** Lets pages of these origins, and no others, call the API. */
export const crossOrigin = (origins: readonly string[]): MiddlewareHandler =>
  cors({
    origin: [...origins],
    allowHeaders: ["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"],
    exposeHeaders: ["ETag", "Retry-After", "X-Request-Id", "RateLimit-Limit"],
    maxAge: 600,
  });
