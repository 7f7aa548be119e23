import type { Context } from "hono";
import { AppError } from "../../kernel/errors.ts";
import type { AppEnv } from "./context.ts";
import { allowedMethods } from "./paths.ts";
import { problemResponse } from "./problem.ts";
import type { Route } from "./route.ts";

/** 404, and 405 or the answer to OPTIONS where a path has other methods. */
export const notFound = (routes: readonly Route[]) =>
  function notFound(c: Context<AppEnv>): Response {
    const methods = allowedMethods(routes, c.req.path);
    if (methods.length === 0) return problemResponse(c, new AppError("not_found"));
    const allow = methods.join(", ");
    const response = c.req.method === "OPTIONS"
      ? new Response(null, { status: 204 })
      : problemResponse(
        c,
        new AppError("method_not_allowed", { detail: `Allowed here: ${allow}` }),
      );
    response.headers.set("Allow", allow);
    return response;
  };
