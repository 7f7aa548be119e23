import { assert, assertEquals, assertRejects } from "@std/assert";
import { MAX_BUFFERED_BYTES } from "../../src/realtime/outbox.ts";
import { MAX_FRAME_BYTES } from "../../src/realtime/protocol/client_frames.ts";
import { NO_UTF8 } from "../support/bad_values.ts";
import { BINARY, closeCodeOf, rawSocket, TEXT } from "../support/raw_socket.ts";
import { inWorld, type World } from "./world.ts";

const ping = (bytes: number): string => {
  const frame = (pad: string) => JSON.stringify({ event: "PING", data: { pad }, id: "big" });
  return frame("x".repeat(bytes - frame("").length));
};

Deno.test("a frame of 64 KiB passes, a larger one closes with 1009", () =>
  inWorld(async (world) => {
    const client = await world.connect(world.teacher);
    client.sendRaw(ping(MAX_FRAME_BYTES));
    assertEquals((await client.next("PONG")).id, "big");
    client.sendRaw(ping(MAX_FRAME_BYTES + 1));
    assertEquals((await client.closed).code, 1009);

    const huge = await world.connect(world.teacher);
    huge.sendRaw("x".repeat(5_000_000));
    assertEquals((await huge.closed).code, 1009);
  }));

Deno.test("a binary frame closes with 1003", () =>
  inWorld(async (world) => {
    const client = await world.connect(world.teacher);
    client.sendRaw(new TextEncoder().encode('{"event":"PING"}'));
    assertEquals((await client.closed).code, 1003);
    const early = await rawSocket(world.port);
    await early.frame(BINARY, new Uint8Array(3));
    assertEquals(closeCodeOf(await early.rest()), 1003);
    early.close();
  }));

/** What is a frame and what is none is told in parse_test.ts. */
Deno.test("nonsense gets an error with its id, and the socket goes on", () =>
  inWorld(async (world) => {
    const client = await world.connect(world.teacher);
    const nested = `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`;
    const cases: readonly (readonly [string, string, unknown])[] = [
      ["{", "Invalid JSON format", undefined],
      ['{"event":"HELLO","id":0}', "Unknown event: HELLO", 0],
      ['{"event":"PING","data":[],"id":"a"}', "data: must be an object", "a"],
      [`{"event":"DONE","data":${nested}}`, "Class ID required", undefined],
      ['{"event":"DONE","data":{"__proto__":{"classId":1}}}', "Class ID required", undefined],
      ['{"event":"DONE","data":null}', "Class ID required", undefined],
    ];
    for (const [text, message, id] of cases) {
      client.sendRaw(text);
      const answer = await client.next("ERROR");
      assertEquals([answer.data.message, answer.id], [message, id]);
    }
    assertEquals((await client.request("PING")).event, "PONG");
    assertEquals(client.count("PONG"), 1);
  }));

Deno.test("text that is not UTF-8 ends that connection and no other", () =>
  inWorld(async (world) => {
    const other = await world.connect(world.teacher);
    const token = await world.token(world.teacher);
    for (const payload of NO_UTF8) {
      const raw = await rawSocket(world.port, { path: `/ws/?token=${token}` });
      await raw.frame(TEXT, payload);
      assert(!new TextDecoder().decode(await raw.rest()).includes("ERROR"), `bytes ${payload}`);
      raw.close();
    }
    assertEquals((await other.request("PING")).event, "PONG");
  }));

Deno.test("more frames than allowed are refused, then cut off with 4429", () => {
  const at = Date.now();
  return inWorld(async (world) => {
    const client = await world.connect(world.teacher);
    for (let i = 0; i < 300; i++) client.send("PING", {}, i);
    await assertRejects(() => client.request("PING"), Error, "before the close with 4429");
    const errors = client.frames.filter(({ event }) => event === "ERROR");
    assertEquals(errors.map(({ id }) => id), Array.from({ length: 50 }, (_, i) => 200 + i));
    assertEquals(errors[0]?.data, {
      message: "Over 50 frames a second",
      code: "rate_limited",
      event: "PING",
    });
    assertEquals(client.count("PONG"), 200);
  }, { frameRate: 50, hub: { now: () => at } });
});

Deno.test("a burst of 200 frames passes", () => {
  const at = Date.now();
  return inWorld(async (world) => {
    const client = await world.connect(world.teacher);
    for (let i = 0; i < 200; i++) client.send("PING", {}, i);
    await client.next("PONG", ({ id }) => id === 199);
    assertEquals(client.count("PONG"), 200);
  }, { frameRate: 50, hub: { now: () => at } });
});

/** One change whose event is about 300 kB. */
async function largeMark(world: World): Promise<number> {
  const { seq } = await world.attendance.mark(world.teacher, {
    classId: world.classId,
    marks: world.students.map(({ userId }) => ({
      studentId: userId,
      status: "late",
      note: "n".repeat(500),
    })),
    bulk: true,
    source: "http",
  });
  return seq;
}

Deno.test("who does not read is closed with 4408, and nobody else notices", () =>
  inWorld(async (world) => {
    await world.start();
    const reading = await world.connect(world.teacher);
    const token = await world.token(world.teacher);
    const stuck = await rawSocket(world.port, { path: `/ws/?token=${token}` });
    while (world.hub.size < 2) await reading.request("PING");
    let marks = 0;
    while (world.hub.size === 2 && marks < 200) {
      const seq = await largeMark(world);
      await reading.next("ATTENDANCE_MARKED", ({ data }) => data.seq === seq);
      marks += 1;
    }
    assertEquals(world.hub.size, 1);
    const { closed, sockets, waitingBytesMax } = world.hub.stats();
    assertEquals([closed.get(4408), sockets], [1, 2]);
    assert(waitingBytesMax > MAX_BUFFERED_BYTES);
    const seq = await largeMark(world);
    await reading.next("ATTENDANCE_MARKED", ({ data }) => data.seq === seq);
    assertEquals(reading.count("ATTENDANCE_MARKED"), marks + 1);
    // Once it reads again, it finds out.
    assertEquals(closeCodeOf(await stuck.rest()), 4408);
    stuck.close();
  }, { students: 500 }));

Deno.test("after 1,000 disconnects broadcasts still arrive", () =>
  inWorld(async (world) => {
    const watcher = await world.connect(world.teacher);
    const token = await world.token(world.student(0));
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 100 }, async (_, i) => {
        if (i % 2 === 0) {
          const raw = await rawSocket(world.port, { path: `/ws/?token=${token}` });
          raw.close();
          return;
        }
        const client = await world.connect(world.student(0));
        await client.close();
      }));
    }
    await world.start();
    await watcher.next("SESSION_STARTED");
    const late = await world.connect(world.student(0));
    await watcher.request("ATTENDANCE_MARKED", {
      classId: world.classId,
      studentId: world.student(0).userId,
      status: "present",
    });
    await late.next("ATTENDANCE_MARKED");
    await late.close();
    while (world.hub.size > 1) await watcher.request("PING");
    assertEquals(world.hub.size, 1);
  }));
