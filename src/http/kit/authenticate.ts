import { createMiddleware } from "hono/factory";
import type { Actor } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { bearerToken } from "./bearer.ts";
import type { AppEnv } from "./context.ts";
import type { CountRequest } from "./limit.ts";

/** Whose access token this is. @throws AppError 401 */
export type Authenticate = (token: string) => Promise<Actor>;

/**
 * The JWT middleware: lets in who shows a valid access token as bearer.
 * @param count takes the refused ones, so that trying tokens is not free of limits
 */
export const authenticate = (verify: Authenticate, count: CountRequest | null = null) =>
  createMiddleware<AppEnv>(async function authenticate(c, next) {
    const info = c.get("info");
    const token = bearerToken(c.req.header("authorization"));
    try {
      if (token === null) throw new AppError("authentication_required");
      const actor = await verify(token);
      info.userId = actor.userId;
      c.set("actor", actor);
    } catch (refused) {
      await count?.(`address:${info.address}`);
      throw refused;
    }
    await next();
  });
