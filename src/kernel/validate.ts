import { z } from "zod";
import { AppError, type FieldError } from "./errors.ts";

/** Characters of the name of an unknown field that are repeated. */
const MAX_NAME = 64;
/** Fields that a refusal names at most. */
const MAX_ERRORS = 50;

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

/** What is too short, too small, too long or too big, as people say it. */
function sizeInWords(
  { origin, inclusive = true }: { origin: string; inclusive?: boolean | undefined },
  bound: "least" | "most",
  limit: number | bigint,
): string {
  if (origin === "string") return `must have at ${bound} ${limit} characters`;
  if (origin === "array" || origin === "set") return `must hold at ${bound} ${limit}`;
  if (inclusive) return `must be at ${bound} ${limit}`;
  return `must be ${bound === "least" ? "more" : "less"} than ${limit}`;
}

/** How a fault reads to people. A text that a schema gives itself comes first. */
const inWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined && issue.code !== "custom") return "is required";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? `of type ${issue.expected}`}`;
    case "invalid_value":
      return `must be one of: ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return sizeInWords(issue, "least", issue.minimum);
    case "too_big":
      return sizeInWords(issue, "most", issue.maximum);
    case "unrecognized_keys":
      return "is not known here";
    default:
      return undefined;
  }
};

/** Where zod found faults, as dotted paths and texts that repeat no input. */
export function fieldErrors(error: z.core.$ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const faults = issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => [...path, key.slice(0, MAX_NAME).toWellFormed()])
      : [path];
    // A text given with a schema says what is wrong with a value, not that there is none.
    const missing = issue.code !== "custom" && "input" in issue && issue.input === undefined;
    const message = missing ? "is required" : issue.message;
    return faults.map((fault) => ({ path: fault.join("."), message }));
  }).slice(0, MAX_ERRORS);
}

/** The refusal that names each wrong field. */
export function invalidRequest(error: z.core.$ZodError): AppError {
  const errors = fieldErrors(error);
  const named = errors.map(({ path, message }) => path ? `${path}: ${message}` : message);
  return new AppError("invalid_request", {
    errors,
    ...(named.length === 0 ? {} : { detail: named.join("; ") }),
  });
}

/** What the schema makes of the value, or its faults in words. */
export const parse = <T extends z.ZodType>(
  schema: T,
  value: unknown,
): z.ZodSafeParseResult<z.output<T>> =>
  schema.safeParse(value, { error: inWords, reportInput: true });

/**
 * The schema's output.
 * @throws AppError `invalid_request` naming each wrong field
 */
export function validate<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = parse(schema, value);
  if (!parsed.success) throw invalidRequest(parsed.error);
  return parsed.data;
}
