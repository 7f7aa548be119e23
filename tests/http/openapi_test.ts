import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { z } from "zod";
import { ERRORS } from "../../src/kernel/errors.ts";
import { templateOf } from "../../src/http/docs/openapi.ts";
import { commonErrors, defineRoute, ok, pageQuery, type Route } from "../../src/http/kit/route.ts";
import { validate } from "../../src/kernel/validate.ts";
import { email, user } from "../../src/accounts/schema.ts";
import { idInput, idParam } from "../../src/kernel/ids.ts";
import { line } from "../../src/kernel/text.ts";
import { withAllRoutes } from "../support/all_routes.ts";
import { lint } from "../support/lint.ts";
import { checkResponse, documentOf } from "../support/openapi_check.ts";
import { sampleRoutes } from "./sample.ts";

const sample = (): Route[] => sampleRoutes({ things: [], beforeMake: () => Promise.resolve() });

/** A look into a document, however deep. */
// deno-lint-ignore no-explicit-any -- the document is looked into freely
const at = (document: object, ...path: (string | number)[]): any =>
  path.reduce<unknown>(
    (value, key) => typeof value === "object" && value !== null ? Reflect.get(value, key) : null,
    document,
  );

const operationOf = (document: object, route: Route) =>
  at(document, "paths", templateOf(route.path), route.method);

/** A route that answers nothing of interest, with these parts. */
const routeWith = (parts: Partial<Route>): Route => ({
  ...defineRoute({
    method: "post",
    path: "/api/x/:id/",
    operationId: "x",
    summary: "X",
    tag: "Classes",
    access: "anyone",
    success: { status: 204, description: "Done" },
    handler: () => Promise.resolve(undefined),
  }),
  ...parts,
});

Deno.test("openApiDocument() of the whole table passes the linter", async () => {
  await withAllRoutes(async (routes) => {
    assertEquals(await lint(documentOf(routes)), []);
  });
});

Deno.test("openApiDocument() of the sample passes the linter, and a damaged one does not", async () => {
  const document = documentOf(sample());
  assertEquals(await lint(document), []);
  const damaged = structuredClone(document);
  const operation = at(damaged, "paths", "/api/things/", "get");
  delete operation.summary;
  operation.responses[200].content["application/json"].example.data[0].id = "seven";
  const found = (await lint(damaged)).join("\n");
  assertStringIncludes(found, "operation-summary");
  assertStringIncludes(found, "no-invalid-media-type-examples");
});

Deno.test("openApiDocument() documents every route, and no other", async () => {
  await withAllRoutes((routes) => {
    const document = documentOf(routes);
    const documented = Object.entries(at(document, "paths")).flatMap(([path, item]) =>
      Object.keys(item ?? {}).map((method) => `${method} ${path}`)
    );
    assertEquals(
      documented.sort(),
      routes.map(({ method, path }) => `${method} ${templateOf(path)}`).sort(),
    );
  });
});

Deno.test("openApiDocument() gives each operation what a reader needs", async () => {
  await withAllRoutes((routes) => {
    const document = documentOf(routes);
    for (const route of routes) {
      const operation = operationOf(document, route);
      const name = route.operationId;
      assert(operation.summary, name);
      assertStringIncludes(operation.description, "Who may call it", name);
      assertEquals(operation.tags, [route.tag]);
      assertEquals(operation.security, route.access === "anyone" ? [] : [{ bearer: [] }], name);
      const documented = Object.entries(ERRORS).flatMap(([code, { status }]) => {
        const answer = operation.responses[status];
        const schema = at(answer, "content", "application/problem+json", "schema", "allOf");
        return at(schema, 1, "properties", "code", "enum")?.includes(code) ? [code] : [];
      });
      const expected = new Set<string>([...commonErrors(route), ...route.errors ?? []]);
      assertEquals(documented.sort(), [...expected].sort(), name);
    }
  });
});

Deno.test("openApiDocument() has a valid example of every answer and every body", async () => {
  await withAllRoutes((routes) => {
    const document = documentOf(routes);
    for (const route of routes) {
      const path = route.path.replace(/:\w+/g, "1");
      const { responses } = operationOf(document, route);
      for (const [status, answer] of Object.entries(responses)) {
        const headers = new Headers(Object.keys(at(answer ?? {}, "headers")).map((n) => [n, "1"]));
        const contents = Object.entries(at(answer ?? {}, "content") ?? {});
        for (const [type, content] of contents) {
          headers.set("content-type", type);
          const { example, examples } = content as Record<string, object>;
          const values = example !== undefined ? [example] : Object.keys(examples ?? {}).map(
            (name) => at(document, "components", "examples", name, "value"),
          );
          assert(values.length > 0, `${route.operationId} ${status} has no example`);
          for (const value of values) {
            const response = { status: Number(status), headers };
            checkResponse(document, route.method, path, response, JSON.stringify(value));
          }
        }
      }
      if (route.body) validate(route.body, route.bodyExample);
      if (route.csv) {
        assert(route.csvExample, `${route.operationId} has no CSV example`);
        validate(route.body, route.csv(route.csvExample));
      }
    }
  });
});

Deno.test("openApiDocument() gives each code of a status its own example", () => {
  const routes = sample();
  const document = documentOf(routes);
  const conflict = at(document, "paths", "/api/things/", "post", "responses", 409);
  const { examples } = conflict.content["application/problem+json"];
  assertEquals(
    Object.keys(examples).sort(),
    [
      "class_name_taken",
      "idempotency_in_flight",
      "idempotency_mismatch",
    ].filter((code) => at(ERRORS, code, "status") === 409),
  );
  const denied = at(document, "components", "examples", "forbidden_teacher_or_admin", "value");
  assertEquals(denied.detail, "Only teachers and administrators may do this");
});

Deno.test("openApiDocument() tells the headers that come and may be sent", () => {
  const document = documentOf(sample());
  const list = at(document, "paths", "/api/things/", "get");
  const make = at(document, "paths", "/api/things/", "post");
  const load = at(document, "paths", "/api/things/import/", "post");
  const headersOf = (operation: object, status: number) =>
    Object.keys(at(operation, "responses", status, "headers"));
  assertEquals(headersOf(list, 200), ["X-Request-Id", "ETag"]);
  assertEquals(headersOf(list, 304), ["X-Request-Id", "ETag"]);
  assertEquals(headersOf(make, 201), ["X-Request-Id"]);
  assertEquals(headersOf(make, 401), ["X-Request-Id", "WWW-Authenticate"]);
  assert(headersOf(make, 429).includes("Retry-After"));
  assert(headersOf(make, 503).includes("Retry-After"));
  const when = at(make, "responses", 409, "headers", "Retry-After");
  assertEquals(when.required, false);
  assertStringIncludes(when.description, "`idempotency_in_flight` only");
  const sent = (operation: object) =>
    at(operation, "parameters").flatMap((parameter: object) => at(parameter, "$ref") ?? []);
  assertEquals(sent(list), ["#/components/parameters/IfNoneMatch"]);
  assertEquals(sent(make), ["#/components/parameters/IdempotencyKey"]);
  assertEquals(sent(load), []);
});

Deno.test("openApiDocument() shows both kinds of body of an import", () => {
  const document = documentOf(sample());
  const body = at(document, "paths", "/api/things/import/", "post", "requestBody");
  assertEquals(body.content["text/csv"], { schema: { type: "string" }, example: "Globe\nMap\n" });
  assertEquals(body.content["application/json"].example, ["Globe", "Map"]);
});

Deno.test("openApiDocument() describes fields as a client gives them", () => {
  const route = routeWith({
    params: z.object({ id: idParam.meta({ description: "The id" }) }),
    query: pageQuery.extend({
      search: z.string().max(9).transform((text) => text.trim()).optional(),
      since: z.iso.datetime(),
    }),
    body: z.object({ name: line(1, 20), mail: email.optional(), owner: idInput }),
    bodyExample: { name: "x", owner: 1 },
  });
  const { parameters, requestBody } = operationOf(documentOf([route]), route);
  const id = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
  assertEquals(parameters, [
    { name: "id", in: "path", required: true, schema: id, description: "The id" },
    {
      name: "limit",
      in: "query",
      required: false,
      schema: { type: "integer", minimum: 1, maximum: 200, default: 50 },
      description: "Items per page, 1–200",
    },
    {
      name: "cursor",
      in: "query",
      required: false,
      schema: { type: "string", maxLength: 500 },
      description: "`next` of the page before",
    },
    { name: "search", in: "query", required: false, schema: { type: "string", maxLength: 9 } },
    {
      name: "since",
      in: "query",
      required: true,
      schema: { type: "string", format: "date-time", pattern: "Z$" },
    },
  ]);
  const { properties, required } = requestBody.content["application/json"].schema;
  assertEquals(required, ["name", "owner"]);
  assertEquals(properties.name, { type: "string", minLength: 1, maxLength: 20 });
  assertEquals(properties.mail, { type: "string", minLength: 3, maxLength: 254, format: "email" });
  assertEquals(properties.owner.anyOf[0], id);
});

Deno.test("openApiDocument() refers to named schemas, and each reference leads somewhere", async () => {
  await withAllRoutes((routes) => {
    const document = documentOf(routes);
    const text = JSON.stringify(document);
    assert(!text.includes("$defs"));
    const references = new Set(
      [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? ""),
    );
    assert(references.has("components/schemas/User"));
    for (const path of references) assert(at(document, ...path.split("/")), path);
  });
});

Deno.test("openApiDocument() refuses what it cannot document", () => {
  const success = { status: 200 as const, description: "X", example: null };
  const other = z.object({ other: z.string() }).meta({ id: "User" });
  assertThrows(
    () =>
      documentOf([
        routeWith({ success: { ...success, schema: ok(user) } }),
        routeWith({ success: { ...success, schema: ok(other) } }),
      ]),
    Error,
    "two schemas User",
  );
  assertThrows(
    () => documentOf([routeWith({ body: z.object({}) })]),
    Error,
    "no bodyExample",
  );
});

Deno.test("checkResponse() finds what is not as documented", () => {
  const document = documentOf(sample());
  const thing = { id: 1, name: "Map", owner: null };
  const check = (
    body: unknown,
    { status = 200, drop = "", type = "application/json", method = "GET", path = "things" } = {},
  ) => {
    const headers = new Headers({ "X-Request-Id": "1", ETag: '"1"', "Content-Type": type });
    if (drop) headers.delete(drop);
    const text = body === undefined ? "" : JSON.stringify(body);
    checkResponse(document, method, `/api/${path}/?limit=1`, { status, headers }, text);
  };
  const list = { success: true, data: [thing], next: null };
  check(list);
  check(undefined, { method: "HEAD" });
  check(undefined, { status: 304 });

  const refused = (work: () => void, text: string) => assertThrows(work, Error, text);
  refused(() => check({ ...list, extra: 1 }), "additional properties");
  refused(() => check({ ...list, data: [{ ...thing, hash: "x" }] }), "/data/0");
  refused(() => check({ ...list, data: [{ ...thing, id: "1" }] }), "/data/0/id must be integer");
  refused(() => check({ success: true, data: [] }), "next");
  refused(() => check(list, { status: 201 }), "not documented");
  refused(() => check(list, { type: "text/html" }), "content type text/html");
  refused(() => check(list, { drop: "ETag" }), "lacks ETag");
  refused(() => check(list, { status: 304 }), "no body");
  refused(() => check(list, { path: "nothing" }), "no such operation");
  refused(() => check(list, { method: "PATCH" }), "no such operation");
});
