/**
 * The database is away when the service starts: nobody answers on its port, or someone who says
 * nothing. The service runs, says so, refuses in time, and ends in time.
 */
import { assert, assertEquals } from "@std/assert";
import { createTokens } from "../../../src/accounts/token.ts";
import { type Api, openApi } from "../../support/api.ts";
import { type RedisServer, redisServer, startRedis, withRedis } from "../../support/redis.ts";
import { ownPort } from "../../support/ports.ts";
import { type ServerProcess, startServer } from "../../support/server.ts";
import { connectSocket } from "../../support/socket.ts";
import { SECRET } from "../instances/instances.ts";
import { isReady, isRed, readiness, untilReadiness } from "./readiness.ts";

/** A call may wait for a connection, then for an answer. */
const REFUSAL_MS = 12_000;
const END_MS = 10_000;

/** A port whose owner takes connections and never says a word. */
function silentPort(): { port: number; close(): void } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: ownPort() });
  const taken: Deno.Conn[] = [];
  let closed = false;
  (async () => {
    for await (const connection of listener) taken.push(connection);
  })();
  return {
    port: listener.addr.port,
    close() {
      if (closed) return;
      closed = true;
      listener.close();
      for (const connection of taken) connection.close();
    },
  };
}

async function withServer(
  env: Record<string, string>,
  work: (server: ServerProcess, api: Api) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-" });
  try {
    const server = await startServer({ directory, env: { JWT_SECRET: SECRET, ...env } });
    try {
      await work(server, await openApi(server.url));
    } finally {
      const started = performance.now();
      const { code } = await server.kill("SIGTERM");
      assertEquals(code, 0);
      const took = performance.now() - started;
      assert(took < END_MS, `it took ${Math.round(took)} ms to end`);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work;
  const took = performance.now() - started;
  assert(took < REFUSAL_MS, `it took ${Math.round(took)} ms`);
  return result;
}

/** Everything there is to ask, all at once: more than the pool has connections. */
async function checkRefusals({ url, wsUrl }: ServerProcess, api: Api): Promise<void> {
  const tokens = await createTokens({ secrets: [SECRET], accessTtlMs: 60_000, now: Date.now });
  const token = await tokens.issue({ userId: 1, role: "TEACHER", generation: 0 });
  const account = { email: "ada@school.example", password: "seven quiet herons" };
  const asked = [
    api.call("POST", "/api/auth/login/", { body: account }),
    api.call("POST", "/api/auth/signup/", {
      body: { ...account, username: "ada", role: "STUDENT" },
    }),
    api.call("POST", "/api/class/start-attendance/", { token, body: { class_id: 1 } }),
    api.call("POST", "/api/class/1/session/done/", { token }),
    ...Array.from({ length: 30 }, () => api.call("GET", "/api/class/list_classes/", { token })),
  ];
  const answers = await inTime(Promise.all(asked));
  for (const { status, headers, body } of answers) {
    assertEquals([status, body.code], [503, "storage_unavailable"]);
    assert(Number(headers.get("retry-after")) >= 1);
  }
  const socket = await connectSocket(wsUrl, { token });
  const error = socket.next("ERROR");
  const { code } = await inTime(socket.closed);
  assertEquals(code, 1013);
  assertEquals((await error).data.code, "storage_unavailable");

  const alive = await fetch(`${url}/healthz`);
  assertEquals([alive.status, await alive.json()], [200, { status: "ok" }]);
  const red = await inTime(readiness(url));
  assertEquals([red.status, red.retryAfter], [503, "1"]);
  assert(red.checks.storage !== "ok");
}

const HOSTS = {
  "refuses connections": () => ({ port: ownPort(), close() {} }),
  "takes connections and says nothing": silentPort,
};

for (const [title, open] of Object.entries(HOSTS)) {
  const check = async (REDIS_URL: string) => {
    const host = open();
    const DATABASE_URL = `mssql://someone:secret@127.0.0.1:${host.port}/attendance?encrypt=false`;
    try {
      await withServer({ DATABASE_URL, REDIS_URL }, async (server, api) => {
        await checkRefusals(server, api);
        assertEquals((await readiness(server.url)).checks.live, "failed");
        for (const line of [...server.logs, ...server.stderr]) {
          assert(!line.includes("secret"), line);
        }
      });
    } finally {
      host.close();
    }
  };

  Deno.test({
    name: `the database ${title} at the start: refusals in time, and sessions wait for it`,
    ignore: redisServer === null,
    fn: () => withRedis((redis) => check(redis.url)),
  });

  Deno.test(`the database ${title} at the start, and Redis too: refusals in time`, () =>
    check(`redis://127.0.0.1:${ownPort()}`));
}

Deno.test({
  name:
    "Redis says nothing at the start: what needs it is refused in time, and works when it comes",
  ignore: redisServer === null,
  async fn() {
    const silent = silentPort();
    const directory = await Deno.makeTempDir({ prefix: "attendance-redis-" });
    const started: RedisServer[] = [];
    try {
      const REDIS_URL = `redis://127.0.0.1:${silent.port}`;
      await withServer({ REDIS_URL }, async (server, api) => {
        const { checks } = await untilReadiness(server.url, isRed);
        assertEquals([checks.storage, checks.live], ["ok", "failed"]);
        const account = { email: "ada@school.example", password: "seven quiet herons" };
        const signup = { ...account, username: "ada", role: "TEACHER" };
        await inTime(api.expect(201, "POST", "/api/auth/signup/", { body: signup }));
        const login = await inTime(api.expect(200, "POST", "/api/auth/login/", { body: account }));
        const token = login.body.token.access;
        const input = { token, body: { class_name: "Chemistry" } };
        const made = await inTime(api.expect(503, "POST", "/api/class/create_class/", input));
        assertEquals([made.headers.get("retry-after"), made.body.code], ["1", "live_unavailable"]);

        silent.close();
        started.push(await startRedis({ port: silent.port, directory }));
        await untilReadiness(server.url, isReady);
        const { body } = await api.expect(200, "GET", "/api/class/list_classes/", { token });
        const start = { token, body: { class_id: body.data[0].id } };
        await api.expect(200, "POST", "/api/class/start-attendance/", start);
        const socket = await connectSocket(server.wsUrl, { token });
        await socket.next("CONNECTED");
        await socket.close();
      });
    } finally {
      silent.close();
      for (const redis of started) await redis.kill("SIGKILL");
      await Deno.remove(directory, { recursive: true });
    }
  },
});
