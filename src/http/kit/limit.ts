import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./context.ts";

/** Counts a request under a key, `user:ID` or `address:IP`. @throws AppError `rate_limited` */
export type CountRequest = (key: string) => Promise<void> | void;

/** Counts each request, of a user where one is signed in, of an address elsewhere. */
export const limit = (count: CountRequest) =>
  createMiddleware<AppEnv>(async function limit(c, next) {
    const { userId, address } = c.get("info");
    await count(userId === null ? `address:${address}` : `user:${userId}`);
    await next();
  });
