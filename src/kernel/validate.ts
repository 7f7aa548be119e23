import type { z } from "zod";
import { AppError, type FieldError } from "./errors.ts";

/** Where zod found faults, as dotted paths and texts that repeat no input. */
export function fieldErrors(error: z.core.$ZodError): FieldError[] {
  return error.issues.slice(0, 50).map((issue) => ({
    path: issue.path.map(String).join("."),
    message: issue.message,
  }));
}

/** The refusal that names each wrong field. */
export function invalidRequest(error: z.core.$ZodError): AppError {
  const errors = fieldErrors(error);
  const first = errors[0];
  return new AppError("invalid_request", {
    errors,
    ...(first ? { detail: first.path ? `${first.path}: ${first.message}` : first.message } : {}),
  });
}

/**
 * The schema's output.
 * @throws AppError `invalid_request` naming each wrong field
 */
export function validate<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidRequest(parsed.error);
  return parsed.data;
}
