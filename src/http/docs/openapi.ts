/** OpenAPI 3.1 from the route table: what is documented is what `mount.ts` serves. */
import type { Access } from "../../kernel/access.ts";
import { createErrorResponses, headerComponents, headers } from "./openapi_errors.ts";
import { createSchemas, type Json, type Parameter } from "./openapi_schemas.ts";
import { problem } from "../kit/problem.ts";
import { WHO } from "./who.ts";
import { BODY_LIMIT } from "../kit/body.ts";
import type { Route } from "../kit/route.ts";

export interface ApiInfo {
  readonly version: string;
}

const TAGS: Readonly<Record<Route["tag"], string>> = {
  Accounts: "Signing up and in, tokens, the own password",
  Users: "Students, and the administration of accounts",
  Classes: "Classes and who is in them",
  Attendance: "The running session of a class; the same verbs as over the WebSocket",
  History: "Closed sessions, corrections and their trail",
};

const DESCRIPTION = `Taking attendance live: classes, running sessions, history.

**Signing in.** \`POST /api/auth/login/\` gives an access and a refresh token; send the access token
as \`Authorization: Bearer …\`.

**Paths** are shown with their trailing slash and answer the same without it. \`HEAD\` works wherever
\`GET\` does.

**Lists** are paged: \`next\` of an answer is the \`cursor\` of the request for the following page and
\`null\` on the last one.

**Failures** are problem documents (RFC 9457, \`application/problem+json\`) with a stable \`code\`.

**Retries.** A \`POST\` with an \`Idempotency-Key\` runs once within 24 hours: repeating it gives the
first answer again.

**Request ids.** \`X-Request-Id\` of a request is taken over (letters, digits, \`.\`, \`_\`, \`-\`), or else
made; it comes back and stands in the service's log.

**Live events** come over the WebSocket at \`/ws/\`, described at \`/api/asyncapi/\`.`;

const ref = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });

/** `/api/class/:id/` as OpenAPI writes it. */
export const templateOf = (path: string): string => path.replace(/:(\w+)/g, "{$1}");

const located = (place: "path" | "query") => (parameter: Parameter): Json => ({
  ...parameter,
  in: place,
  required: place === "path" || parameter.required,
});

/**
 * The document that describes these routes.
 * @throws Error where two different schemas have one name, or a route lacks an example
 */
export function openApiDocument(
  routes: readonly Route[],
  { version }: ApiInfo,
): Json {
  const schemas = createSchemas();
  const failures = createErrorResponses();
  schemas.output(problem);

  const requestBody = (route: Route): Json => {
    if (!route.body) return {};
    if (route.bodyExample === undefined) {
      throw new Error(`Cannot document ${route.operationId}: it has no bodyExample`);
    }
    const limit = route.bodyLimit ?? BODY_LIMIT;
    return {
      requestBody: {
        required: true,
        description: `At most ${limit / 1024 ** 2} MiB`,
        content: {
          "application/json": {
            schema: schemas.input(route.body),
            example: route.bodyExample,
          },
          ...(route.csv
            ? {
              "text/csv": {
                schema: { type: "string" },
                ...(route.csvExample === undefined ? {} : { example: route.csvExample }),
              },
            }
            : {}),
        },
      },
    };
  };

  const success = (route: Route): Json => {
    const { success: answer } = route;
    const shown = {
      description: answer.description,
      headers: headers("X-Request-Id", ...(route.etag ? ["ETag"] : [])),
    };
    return {
      [answer.status]: answer.status === 204 ? shown : {
        ...shown,
        content: {
          "application/json": { schema: schemas.output(answer.schema), example: answer.example },
        },
      },
      ...(route.etag
        ? {
          304: {
            description: "The content is still the one of `If-None-Match`",
            headers: headers("X-Request-Id", "ETag"),
          },
        }
        : {}),
    };
  };

  const whoMay = (access: Access): string => `**Who may call it:** ${WHO[access]}.`;

  const operation = (route: Route): Json => ({
    operationId: route.operationId,
    summary: route.summary,
    description: [route.description, whoMay(route.access)]
      .filter((text) => text !== undefined).join("\n\n"),
    tags: [route.tag],
    security: route.access === "anyone" ? [] : [{ bearer: [] }],
    parameters: [
      ...(route.params ? schemas.parameters(route.params).map(located("path")) : []),
      ...(route.query ? schemas.parameters(route.query).map(located("query")) : []),
      ...(route.etag ? [ref("parameters", "IfNoneMatch")] : []),
      ...(route.method === "post" && route.access !== "anyone"
        ? [ref("parameters", "IdempotencyKey")]
        : []),
    ],
    ...requestBody(route),
    responses: { ...success(route), ...failures.of(route) },
  });

  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const item = paths[templateOf(route.path)] ??= {};
    item[route.method] = operation(route);
  }

  return {
    openapi: "3.1.0",
    info: {
      title: "Live Attendance",
      version,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "This service" }],
    tags: Object.entries(TAGS).filter(([name]) => routes.some(({ tag }) => tag === name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "The access token of a sign-in",
        },
      },
      parameters: {
        IdempotencyKey: {
          name: "Idempotency-Key",
          in: "header",
          required: false,
          description:
            "Any text of yours, new for each new request: a repeat within 24 hours gets " +
            "the first answer again instead of running twice",
          schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[!-~]+$" },
        },
        IfNoneMatch: {
          name: "If-None-Match",
          in: "header",
          required: false,
          description: "`ETag` of an earlier answer: 304 if it is still the same",
          schema: { type: "string" },
        },
      },
      headers: headerComponents(),
      examples: failures.examples(),
      schemas: schemas.named(),
    },
  };
}
