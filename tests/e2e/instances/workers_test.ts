/** `WORKERS`: several processes of one machine on one port. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { workerPermissions } from "../../../src/workers/run.ts";
import { redisServer, withRedis } from "../../support/redis.ts";
import { type ServerProcess, startServer } from "../../support/server.ts";
import type { SocketClient } from "../../support/socket.ts";
import { readSource, sourceFiles } from "../../support/source_files.ts";
import { type Instances, withInstances } from "./instances.ts";
import { assertSameStream } from "./streams.ts";

const SOCKETS = 24;
const ignore = redisServer === null || Deno.build.os !== "linux";

interface LogLine {
  readonly message: string;
  readonly pid?: number;
  readonly restartInMs?: number;
}

/** The log so far; throws where a line is not whole. */
const linesOf = ({ logs }: ServerProcess): LogLine[] => logs.map((line) => JSON.parse(line));

const workersOf = (server: ServerProcess): number[] =>
  linesOf(server).flatMap(({ message, pid }) => message === "worker started" && pid ? [pid] : []);

/** Waits until the log says so: what workers write is read a moment later. */
async function untilLogged(
  server: ServerProcess,
  what: string,
  holds: (lines: LogLine[]) => boolean,
): Promise<void> {
  const from = performance.now();
  while (!holds(linesOf(server))) {
    assert(performance.now() - from < 10_000, `not logged: ${what}\n${server.logs.join("\n")}`);
    // Answered by a worker, which gives the log its turn.
    await (await fetch(`${server.url}/healthz`)).body?.cancel();
  }
}

/** Dead ones whose new parent has not looked yet do not count. */
function lives(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Two workers behind one port. */
const withWorkers = (work: (service: Instances, server: ServerProcess) => Promise<void>) =>
  withRedis((redis) =>
    withInstances(1, (service) => work(service, service.server(0)), {
      redis,
      env: { WORKERS: "2", LOG_LEVEL: "info" },
    })
  );

const connectMany = ({ connect, people }: Instances): Promise<SocketClient[]> =>
  Promise.all(Array.from({ length: SOCKETS }, () => connect(0, people.teacher)));

async function mark({ students }: Instances, socket: SocketClient, classId: number) {
  const studentId = students[0]?.id;
  const { event } = await socket.request("ATTENDANCE_MARKED", {
    classId,
    studentId,
    status: "late",
  });
  assertEquals(event, "ATTENDANCE_MARKED");
}

/** Those that close by themselves, as soon as one does. */
async function closedOf(sockets: readonly SocketClient[]): Promise<Set<SocketClient>> {
  const closed = new Set<SocketClient>();
  for (const socket of sockets) socket.closed.then(() => closed.add(socket));
  await Promise.race(sockets.map((socket) => socket.closed));
  // Whoever still answers is not closed.
  await Promise.all(sockets.map(async (socket) => {
    await Promise.race([socket.closed, socket.request("PING").catch(() => {})]);
  }));
  return closed;
}

Deno.test({
  name: "WORKERS=2: both serve the port, a crash of one is survived, what it held goes to others",
  ignore,
  fn: () =>
    withWorkers(async (service, server) => {
      const { newClass, start, as, people } = service;
      assertEquals(server.stderr.filter((line) => line.includes("is running")), [
        "Live Attendance is running in 2 processes.",
      ]);
      const classId = await newClass();
      const sockets = await connectMany(service);
      const sessionId = await start(0, classId);
      await Promise.all(sockets.map((socket) => mark(service, socket, classId)));
      await Promise.all(
        sockets.map((socket) =>
          socket.next("TODAY_SUMMARY", ({ data }) => data.seq === SOCKETS + 1)
        ),
      );
      assertSameStream(sockets, sessionId, SOCKETS + 1);

      await untilLogged(server, "two workers", () => workersOf(server).length === 2);
      const [first = 0, second = 0] = workersOf(server);
      Deno.kill(first, "SIGKILL");
      const closed = await closedOf(sockets);
      const survivors = sockets.filter((socket) => !closed.has(socket));
      assert(closed.size > 0 && survivors.length > 0, `${closed.size} of ${SOCKETS} were on it`);
      for (const socket of survivors) await mark(service, socket, classId);

      await untilLogged(server, "a third worker", () => workersOf(server).length === 3);
      const ended = linesOf(server).find(({ message }) => message === "worker ended");
      assertEquals([ended?.pid, ended?.restartInMs], [first, 100]);
      const again = await connectMany(service);
      await Promise.all(again.map((socket) => mark(service, socket, classId)));
      await as(0, people.teacher, 200, "POST", `/api/class/${classId}/session/done/`);
      const last = SOCKETS + survivors.length + SOCKETS + 2;
      for (const socket of [...survivors, ...again]) {
        assertEquals((await socket.next("DONE")).data.seq, last);
      }
      assertSameStream(survivors, sessionId, last);

      // The new worker has its share of the new sockets.
      Deno.kill(second, "SIGKILL");
      const gone = await closedOf(again);
      assert(
        gone.size > 0 && gone.size < SOCKETS,
        `${gone.size} of ${SOCKETS} were on the old one`,
      );
      await untilLogged(server, "a fourth worker", () => workersOf(server).length === 4);
    }),
});

Deno.test({
  name: "WORKERS=2: SIGTERM drains all with 1012, ends every process, exit code 0",
  ignore,
  fn: () =>
    withWorkers(async (service, server) => {
      const sockets = await connectMany(service);
      await untilLogged(server, "two workers", () => workersOf(server).length === 2);
      const { code } = await server.kill("SIGTERM");
      assertEquals(code, 0);
      for (const { closed } of sockets) assertEquals((await closed).code, 1012);
      assertEquals(workersOf(server).filter(lives), []);
      assertEquals(linesOf(server).filter(({ message }) => message === "stopped").length, 3);
      assertEquals(linesOf(server).filter(({ message }) => message === "worker ended"), []);
    }),
});

Deno.test({
  name: "WORKERS=2: workers drain and end where their parent is killed, and free the port",
  ignore,
  fn: () =>
    withRedis(async (redis) => {
      const env = { WORKERS: "2", LOG_LEVEL: "info" };
      await withInstances(1, async (service) => {
        const server = service.server(0);
        const sockets = await connectMany(service);
        await untilLogged(server, "two workers", () => workersOf(server).length === 2);
        const port = Number(new URL(server.url).port);
        Deno.kill(server.pid, "SIGKILL");
        // Resolves when the last of them has closed its standard output.
        assertEquals((await server.status).signal, "SIGKILL");
        for (const { closed } of sockets) assertEquals((await closed).code, 1012);
        assertEquals(workersOf(server).filter(lives), []);
        Deno.listen({ hostname: "127.0.0.1", port }).close();
      }, { redis, env });
    }),
});

Deno.test({
  name: "WORKERS=2: a start that fails says why, once, and leaves nothing behind",
  ignore,
  fn: () =>
    withRedis(async (redis) => {
      const directory = await Deno.makeTempDir({ prefix: "attendance-" });
      const refusal = async (env: Record<string, string>): Promise<string> => {
        const { message } = await assertRejects(
          () => startServer({ directory, env: { WORKERS: "2", REDIS_URL: redis.url, ...env } }),
          Error,
        );
        assertStringIncludes(message, "ended with code 1");
        return message;
      };
      try {
        await Deno.writeTextFile(`${directory}/text.db`, "This is no database. ".repeat(100));
        const noDatabase = await refusal({ DATABASE_URL: `sqlite:${directory}/text.db` });
        assertEquals(noDatabase.match(/not a database/g)?.length, 1, noDatabase);

        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const taken = await refusal({ PORT: `${listener.addr.port}` });
        assertStringIncludes(taken, "the port is in use");
        assertStringIncludes(
          await refusal({ REDIS_URL: "" }),
          "WORKERS: more than one needs REDIS",
        );
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    }),
});

Deno.test("workers may do what the start task allows, except starting programs", () => {
  const { tasks } = JSON.parse(readSource("deno.json"));
  assertEquals(
    tasks.start.command,
    "deno run -P=service --allow-run=/proc/self/exe src/start.ts",
  );
  assertEquals(workerPermissions("elsewhere"), [
    "-P=service",
    "--allow-read=.,/usr/bin/ldd,elsewhere",
    "--allow-write=elsewhere",
  ]);
});

Deno.test("only the parent of workers starts programs, and who serves alone gives that up first", () => {
  const starting = sourceFiles("src").filter((path) =>
    /\bDeno\.Command\b|child_process/.test(readSource(path))
  );
  assertEquals(starting, ["src/workers/child.ts"]);
  const start = readSource("src/start.ts");
  const revoked = start.indexOf('revokeSync({ name: "run" })');
  assert(revoked > 0 && revoked < start.indexOf('import("./main.ts")'));
});
