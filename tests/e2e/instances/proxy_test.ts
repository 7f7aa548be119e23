/** The proxies of docs/deploy.md, real ones: what a client sees through them, and what they log. */
import { assert, assertEquals } from "@std/assert";
import type { Api } from "../../support/api.ts";
import { connectSocket, type SocketClient } from "../../support/socket.ts";
import { instancesInLog, type Site, testBehindProxies } from "./behind_proxy.ts";
import { type Instances, PASSWORD, type Person } from "./instances.ts";
import { assertSameStream } from "./streams.ts";

const METRICS_TOKEN = "metrics-are-for-those-with-this";

async function connect(
  { proxy }: Site,
  { token }: Person,
  headers: Record<string, string> = {},
): Promise<SocketClient> {
  const socket = await connectSocket(proxy.wsUrl, { token, headers });
  await socket.next("CONNECTED");
  return socket;
}

const close = (sockets: readonly SocketClient[]) =>
  Promise.all(sockets.map((socket) => socket.close()));

const signIn = ({ email }: Person, password = PASSWORD) => ({ body: { email, password } });

testBehindProxies("requests and sockets reach any instance, nothing is sticky", async (site) => {
  const { proxy, service: { people: { teacher }, students: [student] } } = site;
  const api = await site.api();
  const { body: { token: tokens } } = await api.expect(
    200,
    "POST",
    "/api/auth/login/",
    signIn(teacher),
  );
  const token = tokens.access;
  const made = await api.expect(201, "POST", "/api/class/create_class/", {
    token,
    body: { class_name: "Biology 9B" },
  });
  const classId = made.body.data.id;
  await api.expect(200, "POST", `/api/class/${classId}/add-student/${student?.id}/`, { token });
  const sockets = await Promise.all(
    Array.from({ length: 8 }, () => connect(site, { ...teacher, token }, { Origin: proxy.url })),
  );
  const started = await api.expect(200, "POST", "/api/class/start-attendance/", {
    token,
    body: { class_id: classId },
  });
  const { sessionId } = started.body.data;
  for (const [i, socket] of sockets.entries()) {
    const status = ["present", "late", "excused"][i % 3];
    const data = { classId, studentId: student?.id, status };
    assertEquals((await socket.request("ATTENDANCE_MARKED", data)).event, "ATTENDANCE_MARKED");
  }
  const last = sockets.length + 2;
  await api.expect(200, "POST", `/api/class/${classId}/session/done/`, { token });
  for (const socket of sockets) assertEquals((await socket.next("DONE")).data.seq, last);
  assertSameStream(sockets, sessionId, last);
  for (let i = 0; i < 8; i++) {
    const { body } = await api.expect(200, "GET", `/api/class/${classId}/sessions/`, { token });
    assertEquals(body.data[0].session_id, sessionId);
  }
  const refreshed = await api.expect(200, "POST", "/api/token/refresh/", {
    body: { refresh: tokens.refresh },
  });
  await api.expect(401, "POST", "/api/token/refresh/", { body: { refresh: tokens.refresh } });
  await api.expect(401, "POST", "/api/token/refresh/", {
    body: { refresh: refreshed.body.refresh },
  });

  for (const size of [11 * 1024 ** 2, 2 * 1024 ** 2]) {
    const large = await fetch(`${proxy.url}/api/auth/login/`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: new Uint8Array(size),
    });
    assertEquals(large.status, 413);
    await large.body?.cancel();
  }
  await close(sockets);
  while (!proxy.log.some((line) => /GET \/ws\/" 101/.test(line))) await api.call("GET", "/healthz");
  assertEquals(instancesInLog(site), new Set([0, 1]));
});

testBehindProxies("a page's origin is held against the address it was asked for", async (site) => {
  const { proxy, service: { people: { teacher } } } = site;
  const { host } = new URL(proxy.url);
  const status = async (headers: Record<string, string>) => {
    try {
      await close([await connect(site, teacher, headers)]);
      return 101;
    } catch {
      return 403;
    }
  };
  assertEquals(await status({ Origin: `http://${host}` }), 101);
  assertEquals(await status({ Origin: "https://evil.example" }), 403);
  // What a client says of itself does not count.
  const evil = { Origin: "http://evil.example", "X-Forwarded-Host": "evil.example" };
  assertEquals(await status(evil), 403);
  const scheme = { Origin: `https://${host}`, "X-Forwarded-Proto": "https" };
  assertEquals(await status(scheme), 403);
});

/** Fails to sign in so often that the next one from there is refused; says what those elsewhere get. */
async function guessFromOnePlace({ proxy, service }: Site): Promise<number> {
  const { stranger } = service.people;
  const from = async (localAddress: string, forwarded: string): Promise<number> => {
    using client = Deno.createHttpClient({ localAddress });
    const response = await fetch(`${proxy.url}/api/auth/login/`, {
      client,
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Forwarded-For": forwarded },
      body: JSON.stringify({ email: stranger.email, password: "not the password" }),
    });
    await response.body?.cancel();
    return response.status;
  };
  for (let i = 0; i < 10; i++) assertEquals(await from("127.0.0.2", `192.0.2.${i}`), 401);
  assertEquals(await from("127.0.0.2", "192.0.2.99"), 429);
  return await from("127.0.0.3", "192.0.2.99");
}

testBehindProxies(
  "with TRUST_PROXY=on callers are told apart by who reached the proxy",
  async (site) => {
    assertEquals(await guessFromOnePlace(site), 401);
  },
);

testBehindProxies(
  "with TRUST_PROXY=off X-Forwarded-* means nothing",
  async (site) => {
    assertEquals(await guessFromOnePlace(site), 429);
    const { proxy, service: { people: { teacher } } } = site;
    const { host } = new URL(proxy.url);
    // The scheme is not known then, and the host is the one that the proxy passes on as Host.
    await close([await connect(site, teacher, { Origin: `https://${host}` })]);
  },
  { env: { TRUST_PROXY: "off" } },
);

/** GETs through the proxy, one after the other, while the work goes on; returns what failed. */
async function askingMeanwhile(
  api: Api,
  token: string,
  work: () => Promise<void>,
): Promise<string[]> {
  let going = true;
  const failures: string[] = [];
  const asking = (async () => {
    while (going) {
      const { status, text } = await api.call("GET", "/api/class/list_classes/", { token });
      if (status !== 200) failures.push(`${status} ${text.slice(0, 100)}`);
    }
  })();
  await Promise.all([asking, work().finally(() => going = false)]);
  return failures;
}

/** Connects through the proxy until it takes this instance. */
async function reach(site: Site, instance: number): Promise<void> {
  const from = site.proxy.log.length;
  const { people: { teacher } } = site.service;
  const began = performance.now();
  while (!instancesInLog(site, from).has(instance)) {
    await close([await connect(site, teacher)]);
    assert(performance.now() - began < 8_000, site.proxy.log.slice(from).join("\n"));
  }
}

/**
 * Ends an instance with SIGTERM. Its sockets connect again as soon as they are told; returns all
 * that there are then.
 */
async function drainOne(
  site: Site,
  instance: number,
  sockets: readonly SocketClient[],
): Promise<SocketClient[]> {
  const { service } = site;
  const drained = service.server(instance).kill("SIGTERM");
  const after = await Promise.all(sockets.map((socket) => {
    const moved = socket.closed.then(async ({ code }) => {
      assertEquals(code, 1012);
      return await connect(site, service.people.teacher);
    });
    // Fails where the socket is closed, be it a moment later.
    const stayed = drained.then(() => socket.request("PING")).then(() => socket);
    return Promise.any([moved, stayed]);
  }));
  assertEquals((await drained).code, 0);
  const moved = after.filter((socket) => !sockets.includes(socket)).length;
  assert(moved > 0 && moved < sockets.length, `${moved} of ${sockets.length} were on it`);
  for (const socket of after) assertEquals((await socket.request("PING")).event, "PONG");
  return after;
}

testBehindProxies(
  "draining one instance moves its clients to the other, and back",
  async (site) => {
    const { proxy, service } = site;
    const api = await site.api();
    const { teacher } = service.people;
    const { token } = teacher;
    let sockets = await Promise.all(Array.from({ length: 12 }, () => connect(site, teacher)));
    const failures = await askingMeanwhile(api, token, async () => {
      sockets = await drainOne(site, 0, sockets);
    });
    assertEquals(failures, []);

    await service.restart(0);
    await reach(site, 0);

    // The other one now, killed: its sockets are gone, not told.
    await service.server(1).kill("SIGKILL");
    for (const socket of sockets) assert((await socket.closed).code !== 1012);
    const again = await Promise.all(Array.from({ length: 6 }, () => connect(site, teacher)));
    for (let i = 0; i < 6; i++) await api.expect(200, "GET", "/api/auth/me/", { token });
    await service.server(0).kill("SIGTERM");
    for (const socket of again) assertEquals((await socket.closed).code, 1012);

    const nobody = await fetch(`${proxy.url}/api/auth/me/`);
    assertEquals([nobody.status, nobody.headers.get("content-type")], [
      503,
      "application/problem+json",
    ]);
    assert(Number(nobody.headers.get("retry-after")) > 0);
    const { success, code } = await nobody.json();
    assertEquals([success, code], [false, "unavailable"]);
  },
);

testBehindProxies(
  "no token is in the proxy's log, also where it finds no instance",
  async (site) => {
    const { proxy, service } = site;
    const api = await site.api();
    const { teacher } = service.people;
    await close([await connect(site, teacher)]);
    for (const i of [0, 1]) await service.server(i).kill("SIGKILL");
    const refused = await connect(site, teacher).then(() => false, () => true);
    assert(refused);
    const from = proxy.log.length;
    // What was logged before is in by the time that this one is.
    while (!proxy.log.slice(from).some((line) => line.includes("/healthz"))) {
      await api.call("GET", "/healthz");
    }
    assert(proxy.log.some((line) => line.includes("GET /ws/")), proxy.log.join("\n"));
    assertEquals(proxy.log.filter((line) => line.includes(teacher.token.slice(-20))), []);
    assertEquals(proxy.log.filter((line) => line.includes("token=")), []);
  },
);

async function openSockets(service: Instances): Promise<number> {
  let sum = 0;
  for (const { url } of service.servers) {
    const response = await fetch(`${url}/metrics`, {
      headers: { Authorization: `Bearer ${METRICS_TOKEN}` },
    });
    sum += Number(/^attendance_sockets (\d+)$/m.exec(await response.text())?.[1]);
  }
  return sum;
}

/** A receiver that signs in and then takes nothing. */
async function stuckReceiver({ proxy }: Site, { token }: Person): Promise<Deno.TcpConn> {
  const { port, host } = new URL(proxy.url);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  const request = `GET /ws/?token=${token} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\n` +
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const answer = new Uint8Array(12);
  await connection.read(answer);
  assertEquals(new TextDecoder().decode(answer), "HTTP/1.1 101");
  return connection;
}

testBehindProxies(
  "a receiver that takes nothing is cut off, and nobody else notices",
  async (site) => {
    const { service } = site;
    const { people: { teacher }, students } = service;
    const classId = await service.newClass();
    await service.start(0, classId);
    const sender = await connect(site, teacher);
    const reader = await connect(site, teacher);
    const stuck = await stuckReceiver(site, teacher);
    try {
      while (await openSockets(service) < 3) await sender.request("PING");
      const note = "x".repeat(400);
      let frames = 0;
      const began = performance.now();
      // Until buffers of the kernel and of the proxy are full, and the proxy's patience is over.
      while (await openSockets(service) > 2) {
        const marks = students.map(({ id }) => ({ studentId: id, status: "late", note }));
        const answers = await Promise.all(
          Array.from({ length: 64 }, () => sender.request("ATTENDANCE_MARKED", { classId, marks })),
        );
        assertEquals(answers.filter(({ event }) => event !== "ATTENDANCE_MARKED"), []);
        frames += answers.length;
        assert(performance.now() - began < 60_000, `still there after ${frames} frames`);
      }
      const last = await reader.next("ATTENDANCE_MARKED", ({ data }) => data.seq === frames + 1);
      assertEquals(last.data.marks.length, students.length);
      assertEquals(reader.count("ATTENDANCE_MARKED"), frames);
    } finally {
      stuck.close();
      await close([sender, reader]);
    }
  },
  {
    env: { METRICS_TOKEN },
    change: (text) =>
      text.replaceAll("send_timeout 30s", "send_timeout 4s")
        .replace("timeout tunnel 75s", "timeout tunnel 6s"),
  },
);
