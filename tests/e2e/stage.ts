/**
 * A school on a real server: a process of its own, a database file, people of every role with valid
 * tokens. What people do goes through the public surface; only who they are is put there beforehand.
 */
import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { createPasswords } from "../../src/accounts/password.ts";
import { createTokens } from "../../src/accounts/token.ts";
import { openDatabase } from "../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../src/adapters/sqlite/storage.ts";
import type { Role } from "../../src/kernel/actor.ts";
import { type Answer, type Api, type CallOptions, openApi } from "../support/api.ts";
import { type ServerProcess, startServer } from "../support/server.ts";
import { connectSocket, type SocketClient, type SocketOptions } from "../support/socket.ts";

export const PASSWORD = "seven quiet herons";
const SECRET = "a secret for whole-service tests; over 32 characters";

export interface Person {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly role: Role;
  /** A valid access token. */
  token: string;
}

/** Every role there is towards a class; `who.ts` of the denial matrix adds those without a valid token. */
export const PEOPLE = {
  admin: "ADMIN",
  teacher: "TEACHER",
  /** A teacher of other classes. */
  rival: "TEACHER",
  /** Enrolled in every class that `newClass` makes. */
  student: "STUDENT",
  /** Likewise. */
  classmate: "STUDENT",
  /** Enrolled nowhere. */
  stranger: "STUDENT",
  /** Signs in and out, so that nobody else's tokens are touched. */
  spare: "STUDENT",
  /** Was an administrator and is not active any more. */
  leaver: "ADMIN",
} as const satisfies Record<string, Role>;
export type PersonName = keyof typeof PEOPLE;

export interface SchoolClass {
  readonly id: number;
  readonly name: string;
}

export interface Stage {
  readonly server: ServerProcess;
  readonly port: number;
  readonly api: Api;
  readonly people: Readonly<Record<PersonName, Person>>;
  /** More students, as many as asked for; enrolled nowhere. */
  readonly pupils: readonly Person[];
  /** A text that no other call has returned. */
  fresh(prefix: string): string;
  /** Gives everyone a token that holds again: a new password has ended those before. */
  renew(): Promise<void>;
  /** A token of the person, valid for this long; negative: expired since then. */
  tokenOf(person: Person, ttlMs: number): Promise<string>;
  /** A call by a person, with the status it must have. */
  as(
    person: Person,
    status: number,
    method: string,
    path: string,
    options?: Omit<CallOptions, "token">,
  ): Promise<Answer>;
  /** A class of `teacher` with `student` and `classmate`, and the pupils where asked for. */
  newClass(options?: { pupils?: boolean; teacher?: Person; name?: string }): Promise<SchoolClass>;
  /** Starts a session in the class; returns its id. */
  start(found: SchoolClass, by?: Person): Promise<string>;
  /** Starts a session, marks `student` present, closes it; returns its id. */
  closedSession(found: SchoolClass): Promise<string>;
  /** Connects and waits for CONNECTED. */
  connect(person: Person, options?: Omit<SocketOptions, "token">): Promise<SocketClient>;
  /** Connects and waits for nothing. */
  open(options?: SocketOptions): Promise<SocketClient>;
  /** Every row of every table, as text. */
  dump(): string;
  /** Ends the server and starts it again on the same files. */
  restart(signal?: Deno.Signal): Promise<void>;
}

export interface StageOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly pupils?: number;
}

interface Stored {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly role: Role;
}

/** Puts the people into a fresh database: sign-ups of hundreds would take their time to hash. */
async function settle(path: string, pupils: number) {
  const db = openDatabase({ path });
  const { users } = createSqliteStorage(db);
  try {
    const passwordHash = await createPasswords().hash(PASSWORD);
    const add = async (username: string, role: Role): Promise<Stored> => {
      const email = `${username}@school.example`;
      const at = new Date().toISOString();
      const { id } = await users.create({ username, email, passwordHash, role, at });
      return { id, username, email, role };
    };
    const named = [];
    for (const [name, role] of Object.entries(PEOPLE)) named.push(await add(name, role));
    const crowd = [];
    for (let i = 0; i < pupils; i++) crowd.push(await add(`pupil${i}`, "STUDENT"));
    for (const { id, username } of named) {
      if (username === "leaver") await users.update(id, { active: false });
    }
    return { named, crowd };
  } finally {
    db.close();
  }
}

const tokensFor = (now: () => number, accessTtlMs: number) =>
  createTokens({ secrets: [SECRET], accessTtlMs, now });

function dumpOf(db: DatabaseSync): string {
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all().map(({ name }) => String(name));
  return tables.map((table) => {
    const rows = db.prepare(`SELECT * FROM "${table}"`).all();
    return [table, ...rows.map((row) => JSON.stringify(row))].join("\n  ");
  }).join("\n");
}

/** Runs `work` on a fresh stage and ends it, with every socket. */
export async function onStage(
  work: (stage: Stage) => Promise<void>,
  { env = {}, pupils = 0 }: StageOptions = {},
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-" });
  const path = `${directory}/attendance.db`;
  const settings = { JWT_SECRET: SECRET, LOG_LEVEL: "warn", FRAME_RATE: "0", ...env };
  const clients: SocketClient[] = [];
  try {
    const { named, crowd } = await settle(path, pupils);
    const tokens = await tokensFor(Date.now, 3_600_000);
    const signedIn = async (person: Stored): Promise<Person> => ({
      ...person,
      token: await tokens.issue({ userId: person.id, role: person.role, generation: 0 }),
    });
    const people = Object.fromEntries(
      await Promise.all(named.map(async (one) => [one.username, await signedIn(one)])),
    );
    const stage = await build({
      directory,
      path,
      settings,
      clients,
      people,
      pupils: await Promise.all(crowd.map(signedIn)),
    });
    try {
      await work(stage);
    } finally {
      for (const client of clients) client.close();
      await stage.server.kill("SIGTERM");
      await Promise.all(clients.map(({ closed }) => closed));
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function build({ directory, path, settings, clients, people, pupils }: {
  directory: string;
  path: string;
  settings: Record<string, string>;
  clients: SocketClient[];
  people: Record<PersonName, Person>;
  pupils: readonly Person[];
}): Promise<Stage> {
  let server = await startServer({ directory, env: settings });
  let api = await openApi(server.url);
  let made = 0;
  const fresh = (prefix: string) => `${prefix}${++made}`;

  const as: Stage["as"] = (person, status, method, target, options) =>
    api.expect(status, method, target, { ...options, token: person.token });

  const start: Stage["start"] = async ({ id }, by = people.teacher) => {
    const body = { class_id: id };
    const { body: answer } = await as(by, 200, "POST", "/api/class/start-attendance/", { body });
    return answer.data.sessionId;
  };

  const open: Stage["open"] = async (options) => {
    const client = await connectSocket(server.wsUrl, options);
    clients.push(client);
    return client;
  };

  const tokenOf: Stage["tokenOf"] = async ({ id, role }, ttlMs) => {
    const issuedAtMs = ttlMs < 0 ? Date.now() + 2 * ttlMs : Date.now();
    const tokens = await tokensFor(() => issuedAtMs, Math.abs(ttlMs));
    using db = new DatabaseSync(path, { readOnly: true });
    const row = db.prepare("SELECT generation FROM users WHERE id = ?").get(id);
    return await tokens.issue({ userId: id, role, generation: Number(row?.["generation"]) });
  };

  return {
    get server() {
      return server;
    },
    get port() {
      return Number(new URL(server.url).port);
    },
    get api() {
      return api;
    },
    people,
    pupils,
    fresh,
    as,
    start,
    open,
    async renew() {
      await Promise.all(
        Object.values(people).map(async (person) => {
          person.token = await tokenOf(person, 3_600_000);
        }),
      );
    },
    tokenOf,
    async newClass({ pupils: all = false, teacher = people.teacher, name = fresh("Class ") } = {}) {
      const { body } = await as(teacher, 201, "POST", "/api/class/create_class/", {
        body: { class_name: name },
      });
      const students = [people.student, people.classmate, ...(all ? pupils : [])];
      await as(teacher, 200, "POST", `/api/class/${body.data.id}/students/`, {
        body: students.map(({ username }) => username),
      });
      return { id: body.data.id, name };
    },
    async closedSession(found) {
      const sessionId = await start(found);
      const at = `/api/class/${found.id}/session`;
      const marks = [{ studentId: people.student.id, status: "present" }];
      await as(people.teacher, 200, "POST", `${at}/marks/`, { body: { marks } });
      await as(people.teacher, 200, "POST", `${at}/done/`);
      return sessionId;
    },
    async connect(person, options = {}) {
      const client = await open({ ...options, token: person.token });
      const { data } = await client.next("CONNECTED");
      assertEquals(data.userId, `${person.id}`);
      return client;
    },
    dump() {
      using db = new DatabaseSync(path, { readOnly: true });
      return dumpOf(db);
    },
    async restart(signal = "SIGTERM") {
      await server.kill(signal);
      server = await startServer({ directory, env: settings });
      api = await openApi(server.url);
    },
  };
}
