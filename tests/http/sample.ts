/** A few small routes and an app that serves them, for tests of the mechanism itself. */
import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { z } from "zod";
import { type AppDeps, createApp } from "../../src/app.ts";
import { denied } from "../../src/kernel/access.ts";
import { AppError } from "../../src/kernel/errors.ts";
import { createLogger } from "../../src/kernel/logger.ts";
import {
  defineClassRoute,
  defineRoute,
  ok,
  okList,
  pageQuery,
  type Route,
} from "../../src/http/kit/route.ts";
import { openDatabase } from "../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../src/adapters/sqlite/storage.ts";
import type { Storage } from "../../src/adapters/storage.ts";
import { type Actor, ROLES } from "../../src/kernel/actor.ts";
import { idInput, idParam } from "../../src/kernel/ids.ts";
import { line } from "../../src/kernel/text.ts";

const thing = z.object({ id: z.int(), name: z.string(), owner: z.string().nullable() })
  .meta({ id: "Thing", description: "Something" });
type Thing = z.infer<typeof thing>;

const EXAMPLE: Thing = { id: 7, name: "Globe", owner: null };

/** What the sample's handlers saw and what they are told to do. */
export interface Sample {
  readonly things: Thing[];
  /** Runs before `makeThing` answers. */
  beforeMake: () => Promise<void>;
}

/** Class 1 is the teacher's, class 2 nobody's, and there is no other. */
function admit(actor: Actor, classId: number) {
  if (classId > 2) return Promise.reject(new AppError("class_not_found"));
  if (classId === 2) return Promise.reject(denied("class_staff"));
  return Promise.resolve({ actor, className: "8.A" });
}

export const sampleRoutes = (sample: Sample): Route[] => [
  defineRoute({
    method: "get",
    path: "/api/things/",
    operationId: "listThings",
    summary: "List the things",
    tag: "Classes",
    access: "signed_in",
    query: pageQuery,
    success: {
      status: 200,
      description: "The things",
      schema: okList(thing),
      example: { success: true, data: [EXAMPLE], next: null },
    },
    errors: ["invalid_cursor"],
    etag: true,
    handler: ({ query }) =>
      Promise.resolve({
        success: true as const,
        data: sample.things.slice(0, query.limit),
        next: null,
      }),
  }),
  defineRoute({
    method: "post",
    path: "/api/things/",
    operationId: "makeThing",
    summary: "Make a thing",
    description: "Things are nice to have.",
    tag: "Classes",
    access: "teacher_or_admin",
    body: z.object({ name: line(1, 20), owner: idInput.optional() }),
    bodyExample: { name: "Globe" },
    success: {
      status: 201,
      description: "The thing",
      schema: ok(thing),
      example: { success: true, data: EXAMPLE },
    },
    errors: ["class_name_taken"],
    handler: async ({ body }) => {
      await sample.beforeMake();
      const made = {
        id: sample.things.length + 1,
        name: body.name,
        owner: body.owner === undefined ? null : `${body.owner}`,
      };
      sample.things.push(made);
      return { success: true as const, data: made };
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/things/import/",
    operationId: "importThings",
    summary: "Make many things",
    tag: "Classes",
    access: "anyone",
    body: z.array(z.string().min(1)),
    bodyExample: ["Globe", "Map"],
    bodyLimit: 100,
    csv: (text) => text.trim().split("\n"),
    csvExample: "Globe\nMap\n",
    success: {
      status: 200,
      description: "How many",
      schema: ok(z.int()),
      example: { success: true, data: 2 },
    },
    handler: ({ body }) => Promise.resolve({ success: true as const, data: body.length }),
  }),
  defineRoute({
    method: "get",
    path: "/api/things/named/:name/",
    operationId: "thingByName",
    summary: "A thing by name",
    tag: "Classes",
    access: "anyone",
    params: z.object({ name: line(1, 20).meta({ description: "Its name" }) }),
    success: {
      status: 200,
      description: "Its name",
      schema: ok(z.string()),
      example: { success: true, data: "Globe" },
    },
    handler: ({ params }) => Promise.resolve({ success: true as const, data: params.name }),
  }),
  defineRoute({
    method: "delete",
    path: "/api/things/:id/",
    operationId: "dropThing",
    summary: "Drop a thing",
    tag: "Classes",
    access: "admin",
    params: z.object({ id: idParam.meta({ description: "Id of the thing" }) }),
    success: { status: 204, description: "It is gone" },
    errors: ["not_found"],
    handler: ({ params }) => {
      const index = sample.things.findIndex(({ id }) => id === params.id);
      if (index < 0) throw new AppError("not_found");
      sample.things.splice(index, 1);
      return Promise.resolve(undefined);
    },
  }),
  defineClassRoute({
    method: "post",
    path: "/api/class/:id/things/",
    operationId: "lendThing",
    summary: "Lend a thing to a class",
    tag: "Classes",
    access: "class_staff",
    params: z.object({ id: idParam.meta({ description: "Id of the class" }) }),
    body: z.object({ name: line(1, 20) }),
    bodyExample: { name: "Globe" },
    success: {
      status: 200,
      description: "To whom it was lent",
      schema: ok(z.string()),
      example: { success: true, data: "Globe to 8.A" },
    },
    errors: ["class_not_found"],
    handler: ({ pass, body }) =>
      Promise.resolve({ success: true as const, data: `${body.name} to ${pass.className}` }),
  }, admit),
  defineRoute({
    method: "get",
    path: "/api/broken/",
    operationId: "break",
    summary: "Break",
    tag: "Classes",
    access: "anyone",
    success: { status: 200, description: "Never", schema: ok(z.null()), example: neverExample },
    handler: () => Promise.reject(new Error("the password is hunter2")),
  }),
];

const neverExample = { success: true as const, data: null };

/** Serves the sample routes; the tokens are the names of the roles. */
export async function withSample(
  work: (use: {
    app: ReturnType<typeof createApp>;
    sample: Sample;
    routes: readonly Route[];
    logs: string[];
    storage: Storage;
    call(method: string, path: string, options?: {
      as?: Actor["role"];
      body?: BodyInit;
      headers?: Record<string, string>;
    }): Promise<Response>;
  }) => Promise<void>,
  overrides: Partial<AppDeps> = {},
): Promise<void> {
  const storage = createSqliteStorage(openDatabase({ path: ":memory:" }));
  const sample: Sample = { things: [], beforeMake: () => Promise.resolve() };
  const routes = sampleRoutes(sample);
  const logs: string[] = [];
  const logger = createLogger({ level: "debug", write: (text) => logs.push(text) });
  const actors = new Map<string, Actor>();
  for (const role of ROLES) {
    const { id } = await storage.users.create({
      username: role,
      email: `${role}@school.example`,
      passwordHash: "-",
      role,
      at: new Date().toISOString(),
    });
    actors.set(role, { userId: id, role });
  }
  const app = createApp({
    routes,
    sockets: new Hono(),
    pages: [],
    authenticate(token) {
      const actor = actors.get(token);
      return actor ? Promise.resolve(actor) : Promise.reject(new AppError("token_invalid"));
    },
    idempotency: storage.idempotency,
    fingerprintKey: "test",
    limit: null,
    allowedOrigins: [],
    trustProxy: false,
    now: Date.now,
    logger,
    ...overrides,
  });
  try {
    await work({
      app,
      sample,
      routes,
      logs,
      storage,
      call: async (method, path, { as, body, headers = {} } = {}) =>
        await app.request(`http://service.test${path}`, {
          method,
          headers: { ...(as ? { Authorization: `Bearer ${as}` } : {}), ...headers },
          ...(body === undefined ? {} : { body }),
        }, { address: "192.0.2.7" }),
    });
  } finally {
    logger.flush();
    await storage.close();
  }
}

/** The problem document of an answer, held against the answer's own head. */
export async function problemOf(response: Response) {
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  const body = await response.json();
  assertEquals(body.status, response.status);
  assertEquals(body.instance, response.headers.get("x-request-id"));
  return body;
}
