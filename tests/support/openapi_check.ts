/** Holds what the service answers against what its OpenAPI document promises. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { openApiDocument } from "../../src/http/docs/openapi.ts";
import type { Route } from "../../src/http/kit/route.ts";

/** The document of these routes. */
export const documentOf = (routes: readonly Route[]) =>
  openApiDocument(routes, { version: "1.2.3" });

type Json = Record<string, unknown>;

/** The document's parts that the check reads. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Json;
    readonly headers: Readonly<Record<string, Header>>;
  };
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Header {
  readonly $ref?: string;
  readonly required?: boolean;
}

interface Answer {
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, { readonly schema: Json }>>;
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isDocument(doc: object): doc is Document {
  return "paths" in doc && isObject(doc.paths) && "components" in doc && isObject(doc.components);
}

/**
 * The schema with every object closed: clients must bear fields that are new to them, but here a
 * field that nobody documented is a leak. Parts of an `allOf` see each other's fields and stay open.
 */
function closed(schema: unknown, open = false): unknown {
  if (Array.isArray(schema)) return schema.map((inner) => closed(inner, open));
  if (!isObject(schema)) return schema;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([key, inner]) => [key, closed(inner, key === "allOf")]),
  );
  if (!open && isObject(copy.properties)) copy.additionalProperties ??= false;
  return copy;
}

const segmentsOf = (path: string): string[] => path.replace(/\/$/, "").split("/");

/** The documented path that a request's path belongs to; of several the one with most fixed parts. */
function templateFor(doc: Document, path: string): string | undefined {
  const given = segmentsOf(path);
  const fits = (template: string) => {
    const parts = segmentsOf(template);
    return parts.length === given.length &&
      parts.every((part, i) => part.startsWith("{") ? given[i] !== "" : part === given[i]);
  };
  const variables = (template: string) => template.split("{").length;
  return Object.keys(doc.paths).filter(fits).sort((a, b) => variables(a) - variables(b))[0];
}

/** Documents and their viewers: they describe the API and are not described by it. */
const ABOUT_THE_API = /^\/api\/(?:schema|asyncapi|docs|redoc)(?:\/|$)/;

interface Checker {
  readonly doc: Document;
  readonly ajv: Ajv2020;
  readonly components: unknown;
  readonly compiled: Map<string, ValidateFunction>;
}

const checkers = new WeakMap<object, Checker>();

function checkerOf(doc: object): Checker {
  const known = checkers.get(doc);
  if (known) return known;
  if (!isDocument(doc)) throw new Error("This is no OpenAPI document");
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const components = { schemas: closed(doc.components.schemas) };
  const made = { doc, ajv, components, compiled: new Map() };
  checkers.set(doc, made);
  return made;
}

/** @throws Error naming each place where the value differs from the schema */
function checkSchema(checker: Checker, key: string, schema: Json, value: unknown): void {
  let validate = checker.compiled.get(key);
  if (!validate) {
    // Components come along, so that "#/components/…" resolves.
    validate = checker.ajv.compile({ allOf: [closed(schema)], components: checker.components });
    checker.compiled.set(key, validate);
  }
  if (validate(value)) return;
  const faults = (validate.errors ?? []).map((error) =>
    `  ${error.instancePath || "/"} ${error.message} ${JSON.stringify(error.params)}`
  );
  throw new Error(`${key}: the body is not as documented\n${faults.join("\n")}`);
}

const PROBLEM: Answer = {
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

/** What the document says of this answer. */
function documented(
  doc: Document,
  request: { method: string; path: string },
  status: number,
): { key: string; answer: Answer } {
  const { method, path } = request;
  const template = templateFor(doc, path);
  const operation = template && doc.paths[template]?.[method === "head" ? "get" : method];
  if (!operation) {
    const key = `${method.toUpperCase()} ${template ?? path}: ${status}`;
    if (status === (template ? 405 : 404)) return { key, answer: PROBLEM };
    throw new Error(`${key}: no such operation is documented`);
  }
  const key = `${operation.operationId}: ${status}`;
  const answer = operation.responses[status];
  if (!answer) {
    const known = Object.keys(operation.responses).join(", ");
    throw new Error(`${key}: this status is not documented (${known} are)`);
  }
  return { key, answer };
}

/**
 * Checks an answer of the service: its status is documented for the operation, it has the headers
 * and the content type that go with it, and its body fits the schema with no field beside it. Paths
 * outside `/api/` and the documents themselves pass.
 * @param path of the request; a query may follow
 * @throws Error saying what is not as documented
 */
export function checkResponse(
  doc: object,
  method: string,
  path: string,
  response: Pick<Response, "status" | "headers">,
  bodyText: string,
): void {
  const { pathname } = new URL(path, "http://service.test");
  if (!pathname.startsWith("/api/") || ABOUT_THE_API.test(pathname)) return;
  const checker = checkerOf(doc);
  const verb = method.toLowerCase();
  if (verb === "options") return;
  const { key, answer } = documented(
    checker.doc,
    { method: verb, path: pathname },
    response.status,
  );

  const missing = Object.entries(answer.headers ?? {}).filter(([name, header]) => {
    const { required } = header.$ref ? checker.doc.components.headers[name] ?? header : header;
    return required === true && !response.headers.has(name);
  }).map(([name]) => name);
  if (missing.length > 0) throw new Error(`${key}: lacks ${missing.join(", ")}`);

  if (answer.content === undefined || verb === "head") {
    if (bodyText !== "") throw new Error(`${key}: no body is documented, but there is one`);
    return;
  }
  const type = response.headers.get("content-type")?.split(";")[0]?.trim() ?? "none";
  const content = answer.content[type];
  if (!content) throw new Error(`${key}: content type ${type} is not documented`);
  checkSchema(checker, `${key} ${type}`, content.schema, JSON.parse(bodyText));
}
