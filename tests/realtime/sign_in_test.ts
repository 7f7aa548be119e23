import { assert, assertEquals } from "@std/assert";
import { AUTH_DEADLINE_MS } from "../../src/realtime/connection.ts";
import { manualSchedule } from "./manual_schedule.ts";
import { inWorld } from "./world.ts";

const REQUIRED = "Authentication required. Please provide a valid JWT token.";

Deno.test("the token comes as ?token=, as a header, or in a first frame AUTH", () =>
  inWorld(async (world) => {
    const token = await world.token(world.teacher);
    const byQuery = await world.open({ token });
    const byHeader = await world.open({ headers: { Authorization: `Bearer ${token}` } });
    const byFrame = await world.open();
    byFrame.send("AUTH", { token }, "first");
    for (const client of [byQuery, byHeader, byFrame]) {
      const { data } = await client.next("CONNECTED");
      assertEquals(client.frames[0]?.event, "CONNECTED");
      assertEquals([data.message, data.userId, data.role], [
        "WebSocket connection established",
        String(world.teacher.userId),
        "TEACHER",
      ]);
      assert(Math.abs(Date.parse(data.serverTime) - Date.now()) < 60_000);
    }
    const answer = await byFrame.next("AUTHENTICATED");
    const { expiresAt, ...who } = answer.data;
    assertEquals(answer.id, "first");
    assertEquals(who, { userId: String(world.teacher.userId), role: "TEACHER" });
    assertEquals(expiresAt, byFrame.frames[0]?.data.expiresAt);
  }));

Deno.test("who brings no valid token is told so and closed with 4401", () =>
  inWorld(async (world) => {
    const good = await world.token(world.teacher);
    const [header = "", payload = ""] = good.split(".");
    const none = btoa(JSON.stringify({ alg: "none", typ: "JWT" })).replaceAll("=", "");
    const gone = await world.user("gone", "TEACHER");
    const ofGone = await world.token(gone);
    await world.people.deactivate(gone.userId);
    const cases: [string, string][] = [
      ["", "token_invalid"],
      ["nonsense", "token_invalid"],
      [`${good}x`, "token_invalid"],
      [`${none}.${payload}.`, "token_invalid"],
      [`${header}.${payload}.`, "token_invalid"],
      ["x".repeat(5_000), "token_invalid"],
      [await world.token(world.teacher, -1_000), "token_expired"],
      [await world.token({ userId: 999_999, role: "ADMIN" }), "token_invalid"],
      [ofGone, "account_inactive"],
    ];
    for (const [token, code] of cases) {
      const client = await world.open({ token });
      const { data } = await client.next("ERROR");
      assertEquals([token, data], [token, { message: REQUIRED, code }]);
      assertEquals((await client.closed).code, 4401);
      assertEquals(client.frames.length, 1);
    }
  }));

Deno.test("a first frame that is no AUTH, or a bad one, closes with 4401", () =>
  inWorld(async (world) => {
    const frames = [
      ["PING", {}],
      ["ATTENDANCE_MARKED", { classId: world.classId }],
      ["AUTH", {}],
      ["AUTH", { token: 7 }],
      ["AUTH", { token: "nonsense" }],
      ["HELLO", {}],
    ] as const;
    for (const [event, data] of frames) {
      const client = await world.open();
      const answer = await client.request(event, data);
      assertEquals([answer.event, answer.data.message], ["ERROR", REQUIRED]);
      assertEquals((await client.closed).code, 4401);
    }
    const broken = await world.open();
    broken.sendRaw("{");
    assertEquals((await broken.next("ERROR")).data.code, "authentication_required");
    assertEquals((await broken.closed).code, 4401);
  }));

Deno.test("without a token in 5 s the socket is closed, whatever comes meanwhile", () => {
  const timers = manualSchedule();
  return inWorld(async (world) => {
    const silent = await world.open();
    assertEquals(timers.fire(AUTH_DEADLINE_MS), 1);
    assertEquals((await silent.next("ERROR")).data, {
      message: REQUIRED,
      code: "authentication_required",
    });
    assertEquals((await silent.closed).code, 4401);

    const busy = await world.open();
    busy.send("AUTH", { token: "never looked at" });
    for (let i = 0; i < 20; i++) busy.send("PING");
    await asked.promise;
    assertEquals(timers.fire(AUTH_DEADLINE_MS), 1);
    assertEquals((await busy.closed).code, 4401);
    assertEquals(busy.count("PONG"), 0);
  }, {
    hub: { schedule: timers.schedule },
    wrap: () => ({
      auth: {
        authenticateToken() {
          asked.resolve();
          return new Promise(() => {});
        },
      },
    }),
  });
});
const asked = Promise.withResolvers<void>();

Deno.test("frames sent before CONNECTED are answered after it, in order", () =>
  inWorld(async (world) => {
    const client = await world.open({ token: await world.token(world.teacher) });
    client.send("PING", {}, 1);
    client.send("SUBSCRIBE", { classId: world.classId }, 2);
    client.send("PING", {}, 3);
    await client.next("PONG", ({ id }) => id === 3);
    assertEquals(client.frames.map(({ event }) => event), [
      "CONNECTED",
      "PONG",
      "SNAPSHOT",
      "PONG",
    ]);
  }));

Deno.test("a token that runs out is warned of, then closes with 4401; a renewed one does not", () => {
  let aheadMs = 0;
  const timers = manualSchedule();
  const pass = (ms: number) => {
    aheadMs += ms;
    for (const delayMs of timers.delays) timers.fire(delayMs);
  };
  return inWorld(async (world) => {
    const token = await world.token(world.teacher, 60_000);
    const renewed = await world.open({ token });
    const left = await world.open({ token });
    for (const client of [renewed, left]) await client.next("CONNECTED");
    pass(31_000);
    for (const client of [renewed, left]) {
      assertEquals((await client.next("ERROR")).data.code, "token_expired");
    }
    const fresh = await world.token(world.teacher, 3_600_000);
    const answer = await renewed.request("AUTH", { token: fresh });
    assertEquals([answer.event, answer.data.userId], [
      "AUTHENTICATED",
      String(world.teacher.userId),
    ]);
    pass(30_000);
    assertEquals((await left.closed).code, 4401);
    assertEquals((await renewed.request("PING")).event, "PONG");
    assertEquals(renewed.count("ERROR"), 1);
  }, { hub: { now: () => Date.now() + aheadMs, schedule: timers.schedule } });
});

Deno.test("AUTH with another user's or a bad token is refused and changes nothing", () =>
  inWorld(async (world) => {
    const client = await world.connect(world.student(0));
    const cases: [string, string][] = [
      [await world.token(world.teacher), "forbidden"],
      ["nonsense", "token_invalid"],
      [await world.token(world.student(0), -1_000), "token_expired"],
    ];
    for (const [token, code] of cases) {
      const { event, data } = await client.request("AUTH", { token });
      assertEquals([event, data.code, data.event], ["ERROR", code, "AUTH"]);
    }
    const { data } = await client.request("TODAY_SUMMARY", { classId: world.classId });
    assertEquals(data.message, "Only teachers can request attendance summary");
  }));

Deno.test("an expired token marks nothing, however late its timer", () => {
  let aheadMs = 0;
  const timers = manualSchedule();
  return inWorld(async (world) => {
    const { classId } = world;
    await world.start();
    const client = await world.connect(world.teacher);
    aheadMs = 3_600_000;
    client.send("ATTENDANCE_MARKED", {
      classId,
      studentId: world.student(0).userId,
      status: "present",
    });
    assertEquals((await client.closed).code, 4401);
    assertEquals((await world.attendance.snapshot(world.teacher, classId)).marks, []);
  }, { hub: { now: () => Date.now() + aheadMs, schedule: timers.schedule } });
});

Deno.test("a storage that fails closes with 1013, so that the client comes back", () =>
  inWorld(async (world) => {
    const client = await world.open({ token: "any" });
    const { data } = await client.next("ERROR");
    assertEquals(data.code, "internal");
    assertEquals((await client.closed).code, 1013);
  }, {
    wrap: () => ({
      auth: { authenticateToken: () => Promise.reject(new Error("the disk is on fire")) },
    }),
  }));

Deno.test("tokens never reach the log", () =>
  inWorld(async (world) => {
    const token = await world.token(world.teacher);
    const client = await world.open({ token });
    await client.next("CONNECTED");
    await client.request("AUTH", { token });
    await client.close();
    const bad = await world.open({ token: "secret-but-wrong" });
    await bad.closed;
    await new Promise((resolve) => setImmediate(resolve));
    const log = world.logs.join("");
    assert(log.includes("socket closed"));
    assert(!log.includes(token) && !log.includes("secret-but-wrong"));
  }));

Deno.test("a new password closes the sockets that were signed in with the old one", () =>
  inWorld(async (world) => {
    const client = await world.connect(world.student(0));
    await world.people.update(world.student(0).userId, { password: "nine loud geese" });
    assertEquals((await client.next("ERROR")).data.code, "token_invalid");
    assertEquals((await client.closed).code, 4401);
  }));
