import { zValidator } from "@hono/zod-validator";
import type { MiddlewareHandler } from "hono";
import type { z } from "zod";
import { AppError } from "../../kernel/errors.ts";
import { invalidRequest, parse } from "../../kernel/validate.ts";
import type { AppEnv } from "./context.ts";

/** What is not valid percent-encoding would reach handlers as it was typed. */
function refuseUndecodable(url: string): void {
  try {
    if (url.includes("%")) decodeURIComponent(new URL(url).pathname);
  } catch (cause) {
    const detail = "The path is not valid percent-encoding";
    throw new AppError("invalid_request", { detail, cause });
  }
}

/** Lets on what fits the schema; anything else is refused in our own words, with each wrong field. */
export const validated = (
  target: "param" | "query" | "json",
  schema: z.ZodType,
): MiddlewareHandler<AppEnv> =>
  zValidator(
    target,
    schema,
    (result, c) => {
      if (target === "param") refuseUndecodable(c.req.url);
      if (!result.success) throw invalidRequest(result.error);
    },
    { validationFunction: (given, value) => parse(given, value) },
  );
