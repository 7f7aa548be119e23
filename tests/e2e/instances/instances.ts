/**
 * Several servers on one Redis and one database, as behind one address: processes of their own that
 * share nothing else. People are put into the database; whatever they do goes over the wire.
 */
import { assertEquals } from "@std/assert";
import { openAdapters } from "../../../src/open_adapters.ts";
import { createTokens } from "../../../src/accounts/token.ts";
import { createPasswords } from "../../../src/accounts/password.ts";
import { parseConfig } from "../../../src/config.ts";
import type { Role } from "../../../src/kernel/actor.ts";
import { type Answer, type Api, type CallOptions, openApi } from "../../support/api.ts";
import { MSSQL_TEST_URL, warnNotRun, withDatabase } from "../../support/mssql.ts";
import { ownPort } from "../../support/ports.ts";
import { type RedisServer, redisServer, withRedis } from "../../support/redis.ts";
import { type ServerProcess, startServer } from "../../support/server.ts";
import { connectSocket, type SocketClient, type SocketOptions } from "../../support/socket.ts";

export const PASSWORD = "seven quiet herons";
export const SECRET = "a secret that all instances share; over 32 characters";

export interface Person {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly role: Role;
  readonly token: string;
}

const PEOPLE = {
  admin: "ADMIN",
  teacher: "TEACHER",
  /** A teacher of other classes. */
  rival: "TEACHER",
  /** Enrolled nowhere. */
  stranger: "STUDENT",
} as const satisfies Record<string, Role>;

type Records = Readonly<Record<string, string>>;

/** Enrolled in every class that `newClass` makes. */
const STUDENTS = 6;

export interface Instances {
  readonly servers: readonly ServerProcess[];
  readonly people: Readonly<Record<keyof typeof PEOPLE, Person>>;
  readonly students: readonly Person[];
  /** The one of this number, counted round: 3 is 0 again. */
  server(number: number): ServerProcess;
  /** A call on one instance, whatever it answers. */
  call(
    number: number,
    person: Person | null,
    method: string,
    path: string,
    options?: Omit<CallOptions, "token">,
  ): Promise<Answer>;
  /** The same, with the status that it must have. */
  as(
    number: number,
    person: Person | null,
    status: number,
    method: string,
    path: string,
    options?: Omit<CallOptions, "token">,
  ): Promise<Answer>;
  /** Connects to one instance and waits for CONNECTED. */
  connect(
    number: number,
    person: Person,
    options?: Omit<SocketOptions, "token">,
  ): Promise<SocketClient>;
  /** A class of `teacher` with all students; returns its id. */
  newClass(fields?: { readonly mark_visibility?: "staff" | "class" }): Promise<number>;
  /** Starts a session on an instance; returns its id. */
  start(number: number, classId: number): Promise<string>;
  /** A new account; not enrolled anywhere. */
  newcomer(role: Role): Promise<Person>;
  /** Ends one with SIGTERM, if it has not ended yet, and starts it again on the same port. */
  restart(number: number, changes?: Records): Promise<void>;
}

async function people(env: Records, plan: readonly (readonly [string, Role])[]): Promise<Person[]> {
  const adapters = await openAdapters(parseConfig(env), {
    exclusive: false,
    onError: (error) => console.error(error),
  });
  try {
    const passwordHash = await createPasswords().hash(PASSWORD);
    const tokens = await createTokens({
      secrets: [SECRET],
      accessTtlMs: 3_600_000,
      now: Date.now,
    });
    const made: Person[] = [];
    for (const [username, role] of plan) {
      const email = `${username}@school.example`;
      const at = new Date().toISOString();
      const { id } = await adapters.storage.users.create({
        username,
        email,
        passwordHash,
        role,
        at,
      });
      const token = await tokens.issue({ userId: id, role, generation: 0 });
      made.push({ id, username, email, role, token });
    }
    return made;
  } finally {
    await adapters.close();
  }
}

async function build(servers: ServerProcess[], env: Records, sockets: SocketClient[]) {
  const apis = await Promise.all(servers.map(({ url }) => openApi(url)));
  const of = <T>(list: readonly T[], number: number): T => {
    const found = list[number % list.length];
    if (found === undefined) throw new Error(`There is no instance ${number}`);
    return found;
  };
  const roles = Object.entries(PEOPLE);
  const all = await people(env, [
    ...roles,
    ...Array.from({ length: STUDENTS }, (_, i) => [`student${i}`, "STUDENT"] as const),
  ]);
  const named = (name: string): Person => {
    const found = all.find(({ username }) => username === name);
    if (!found) throw new Error(`There is nobody called ${name}`);
    return found;
  };
  const students = all.slice(roles.length);
  let made = 0;

  const call: Instances["call"] = (number, person, method, path, options) =>
    of<Api>(apis, number).call(method, path, { ...options, token: person?.token });
  const as: Instances["as"] = (number, person, status, method, path, options) =>
    of<Api>(apis, number).expect(status, method, path, { ...options, token: person?.token });

  return {
    servers,
    people: {
      admin: named("admin"),
      teacher: named("teacher"),
      rival: named("rival"),
      stranger: named("stranger"),
    },
    students,
    server: (number) => of(servers, number),
    call,
    as,
    async connect(number, person, options = {}) {
      const socket = await connectSocket(of(servers, number).wsUrl, {
        ...options,
        token: person.token,
      });
      sockets.push(socket);
      assertEquals((await socket.next("CONNECTED")).data.userId, `${person.id}`);
      return socket;
    },
    async newClass(fields) {
      const teacher = named("teacher");
      const { body } = await as(made, teacher, 201, "POST", "/api/class/create_class/", {
        body: { class_name: `Class ${++made}` },
      });
      const { id } = body.data;
      await as(made, teacher, 200, "POST", `/api/class/${id}/students/`, {
        body: students.map(({ username }) => username),
      });
      if (fields) await as(made, teacher, 200, "PATCH", `/api/class/${id}/`, { body: fields });
      return id;
    },
    async start(number, classId) {
      const { body } = await as(
        number,
        named("teacher"),
        200,
        "POST",
        "/api/class/start-attendance/",
        { body: { class_id: classId } },
      );
      return body.data.sessionId;
    },
    async newcomer(role) {
      const [person] = await people(env, [[`newcomer${++made}`, role]]);
      if (!person) throw new Error("Nobody came");
      return person;
    },
    async restart(number, changes = {}) {
      const server = of(servers, number);
      await server.kill("SIGTERM");
      const { directory } = server;
      const { port } = new URL(server.url);
      servers[number % servers.length] = await startServer({
        directory,
        env: { ...env, PORT: port, ...changes },
      });
    },
  } satisfies Instances;
}

/** Starts that many servers at the same moment on an empty database, and ends them and all sockets. */
export async function withInstances(
  count: number,
  work: (instances: Instances) => Promise<void>,
  { redis, databaseUrl, env: extra = {} }: {
    redis: Pick<RedisServer, "url">;
    /** Without it an SQLite file that they share. */
    databaseUrl?: string;
    env?: Records;
  },
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-" });
  const env = {
    DATABASE_URL: databaseUrl ?? `sqlite:${directory}/attendance.db`,
    REDIS_URL: redis.url,
    JWT_SECRET: SECRET,
    LOG_LEVEL: "warn",
    FRAME_RATE: "0",
    ...extra,
  };
  const sockets: SocketClient[] = [];
  const servers: ServerProcess[] = [];
  try {
    const starts = await Promise.allSettled(
      Array.from(
        { length: count },
        () => startServer({ directory, env: { PORT: `${ownPort()}`, ...env } }),
      ),
    );
    for (const start of starts) {
      if (start.status === "fulfilled") servers.push(start.value);
    }
    for (const start of starts) {
      if (start.status === "rejected") throw start.reason;
    }
    await work(await build(servers, env, sockets));
  } finally {
    await Promise.all(sockets.map((socket) => socket.close()));
    await Promise.all(servers.map((server) => server.kill("SIGTERM")));
    await Deno.remove(directory, { recursive: true });
  }
}

/** A test with three instances, on each database there is. */
export function testInstances(name: string, work: (instances: Instances) => Promise<void>): void {
  const ignore = redisServer === null;
  Deno.test({
    name: `three instances on SQLite: ${name}`,
    ignore,
    fn: () => withRedis((redis) => withInstances(3, work, { redis })),
  });
  if (MSSQL_TEST_URL === null) return;
  const base = MSSQL_TEST_URL;
  Deno.test({
    name: `three instances on SQL Server: ${name}`,
    ignore,
    fn: () =>
      withRedis((redis) =>
        withDatabase(base, (databaseUrl) => withInstances(3, work, { redis, databaseUrl }))
      ),
  });
}

if (MSSQL_TEST_URL === null) warnNotRun("Several instances on SQL Server");
