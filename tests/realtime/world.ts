/** A school with the real stores and services behind a real server with real sockets. */
import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { type Auth, createAuth } from "../../src/accounts/sign_in.ts";
import { createLoginGuard } from "../../src/accounts/login_guard.ts";
import { createPasswords } from "../../src/accounts/password.ts";
import { createTokens } from "../../src/accounts/token.ts";
import { createServices, type Services } from "../../src/services.ts";
import { createLogger } from "../../src/kernel/logger.ts";
import type { AppEnv } from "../../src/http/kit/context.ts";
import { problemResponse } from "../../src/http/kit/problem.ts";
import { requestContext } from "../../src/http/kit/request_context.ts";
import { createEmbeddedLive } from "../../src/adapters/embedded/live_store.ts";
import type { LiveListener, LiveStore } from "../../src/sessions/live_store.ts";
import { createHub, type Hub, type HubDeps } from "../../src/realtime/hub.ts";
import { socketApp } from "../../src/realtime/routes.ts";
import { openDatabase } from "../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../src/adapters/sqlite/storage.ts";
import type { Storage } from "../../src/adapters/storage.ts";
import type { Actor, Role } from "../../src/kernel/actor.ts";
import type { People } from "../../src/accounts/people.ts";
import { type Acting, acting } from "../support/acting.ts";
import { SERVER_FRAMES, type ServerFrameSpec } from "../../src/realtime/protocol/server_frames.ts";
import {
  connectSocket,
  type Frame,
  type SocketClient,
  type SocketOptions,
} from "../support/socket.ts";

export interface World {
  readonly url: string;
  readonly port: number;
  readonly hub: Hub;
  readonly live: LiveStore;
  /** What the hub listens with: for news that the embedded store never has. */
  readonly listener: LiveListener;
  readonly storage: Storage;
  readonly classes: Acting["classes"];
  readonly attendance: Acting["attendance"];
  readonly people: People;
  readonly admin: Actor;
  /** Of `classId`. */
  readonly teacher: Actor;
  /** Has a class of her own. */
  readonly rival: Actor;
  readonly classId: number;
  readonly rivalClassId: number;
  /** Enrolled in `classId`. */
  readonly students: readonly Actor[];
  /** A student of no class. */
  readonly stranger: Actor;
  readonly logs: readonly string[];
  student(index: number): Actor;
  user(name: string, role: Role): Promise<Actor>;
  token(actor: Actor, ttlMs?: number): Promise<string>;
  /** Connects and waits for CONNECTED. */
  connect(actor: Actor, options?: Omit<SocketOptions, "token">): Promise<SocketClient>;
  /** Connects without waiting. */
  open(options?: SocketOptions): Promise<SocketClient>;
  start(): Promise<string>;
}

export interface WorldOptions {
  readonly students?: number;
  readonly frameRate?: number;
  readonly allowedOrigins?: readonly string[];
  readonly trustProxy?: boolean;
  readonly hub?: Partial<HubDeps>;
  /** Puts something between the hub and its services. */
  readonly wrap?: (
    parts: Services & { auth: Auth; live: LiveStore; acting: Acting },
  ) => Partial<Pick<HubDeps, "sessions" | "markers" | "auth" | "classes" | "live">>;
}

/** Every frame is what its schema says, with nothing beyond it. */
function checkFrames(frames: readonly Frame[]): void {
  const specs: Readonly<Record<string, ServerFrameSpec>> = SERVER_FRAMES;
  for (const { event, data } of frames) {
    const spec = specs[event];
    if (!spec) throw new Error(`No schema describes ${event}`);
    assertEquals(spec.data.parse(data), data);
  }
}

const SECRET = "a secret for socket tests, more than 32 characters";

/** Runs `work` in a fresh world and ends it, with every socket. */
export async function inWorld(
  work: (world: World) => Promise<void>,
  {
    students: studentCount = 3,
    frameRate = 0,
    allowedOrigins = [],
    trustProxy = false,
    ...options
  }: WorldOptions = {},
): Promise<void> {
  const now = Date.now;
  const logs: string[] = [];
  const logger = createLogger({ level: "info", write: (text) => logs.push(text) });
  const db = openDatabase({ path: ":memory:" });
  const storage = createSqliteStorage(db);
  const embedded = createEmbeddedLive({ db, onError: (error) => logs.push(String(error)) });
  let listener: LiveListener = { event() {}, control() {}, resync() {} };
  const live: LiveStore = {
    ...embedded,
    listen(given) {
      listener = given;
      embedded.listen(given);
    },
  };
  const passwords = createPasswords();
  const tokensFor = (accessTtlMs: number) => createTokens({ secrets: [SECRET], accessTtlMs, now });
  const services = createServices({ storage, live, passwords, now });
  const auth = createAuth({
    users: storage.users,
    families: storage.tokens,
    news: services.accountNews,
    report: (error) => logs.push(String(error)),
    tokens: await tokensFor(60_000),
    passwords,
    loginGuard: createLoginGuard(),
    signup: "open",
    refreshTtlMs: 60_000,
    now,
  });
  const { people, imports: _imports, records: _records, ...forHub } = services;
  const { attendance, classes } = acting(services);
  const hub = createHub({
    ...forHub,
    live,
    auth,
    now,
    logger,
    frameRate,
    ...options.wrap?.({ ...services, auth, live, acting: { attendance, classes } }),
    ...options.hub,
  });
  const app = new Hono<AppEnv>({ strict: false });
  app.use(requestContext());
  app.onError((error, c) => problemResponse(c, error));
  app.route("/", socketApp({ hub, allowedOrigins, trustProxy }));
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, app.fetch);
  const url = `ws://127.0.0.1:${server.addr.port}/ws/`;
  const clients: SocketClient[] = [];

  const user = async (name: string, role: Role): Promise<Actor> => {
    const { id } = await storage.users.create({
      username: name,
      email: `${name}@school.example`,
      passwordHash: "never checked",
      role,
      at: new Date(now()).toISOString(),
    });
    return { userId: id, role };
  };
  const admin = await user("admin", "ADMIN");
  const teacher = await user("teacher", "TEACHER");
  const rival = await user("rival", "TEACHER");
  const stranger = await user("stranger", "STUDENT");
  const { id: classId } = await classes.create(teacher, { name: "Biology", teacherId: undefined });
  const { id: rivalClassId } = await classes.create(rival, {
    name: "Chemistry",
    teacherId: undefined,
  });
  const students: Actor[] = [];
  for (let i = 0; i < studentCount; i++) students.push(await user(`student${i}`, "STUDENT"));
  if (students.length > 0) {
    await classes.importStudents(teacher, classId, students.map((_, i) => `student${i}`));
  }

  const open = async (socket: SocketOptions = {}) => {
    const client = await connectSocket(url, socket);
    clients.push(client);
    return client;
  };
  const token = async (actor: Actor, ttlMs = 60_000) =>
    await (await tokensFor(ttlMs)).issue({ ...actor, generation: 0 });
  try {
    await work({
      url,
      port: server.addr.port,
      hub,
      live,
      listener,
      storage,
      classes,
      attendance,
      people,
      admin,
      teacher,
      rival,
      classId,
      rivalClassId,
      students,
      stranger,
      logs,
      student(index) {
        const found = students[index];
        if (!found) throw new Error(`There is no student ${index}`);
        return found;
      },
      user,
      token,
      open,
      async connect(actor, socket = {}) {
        const client = await open({ ...socket, token: await token(actor) });
        await client.next("CONNECTED");
        return client;
      },
      start: async () => (await attendance.start(teacher, { classId })).sessionId,
    });
    for (const { frames } of clients) checkFrames(frames);
  } finally {
    await hub.drain();
    await Promise.all(clients.map(({ closed }) => closed));
    await server.shutdown();
    await live.close();
    await storage.close();
  }
}
