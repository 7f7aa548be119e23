/** A small school on the real embedded stores, as services and as an HTTP app. */
import { createPasswords } from "../../src/accounts/password.ts";
import { classRoutes } from "../../src/classes/routes.ts";
import { importRoutes } from "../../src/imports/routes.ts";
import { recordRoutes } from "../../src/records/routes.ts";
import { sessionRoutes } from "../../src/sessions/routes.ts";
import { createServices, type Services } from "../../src/services.ts";
import { type Acting, acting } from "./acting.ts";
import { Hono } from "hono";
import { createApp } from "../../src/app.ts";
import { AppError } from "../../src/kernel/errors.ts";
import type { Route } from "../../src/http/kit/route.ts";
import { createEmbeddedLive } from "../../src/adapters/embedded/live_store.ts";
import type { ControlEvent, LiveEvent, LiveStore } from "../../src/sessions/live_store.ts";
import { type Database, openDatabase } from "../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../src/adapters/sqlite/storage.ts";
import type { Storage } from "../../src/adapters/storage.ts";
import type { Actor, Role } from "../../src/kernel/actor.ts";
import { checkResponse, documentOf } from "./openapi_check.ts";

export const NOON = Date.parse("2026-11-20T12:00:00.000Z");

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- answers are looked into freely; schemas are checked in `call`
  readonly body: any;
}

export interface School {
  readonly db: Database;
  readonly storage: Storage;
  readonly live: LiveStore;
  readonly services: Services;
  readonly classes: Acting["classes"];
  readonly attendance: Acting["attendance"];
  readonly routes: readonly Route[];
  readonly admin: Actor;
  readonly teacher: Actor;
  readonly rival: Actor;
  readonly students: readonly Actor[];
  readonly stranger: Actor;
  /** A class of `teacher` with all of `students`; not `stranger`. */
  readonly classId: number;
  readonly events: LiveEvent[];
  readonly controls: ControlEvent[];
  /** Moves the clock; returns the new time. */
  tick(ms?: number): number;
  user(name: string, role: Role): Promise<Actor>;
  student(index: number): Actor;
  /** Calls the HTTP app; every answer is checked against the API's document. */
  call(
    actor: Actor | null,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Starts a session, marks by student index, closes it; returns the session's id. */
  session(marks: Readonly<Record<number, "present" | "absent" | "late" | "excused">>): Promise<
    string
  >;
}

export interface SchoolOptions {
  readonly students?: number;
  /** Puts something between the services and a store. */
  readonly storage?: (storage: Storage) => Storage;
  readonly live?: (live: LiveStore) => LiveStore;
}

/** Runs `work` in a fresh school and closes it. */
export async function withSchool(
  work: (school: School) => Promise<void>,
  options: SchoolOptions = {},
): Promise<void> {
  const db = openDatabase({ path: ":memory:" });
  const ownStorage = createSqliteStorage(db);
  const ownLive = createEmbeddedLive({
    db,
    onError: (error) => {
      throw error;
    },
  });
  try {
    await work(await build(db, ownStorage, ownLive, options));
  } finally {
    await ownLive.close();
    await ownStorage.close();
  }
}

async function build(
  db: Database,
  ownStorage: Storage,
  ownLive: LiveStore,
  options: SchoolOptions,
): Promise<School> {
  const storage = options.storage?.(ownStorage) ?? ownStorage;
  const live = options.live?.(ownLive) ?? ownLive;
  let time = NOON;
  const now = () => time;
  const tick = (ms = 60_000) => time += ms;
  const services = createServices({ storage, live, passwords: createPasswords(), now });
  const { attendance, classes } = acting(services);
  const events: LiveEvent[] = [];
  const controls: ControlEvent[] = [];
  ownLive.listen({
    event: (event) => events.push(event),
    control: (event) => controls.push(event),
    resync: () => {},
  });

  const user = async (name: string, role: Role): Promise<Actor> => {
    const { id } = await ownStorage.users.create({
      username: name,
      email: `${name.toLowerCase().replaceAll(" ", ".")}@school.example`,
      passwordHash: "-",
      role,
      at: new Date(time).toISOString(),
    });
    return { userId: id, role };
  };

  const admin = await user("Root", "ADMIN");
  const teacher = await user("Ada", "TEACHER");
  const rival = await user("Rival", "TEACHER");
  const students: Actor[] = [];
  for (let i = 0; i < (options.students ?? 3); i++) {
    students.push(await user(`student${i}`, "STUDENT"));
  }
  const stranger = await user("Stranger", "STUDENT");
  const { id: classId } = await classes.create(teacher, { name: "Maths", teacherId: undefined });
  await ownStorage.classes.enrol(
    classId,
    students.map((s) => s.userId),
    { day: "2026-09-01" },
  );
  await live.join(classId);
  controls.length = 0;

  const routes = [
    ...classRoutes(services.classes, services.admission),
    ...importRoutes(services.imports, services.admission),
    ...recordRoutes(services.records, services.admission),
    ...sessionRoutes(services.sessions, services.admission),
  ];
  const app = createApp({
    routes,
    sockets: new Hono(),
    pages: [],
    authenticate: async (token) => {
      const found = await ownStorage.users.byId(Number(token));
      if (!found) throw new AppError("authentication_required");
      return { userId: found.id, role: found.role };
    },
    idempotency: ownStorage.idempotency,
    fingerprintKey: "test",
    limit: null,
    allowedOrigins: [],
    trustProxy: false,
    now,
    logger: { log: () => {}, flush: () => {} },
  });

  const document = documentOf(routes);
  const call: School["call"] = async (actor, method, path, body, headers = {}) => {
    const response = await app.request(path, {
      method,
      headers: { ...(actor ? { authorization: `Bearer ${actor.userId}` } : {}), ...headers },
      ...(body === undefined ? {} : {
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    checkResponse(document, method, path, response, text);
    const json = text === "" ? null : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: json };
  };

  const student = (index: number): Actor => {
    const found = students[index];
    if (!found) throw new Error(`There is no student ${index}`);
    return found;
  };

  return {
    db,
    storage,
    live,
    services,
    classes,
    attendance,
    routes,
    admin,
    teacher,
    rival,
    students,
    stranger,
    classId,
    events,
    controls,
    tick,
    user,
    student,
    call,
    async session(marks) {
      tick();
      const { sessionId } = await attendance.start(teacher, { classId });
      tick();
      const given = Object.entries(marks).map(([index, status]) => ({
        studentId: student(Number(index)).userId,
        status,
        note: null,
      }));
      if (given.length > 0) {
        await attendance.mark(teacher, { classId, marks: given, bulk: true, source: "http" });
      }
      tick();
      await attendance.done(teacher, classId);
      return sessionId;
    },
  };
}
