/** Failures over HTTP: RFC 9457 problem documents, from the one error table. */
import { z } from "zod";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { AppError, ERRORS, toAppError } from "../../kernel/errors.ts";
import { answer } from "./answer.ts";
import type { AppEnv } from "./context.ts";

export const PROBLEM_TYPE = "application/problem+json";

/** Open: some errors tell more, such as the ids between which a name is ambiguous. */
export const problem = z.looseObject({
  type: z.string().meta({ description: "URI reference naming the kind of problem" }),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().meta({ description: "The request id, as in X-Request-Id" }),
  success: z.literal(false),
  error: z.string().meta({ description: "The same text as `detail`" }),
  code: z.string().meta({ description: "Stable and machine-readable" }),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional().meta({
    description: "The wrong fields of a bad request",
  }),
}).meta({ id: "Problem", description: "RFC 9457 problem details" });

/** Where the documentation page explains a code; Swagger UI complains of underscores there. */
export const errorAnchor = (code: string): string => `error-${code.replaceAll("_", "-")}`;

/** The problem document of an error. */
export function problemBody(error: AppError, requestId: string): z.input<typeof problem> {
  return {
    ...error.extra,
    type: `/api/docs/#${errorAnchor(error.code)}`,
    title: ERRORS[error.code].title,
    status: error.status,
    detail: error.message,
    instance: requestId,
    success: false,
    error: error.message,
    code: error.code,
    ...(error.errors ? { errors: error.errors.map((field) => ({ ...field })) } : {}),
  };
}

/** The header fields that belong to an error. */
export function problemHeaders(error: AppError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.retryAfterS !== undefined) headers["Retry-After"] = `${error.retryAfterS}`;
  if (error.code === "rate_limited") {
    headers["RateLimit-Limit"] = `${error.limit ?? 0}`;
    headers["RateLimit-Remaining"] = "0";
    headers["RateLimit-Reset"] = `${error.retryAfterS ?? 1}`;
  }
  if (error.code === "upgrade_required") headers["Upgrade"] = "websocket";
  if (error.status === 401) headers["WWW-Authenticate"] = "Bearer";
  return headers;
}

/** The one mapper from errors to HTTP answers. */
export function problemResponse(c: Context<AppEnv>, thrown: unknown): Response {
  const info = c.get("info");
  // Hono's validator throws it at what is no JSON, and nothing else here does.
  const error = thrown instanceof HTTPException
    ? new AppError("invalid_json", { cause: thrown })
    : toAppError(thrown);
  info.failure = error;
  return answer(c, error.status, JSON.stringify(problemBody(error, info.id)), {
    type: PROBLEM_TYPE,
    fields: problemHeaders(error),
  });
}
