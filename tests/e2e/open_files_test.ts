/** A process that runs out of file descriptors: whoever opens many connections must not end it. */
import { assert, assertEquals } from "@std/assert";
import { openApi } from "../support/api.ts";
import { startServer } from "../support/server.ts";
import { connectSocket, type SocketClient } from "../support/socket.ts";

const OPEN_FILES = 128;
const LONGEST_MS = 30_000;

Deno.test("a server out of file descriptors keeps its sockets and accepts again later", async () => {
  const directory = await Deno.makeTempDir({ prefix: "attendance-" });
  const server = await startServer({ directory, openFiles: OPEN_FILES });
  const idle: Deno.Conn[] = [];
  try {
    const api = await openApi(server.url);
    const email = "ada@school.example";
    const password = "seven quiet herons";
    await api.expect(201, "POST", "/api/auth/signup/", {
      body: { username: "Ada", email, password, role: "TEACHER" },
    });
    const { body } = await api.expect(200, "POST", "/api/auth/login/", {
      body: { email, password },
    });
    const token: string = body.token.access;
    const socket = await connectSocket(server.wsUrl, { token });
    await socket.next("CONNECTED");

    const deadline = AbortSignal.timeout(LONGEST_MS);
    const hasLogged = (message: string) =>
      server.logs.some((line) => JSON.parse(line).message === message);
    const port = Number(new URL(server.url).port);
    while (!hasLogged("connections cannot be accepted")) {
      deadline.throwIfAborted();
      // Refused while it does not listen.
      const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => null);
      if (connection) idle.push(connection);
    }
    assertEquals((await socket.request("PING")).event, "PONG");

    for (const connection of idle.splice(0)) connection.close();
    let later: SocketClient | null = null;
    while (!later) {
      deadline.throwIfAborted();
      // A new connection each time, which is what it could not accept.
      later = await connectSocket(server.wsUrl, { token }).catch(() => null);
    }
    await later.next("CONNECTED");
    assertEquals((await socket.request("PING")).event, "PONG");
    assertEquals((await server.kill("SIGTERM")).code, 0);
    assertEquals((await later.closed).code, 1012);
    assertEquals((await socket.closed).code, 1012);
    assert(hasLogged("connections are accepted again"));
  } finally {
    for (const connection of idle) connection.close();
    await server.kill("SIGTERM");
    await Deno.remove(directory, { recursive: true });
  }
});
