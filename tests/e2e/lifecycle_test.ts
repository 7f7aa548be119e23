/** The process from its first start to its end: files, secrets, settings, signals. */
import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { SETTING_NAMES } from "../../src/config.ts";
import { openApi } from "../support/api.ts";
import { type ServerProcess, startServer } from "../support/server.ts";
import type { SocketClient } from "../support/socket.ts";
import { onStage, PASSWORD, type Stage } from "./stage.ts";

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Runs `work` on a server in the directory and ends it; returns what it printed. */
async function served<T>(
  directory: string,
  work: (server: ServerProcess) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const server = await startServer({ directory, env });
  try {
    return await work(server);
  } finally {
    assertEquals((await server.kill("SIGTERM")).code, 0);
  }
}

/** What a start that fails says. */
async function refusal(directory: string, env: Record<string, string>): Promise<string> {
  const error = await assertRejects(() => startServer({ directory, env }), Error);
  assertStringIncludes(error.message, "ended with code 1");
  return error.message;
}

const ADA = { username: "Ada", email: "ada@school.example", password: PASSWORD, role: "TEACHER" };

async function signedUp({ url }: ServerProcess): Promise<string> {
  const api = await openApi(url);
  await api.expect(201, "POST", "/api/auth/signup/", { body: ADA });
  return await signedIn(url);
}

async function signedIn(url: string): Promise<string> {
  const api = await openApi(url);
  const { body } = await api.expect(200, "POST", "/api/auth/login/", {
    body: { email: ADA.email, password: PASSWORD },
  });
  return body.token.access;
}

async function statusOf({ url }: ServerProcess, token: string): Promise<number> {
  const api = await openApi(url);
  return (await api.call("GET", "/api/auth/me/", { token })).status;
}

Deno.test("the first start makes the database and the secret, later ones keep them", async () => {
  await inDirectory(async (directory) => {
    const token = await served(directory, signedUp);
    const files = [...Deno.readDirSync(directory)].map(({ name }) => name);
    assert(files.includes("attendance.db"), files.join());
    const path = `${directory}/jwt_secret`;
    const secret = (await Deno.readTextFile(path)).trim();
    assertEquals(Uint8Array.fromBase64(secret, { alphabet: "base64url" }).length, 32);
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    await served(directory, async (server) => {
      assertEquals(await statusOf(server, token), 200);
      assertEquals((await Deno.readTextFile(path)).trim(), secret);
      assert(![...server.logs, ...server.stderr].some((line) => line.includes(secret)));
    });
  });
});

Deno.test("a start prints the addresses, and each answers", async () => {
  await inDirectory((directory) =>
    served(directory, async ({ stderr, url }) => {
      const printed = stderr.flatMap((line) => /(?:http|ws):\/\/\S+/.exec(line)?.[0] ?? []);
      assertEquals(printed, [`${url}/`, `${url}/api/docs/`, `${url.replace("http", "ws")}/ws/`]);
      for (const address of printed) {
        const response = await fetch(address.replace("ws:", "http:"));
        await response.body?.cancel();
        assertEquals(response.status, address.startsWith("ws") ? 426 : 200);
      }
    })
  );
});

Deno.test("/healthz and /readyz say that the service lives and can work", async () => {
  await inDirectory((directory) =>
    served(directory, async ({ url }) => {
      for (const slash of ["", "/"]) {
        const health = await fetch(`${url}/healthz${slash}`);
        assertEquals([health.status, await health.json()], [200, { status: "ok" }]);
        const ready = await fetch(`${url}/readyz${slash}`);
        assertEquals([ready.status, (await ready.json()).status], [200, "ok"]);
        assertEquals(ready.headers.get("cache-control"), "no-store");
      }
    })
  );
});

Deno.test("a rotated secret's tokens are good while it is listed, new ones are of the first", async () => {
  const [older, newer] = ["the older secret ".repeat(2), "the newer secret ".repeat(2)].map((s) =>
    s.trim()
  );
  await inDirectory(async (directory) => {
    const first = await served(directory, signedUp, { JWT_SECRET: `${older}` });
    const second = await served(directory, async (server) => {
      assertEquals(await statusOf(server, first), 200);
      return await signedIn(server.url);
    }, { JWT_SECRET: `${newer},${older}` });
    await served(directory, async (server) => {
      assertEquals(await statusOf(server, second), 200);
      assertEquals(await statusOf(server, first), 401);
    }, { JWT_SECRET: `${newer}` });
    assertEquals([...Deno.readDirSync(directory)].some(({ name }) => name === "jwt_secret"), false);
  });
});

Deno.test("every bad setting is named at once, no value is repeated, nothing is made", async () => {
  const bad = {
    PORT: "eighty",
    WORKERS: "none",
    DATABASE_URL: "postgres://school",
    SQLITE_SYNC: "never",
    REDIS_URL: "http://cache",
    JWT_SECRET: "too short",
    ACCESS_TOKEN_TTL: "soon",
    REFRESH_TOKEN_TTL: "-1d",
    SIGNUP: "maybe",
    ALLOWED_ORIGINS: "teaching.example",
    LOG_LEVEL: "loud",
    METRICS_TOKEN: "guess me",
    METRICS_PORT: "elsewhere",
    TRUST_PROXY: "perhaps",
    RATE_LIMIT: "some",
    FRAME_RATE: "many",
  };
  // Any text may be the name of a host.
  assertEquals(Object.keys(bad).sort(), SETTING_NAMES.filter((name) => name !== "HOST").sort());
  await inDirectory(async (directory) => {
    const text = await refusal(directory, bad);
    for (const [name, value] of Object.entries(bad)) {
      assertStringIncludes(text, `${name}: `);
      assert(!text.includes(value), `${name}: the value is repeated`);
    }
    assertEquals([...Deno.readDirSync(directory)], []);
  });
});

Deno.test("a database where the start task may not write is refused with what to do", async () => {
  await inDirectory(async (directory) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "start"],
      cwd: new URL("../../", import.meta.url),
      env: { PORT: "0", HOST: "127.0.0.1", DATABASE_URL: `sqlite:${directory}/attendance.db` },
      stdin: "null",
    }).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals([code, out], [1, ""]);
    assertStringIncludes(error ?? "", "README.md");
  });
});

Deno.test("a second server on the same file is refused, until the first has gone", async () => {
  await inDirectory(async (directory) => {
    const first = await startServer({ directory });
    try {
      assertStringIncludes(await refusal(directory, {}), "another process is serving from it");
      assertEquals((await fetch(`${first.url}/readyz`).then((r) => r.json())).status, "ok");
    } finally {
      await first.kill("SIGKILL");
    }
    await served(directory, async (server) => {
      assertEquals((await fetch(`${server.url}/readyz`).then((r) => r.json())).status, "ok");
    });
  });
});

Deno.test("an address that cannot be had is refused with it and the setting to change", async () => {
  await inDirectory(async (directory) => {
    using taken = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const port = `${taken.addr.port}`;
    for (const setting of ["PORT", "METRICS_PORT"]) {
      assertStringIncludes(
        await refusal(directory, { [setting]: port }),
        `Cannot listen on 127.0.0.1:${port}: the port is in use. Change ${setting}`,
      );
    }
    // Of a block that is for documentation alone (RFC 5737).
    assertStringIncludes(
      await refusal(directory, { HOST: "192.0.2.1" }),
      "Cannot listen on 192.0.2.1:0: this machine does not have the address. Change HOST",
    );
  });
});

const IN_FLIGHT = 64;

/** Marks one after the other, `IN_FLIGHT` at a time, until no more is answered. */
async function stream(stage: Stage, socket: SocketClient, classId: number): Promise<void> {
  const one = async (studentId: number): Promise<void> => {
    for (;;) await socket.request("ATTENDANCE_MARKED", { classId, studentId, status: "present" });
  };
  // Each ends with the socket: what it asked last has no answer.
  await Promise.allSettled(stage.pupils.slice(0, IN_FLIGHT).map(({ id }) => one(id)));
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} answers what came, says 1012, and ends with 0`, async () => {
    await onStage(async (stage) => {
      const { teacher, student } = stage.people;
      const found = await stage.newClass({ pupils: true });
      await stage.start(found);
      const socket = await stage.connect(teacher);
      const idle = await stage.connect(student);
      const streamed = stream(stage, socket, found.id);
      await stage.as(teacher, 200, "GET", `/api/class/${found.id}/session/`);
      const started = performance.now();
      const status = stage.server.kill(signal);
      for (const { closed } of [socket, idle]) {
        assertEquals(await closed, { code: 1012, reason: "service restart" });
      }
      assertEquals((await status).code, 0);
      assertLess(performance.now() - started, 10_000);
      await streamed;
      // Every mark that was stored was answered, and every one that was answered is stored.
      const answered = socket.frames.filter(({ event, id }) =>
        event === "ATTENDANCE_MARKED" && id !== undefined
      );
      await stage.restart();
      const { body } = await stage.as(teacher, 200, "GET", `/api/class/${found.id}/session/`);
      assertEquals(body.data.seq, 1 + answered.length);
      assertEquals(answered.at(-1)?.data.seq, body.data.seq);
    }, { pupils: IN_FLIGHT });
  });
}

Deno.test("SIGTERM lets requests that run finish", async () => {
  await onStage(async ({ api, people, server }) => {
    const eight = Array.from({ length: 8 }, (_, i) => i);
    // Their connections are there beforehand.
    await Promise.all(eight.map(() => api.call("GET", "/healthz")));
    // Passwords are slow to check, so the others are under way when the first is answered.
    const running = eight.map((i) =>
      api.call("POST", "/api/auth/login/", {
        body: { email: (i % 2 ? people.spare : people.student).email, password: PASSWORD },
      })
    );
    await Promise.race(running);
    const ended = server.kill("SIGTERM");
    assertEquals((await Promise.all(running)).map(({ status }) => status), Array(8).fill(200));
    assertEquals((await ended).code, 0);
  });
});

Deno.test("a second signal does not cut the first one's work short", async () => {
  await onStage(async (stage) => {
    const socket = await stage.connect(stage.people.teacher);
    const both = [stage.server.kill("SIGTERM"), stage.server.kill("SIGINT")];
    assertEquals((await socket.closed).code, 1012);
    for (const { code } of await Promise.all(both)) assertEquals(code, 0);
  });
});
