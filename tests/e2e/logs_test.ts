/** What stands in the log after everything has happened, and what never does. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { withAllRoutes } from "../support/all_routes.ts";
import { optionsOf, sampleOf, SAMPLES } from "./samples.ts";
import { onStage, PASSWORD, type Stage } from "./stage.ts";

type Line = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Line =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(text: string): Line {
  const line: unknown = JSON.parse(text);
  if (!isObject(line)) throw new Error(`This is no log line: ${text}`);
  return line;
}

/** Ends the server, so that all it had to say is said; returns its log lines. */
async function ended({ server }: Stage): Promise<Line[]> {
  assertEquals((await server.kill("SIGTERM")).code, 0);
  return server.logs.map(parsed);
}

const VERBOSE = { env: { LOG_LEVEL: "debug" } };

Deno.test("a request is one line with its id, user, route pattern, status and duration", async () => {
  await onStage(async (stage) => {
    const { teacher, admin } = stage.people;
    const { id, name } = await stage.newClass();
    const token = await stage.tokenOf(teacher, -60_000);
    const encoded = encodeURIComponent(name);
    type Call = readonly [method: string, path: string, route: string | null, status: number];
    const calls: readonly (readonly [...Call, token?: string, userId?: number])[] = [
      ["GET", `/api/class/${id}/`, "/api/class/:id/", 200, teacher.token, teacher.id],
      ["GET", `/api/class/${id}?limit=1`, "/api/class/:id/", 200, admin.token, admin.id],
      [
        "GET",
        `/api/class/get-class/${encoded}/`,
        "/api/class/get-class/:class_name/",
        200,
        teacher.token,
        teacher.id,
      ],
      ["GET", "/api/class/abc/", "/api/class/:id/", 400, teacher.token, teacher.id],
      ["GET", "/api/users/1/", "/api/users/:id/", 403, teacher.token, teacher.id],
      ["GET", "/api/auth/me/", "/api/auth/me/", 401],
      ["GET", "/api/auth/me/", "/api/auth/me/", 401, token],
      ["PUT", "/api/auth/me/", null, 405],
      ["GET", "/api/nothing/secret", null, 404],
      ["GET", "/healthz", "/healthz", 200],
      ["GET", "/readyz", "/readyz", 200],
      ["GET", "/ws/?token=abc", "/ws", 426],
    ];
    for (const [index, [method, path, , status, token]] of calls.entries()) {
      const headers = { "X-Request-Id": `request-${index}` };
      await stage.api.expect(status, method, path, { token, headers });
    }
    const lines = await ended(stage);
    for (const [index, [method, path, route, status, , userId = null]] of calls.entries()) {
      const own = lines.filter(({ requestId }) => requestId === `request-${index}`);
      assertEquals(own.length, 1, path);
      const [{ level, message, durationMs, time, ...line } = {}] = own;
      assertEquals([level, message], ["info", "request"], path);
      assert(typeof durationMs === "number" && durationMs >= 0, path);
      assertMatch(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assertEquals([line.method, line.route, line.status], [method, route, status], path);
      assertEquals(line.userId, userId, path);
    }
  }, VERBOSE);
});

/** Every operation once, and what a socket can do; returns the secrets that came up. */
async function everything(stage: Stage): Promise<string[]> {
  const { people, api } = stage;
  const secrets: string[] = [PASSWORD];
  await withAllRoutes(async (routes) => {
    for (const route of routes) {
      await stage.renew();
      const call = await SAMPLES[route.operationId]?.prepare(stage, "admin");
      if (!call) throw new Error(`${route.operationId} has no sample`);
      const { token } = route.access === "class_student" ? people.student : people.admin;
      const path = sampleOf(route, call);
      const { body } = await api.call(route.method.toUpperCase(), path, {
        ...optionsOf(call),
        token,
        headers: { "Idempotency-Key": `key-${route.operationId}` },
      });
      const pair = body?.token ?? body;
      for (const secret of [pair?.access, pair?.refresh, call.body?.refresh]) {
        if (typeof secret === "string") secrets.push(secret);
      }
    }
  });
  const wrong = "not the password 4711";
  const body = { email: people.student.email, password: wrong };
  await api.expect(401, "POST", "/api/auth/login/", { body });
  await api.expect(400, "POST", "/api/auth/login/", { raw: `{"password": "${wrong}"` });
  await api.expect(400, "POST", "/api/auth/login/", { body: { email: 7, password: wrong } });
  const expired = await stage.tokenOf(people.teacher, -60_000);
  await api.expect(401, "GET", "/api/auth/me/", { token: expired });
  await api.expect(401, "GET", "/api/auth/me/", { token: "forged-token-4711" });
  await api.expect(404, "GET", `/api/nothing/?token=${people.teacher.token}`);
  secrets.push(wrong, expired, "forged-token-4711");

  const found = await stage.newClass();
  await stage.start(found);
  const socket = await stage.connect(people.teacher);
  const mark = { classId: found.id, studentId: people.student.id, status: "late" };
  await socket.request("ATTENDANCE_MARKED", mark);
  await socket.request("AUTH", { token: expired });
  await socket.request("AUTH", { token: people.teacher.token });
  await socket.request("DONE", { classId: found.id });
  await socket.close();
  const refused = await stage.open({ token: "forged-token-4711" });
  await refused.closed;
  const byHeader = await stage.open({
    headers: { Authorization: `Bearer ${people.student.token}` },
  });
  await byHeader.next("CONNECTED");
  await byHeader.close();
  const byFrame = await stage.open();
  await byFrame.request("AUTH", { token: people.admin.token });
  await byFrame.close();
  return [...secrets, ...Object.values(people).map(({ token }) => token)];
}

Deno.test("no token, password or hash is ever in what the server prints", async () => {
  await onStage(async (stage) => {
    const secrets = await everything(stage);
    const dump = stage.dump();
    const hashes = [...dump.matchAll(/\$argon2id\$[^"]+|"hash":"([^"]+)"/g)].map(([all, hash]) =>
      hash ?? all
    );
    assert(hashes.length > 5 && secrets.length > 15);
    const lines = await ended(stage);
    assert(lines.length > 50);
    const printed = [...stage.server.logs, ...stage.server.stderr].join("\n");
    for (const secret of [...secrets, ...hashes]) {
      assert(!printed.includes(secret), `${secret} is in the log`);
      // Nor a part of it that would do.
      assert(!printed.includes(secret.slice(-40)), `the end of ${secret} is in the log`);
    }
    assert(!/token=|Bearer |eyJ/.test(printed), "something like a token is in the log");
    assertEquals(lines.filter(({ level }) => level === "error" || level === "warn"), []);
  }, VERBOSE);
});

Deno.test("a socket's end is a line with its user, close code and duration", async () => {
  await onStage(async (stage) => {
    const socket = await stage.connect(stage.people.teacher);
    socket.sendRaw(new Uint8Array([1]));
    await socket.closed;
    const lines = (await ended(stage)).filter(({ message }) => message === "socket closed");
    assertEquals(lines.length, 1);
    const [{ userId, code, durationMs } = {}] = lines;
    assertEquals([userId, code, typeof durationMs], [stage.people.teacher.id, 1003, "number"]);
  }, VERBOSE);
});

Deno.test("LOG_LEVEL says what is printed", async () => {
  for (const LOG_LEVEL of ["warn", "silent"]) {
    await onStage(async (stage) => {
      await stage.as(stage.people.teacher, 403, "GET", "/api/users/");
      await stage.api.expect(404, "GET", "/api/nothing/");
      assertEquals(await ended(stage), []);
    }, { env: { LOG_LEVEL } });
  }
});
