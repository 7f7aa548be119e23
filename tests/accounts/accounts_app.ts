/** The account routes on real storage and a real live store, without a server. */
import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { createLoginGuard } from "../../src/accounts/login_guard.ts";
import { createPasswords } from "../../src/accounts/password.ts";
import { authRoutes } from "../../src/accounts/sign_in_routes.ts";
import { createAuth, type SignupPolicy } from "../../src/accounts/sign_in.ts";
import { createTokens } from "../../src/accounts/token.ts";
import { createLogger } from "../../src/kernel/logger.ts";
import { createApp } from "../../src/app.ts";
import { createEmbeddedLive } from "../../src/adapters/embedded/live_store.ts";
import type { ControlEvent, LiveEvent } from "../../src/sessions/live_store.ts";
import { checkResponse, documentOf } from "../support/openapi_check.ts";
import { openDatabase } from "../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../src/adapters/sqlite/storage.ts";
import type { Role } from "../../src/kernel/actor.ts";
import { peopleRoutes } from "../../src/accounts/people_routes.ts";
import { createServices } from "../../src/services.ts";

type AuthParts = Parameters<typeof createAuth>[0];

export const PASSWORD = "seven quiet herons";
export const SECRET = "a secret for tests, 32 characters or more";

/** A teacher as a sign-up form has her. */
export const ADA = {
  username: "Ada Okafor",
  email: "Ada@School.example",
  password: PASSWORD,
  role: "TEACHER" as const,
};

type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body; empty where there is none. */
  readonly json: Json;
}

export interface Call {
  readonly body?: unknown;
  /** Access token. */
  readonly token?: string;
  /** Where the request comes from. */
  readonly address?: string;
  readonly headers?: Record<string, string>;
}

/** A field of an answer, however deep: `field(answer.json, "token", "refresh")`. */
export function field(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (at, key) => typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined,
    value,
  );
}

export const text = (value: unknown, ...path: (string | number)[]): string =>
  String(field(value, ...path));

/** @param path of the first wrong field */
export function assertProblem(answer: Answer, status: number, code: string, path?: string) {
  assertEquals([answer.status, answer.json["code"]], [status, code], answer.text);
  assertEquals(answer.headers.get("content-type"), "application/problem+json");
  assertEquals(answer.json["success"], false);
  assertEquals(answer.json["error"], answer.json["detail"]);
  if (path !== undefined) assertEquals(field(answer.json, "errors", 0, "path"), path);
}

/** Opens the app; `clock.ms` is its time, which starts at the real one. */
export async function openAccounts(
  { signup = "open", accessTtlMs = 1_800_000, refreshTtlMs = 86_400_000, limits = {} }: {
    signup?: SignupPolicy;
    accessTtlMs?: number;
    refreshTtlMs?: number;
    limits?: Parameters<typeof createLoginGuard>[0];
  } = {},
) {
  const clock = { ms: Date.now() };
  const now = () => clock.ms;
  const db = openDatabase({ path: ":memory:" });
  const storage = createSqliteStorage(db);
  const live = createEmbeddedLive({ db });
  const control: ControlEvent[] = [];
  const events: LiveEvent[] = [];
  live.listen({
    event: (event) => events.push(event),
    control: (event) => control.push(event),
    resync: () => {},
  });
  const real = createPasswords();
  const checks = {
    /** How often a password was checked against a hash, somebody's or nobody's: what sign-in costs. */
    count: 0,
    /** Runs once, when a password has been checked and its owner does not know yet. */
    meanwhile: (): Promise<unknown> => Promise.resolve(),
  };
  const passwords: typeof real = {
    hash: (password) => real.hash(password),
    async verify(hash, password) {
      checks.count++;
      const right = await real.verify(hash, password);
      const { meanwhile } = checks;
      checks.meanwhile = () => Promise.resolve();
      await meanwhile();
      return right;
    },
    verifyDummy(password) {
      checks.count++;
      return real.verifyDummy(password);
    },
  };
  const tokens = await createTokens({ secrets: [SECRET], accessTtlMs, now });
  const loginGuard = createLoginGuard(limits);
  const services = createServices({ storage, live, passwords, now });
  const authParts: AuthParts = {
    users: storage.users,
    families: storage.tokens,
    news: services.accountNews,
    report(error) {
      throw error;
    },
    tokens,
    passwords,
    loginGuard,
    signup,
    refreshTtlMs,
    now,
  };
  const auth = createAuth(authParts);

  const { people: users } = services;
  const routes = [...authRoutes(auth), ...peopleRoutes(users)];
  const app = createApp({
    routes,
    sockets: new Hono(),
    pages: [],
    allowedOrigins: [],
    trustProxy: false,
    authenticate: auth.authenticate,
    idempotency: storage.idempotency,
    fingerprintKey: "test",
    limit: null,
    now,
    logger: createLogger({ level: "silent", write: () => {} }),
  });

  const document = documentOf(routes);
  const call = async (method: string, path: string, options: Call = {}): Promise<Answer> => {
    const { body, token, address, headers = {} } = options;
    const response = await app.request(path, {
      method,
      headers: {
        "X-Request-Id": "test",
        ...headers,
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }, { address: address ?? "192.0.2.1" });
    const content = await response.text();
    checkResponse(document, method, path, response, content);
    return {
      status: response.status,
      headers: response.headers,
      text: content,
      json: content === "" ? {} : JSON.parse(content),
    };
  };

  /** Makes a user with `PASSWORD`. */
  const makeUser = async (name: string, role: Role) => {
    const email = `${name}@school.example`;
    const made = await users.create({ username: name, email, password: PASSWORD, role });
    return { ...made, email };
  };

  const logIn = (email: string, password = PASSWORD, address?: string) =>
    call("POST", "/api/auth/login/", {
      body: { email, password },
      ...(address === undefined ? {} : { address }),
    });

  /** Makes a user and signs in. */
  const signedIn = async (name: string, role: Role) => {
    const user = await makeUser(name, role);
    const { json } = await logIn(user.email);
    return {
      id: user.id,
      access: text(json, "token", "access"),
      refresh: text(json, "token", "refresh"),
    };
  };

  return {
    clock,
    storage,
    live,
    control,
    events,
    auth,
    /** The same with other parts in it. */
    authWith: (parts: Partial<AuthParts>) => createAuth({ ...authParts, ...parts }),
    users,
    tokens,
    checks,
    call,
    makeUser,
    logIn,
    signedIn,
    async [Symbol.asyncDispose]() {
      loginGuard.close();
      await live.close();
      await storage.close();
    },
  };
}
