import type { Context, MiddlewareHandler } from "hono";
import { answer } from "./answer.ts";
import type { AppEnv } from "./context.ts";
import type { Route } from "./route.ts";

interface Validated {
  out: { param: object; query: object; json: unknown };
}

/** Runs what the route does and answers with what it returns. */
export const handler = (route: Route): MiddlewareHandler<AppEnv> =>
  async function handler(c: Context<AppEnv, string, Validated>): Promise<Response> {
    const { id, address } = c.get("info");
    const value = await route.handler({
      actor: c.get("actor") ?? null,
      pass: c.get("pass"),
      params: c.req.valid("param") ?? {},
      query: c.req.valid("query") ?? {},
      body: c.req.valid("json"),
      requestId: id,
      address,
    });
    return answer(c, route.success.status, value === undefined ? null : JSON.stringify(value));
  };
