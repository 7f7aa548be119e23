/** The error answers of an OpenAPI document, out of the one error table. */
import { type Access, denied } from "../../kernel/access.ts";
import { AppError, type AppErrorOptions, type ErrorCode, ERRORS } from "../../kernel/errors.ts";
import type { Json } from "./openapi_schemas.ts";
import { problemBody, problemHeaders } from "../kit/problem.ts";
import { commonErrors, type Route } from "../kit/route.ts";

export const EXAMPLE_REQUEST_ID = "5f0c2f4e-3b52-4d6a-9a43-0f6f5d8f1f0a";

/** What makes an example of a code say more than the table does. */
const EXAMPLE_DETAILS: { readonly [code in ErrorCode]?: AppErrorOptions } = {
  invalid_request: {
    detail: "class_name: must not be empty",
    errors: [{ path: "class_name", message: "must not be empty" }],
  },
  weak_password: {
    detail: "password: must be at least 8 characters",
    errors: [{ path: "password", message: "must be at least 8 characters" }],
  },
  payload_too_large: { detail: "The request body is over 1048576 bytes" },
  rate_limited: { retryAfterS: 12, limit: 1200 },
};

const HEADER_DESCRIPTIONS: Readonly<Record<string, string>> = {
  "X-Request-Id": "The id of this request, as in `instance` and in the service's log",
  "Retry-After": "Seconds after which a retry makes sense",
  "RateLimit-Limit": "Requests allowed per window",
  "RateLimit-Remaining": "Requests left in this window",
  "RateLimit-Reset": "Seconds until the window ends",
  "WWW-Authenticate": "How to authenticate",
  ETag: "Tag of this content, for `If-None-Match`",
};

const NUMERIC = /^(?:Retry-After|RateLimit-)/;

const header = (name: string, description: string, required: boolean): Json => ({
  description,
  required,
  schema: NUMERIC.test(name) ? { type: "integer", minimum: 0 } : { type: "string" },
});

/** `components.headers`: each always comes where an answer refers to it. */
export const headerComponents = (): Json =>
  Object.fromEntries(
    Object.entries(HEADER_DESCRIPTIONS).map(([name, text]) => [name, header(name, text, true)]),
  );

/** References to the headers of these names. */
export const headers = (...names: readonly string[]): Json =>
  Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );

interface Example {
  readonly name: string;
  readonly error: AppError;
}

/** An error of this code as a caller of this route would see it. */
function exampleOf(code: ErrorCode, access: Access): Example {
  return code === "forbidden" && access !== "anyone"
    ? { name: `${code}_${access}`, error: denied(access) }
    : { name: code, error: new AppError(code, EXAMPLE_DETAILS[code]) };
}

/** Collects the examples that error answers share. */
export function createErrorResponses() {
  const components: Json = {};
  return {
    /** `components.examples`, by name. */
    examples: (): Json => components,
    /** The error answers of a route, by status. */
    of(route: Route): Json {
      const byStatus = new Map<number, Example[]>();
      for (const code of new Set([...commonErrors(route), ...(route.errors ?? [])])) {
        const example = exampleOf(code, route.access);
        components[example.name] = {
          summary: example.error.message,
          value: problemBody(example.error, EXAMPLE_REQUEST_ID),
        };
        const { status } = example.error;
        byStatus.set(status, [...byStatus.get(status) ?? [], example]);
      }
      return Object.fromEntries(
        [...byStatus].sort(([a], [b]) => a - b).map(([status, found]) => [status, response(found)]),
      );
    },
  };
}

/** The headers of an answer that may have any of these codes. */
function headersOf(found: readonly Example[]): Json {
  const codesByHeader = new Map<string, ErrorCode[]>();
  for (const { error } of found) {
    for (const name of Object.keys(problemHeaders(error))) {
      codesByHeader.set(name, [...codesByHeader.get(name) ?? [], error.code]);
    }
  }
  const own = [...codesByHeader].map(([name, codes]) => {
    if (codes.length === found.length) return headers(name);
    const when = codes.map((code) => `\`${code}\``).join(", ");
    return { [name]: header(name, `${HEADER_DESCRIPTIONS[name]}; with ${when} only`, false) };
  });
  return Object.assign(headers("X-Request-Id"), ...own);
}

function response(found: readonly Example[]): Json {
  return {
    description: found.map(({ error }) => `\`${error.code}\`: ${ERRORS[error.code].title}`)
      .join("  \n"),
    headers: headersOf(found),
    content: {
      "application/problem+json": {
        schema: {
          allOf: [
            { $ref: "#/components/schemas/Problem" },
            { properties: { code: { enum: found.map(({ error }) => error.code) } } },
          ],
        },
        examples: Object.fromEntries(
          found.map(({ name }) => [name, { $ref: `#/components/examples/${name}` }]),
        ),
      },
    },
  };
}
