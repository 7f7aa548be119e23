import { assert, assertEquals } from "@std/assert";
import { MAX_BUFFERED_BYTES } from "../../src/realtime/outbox.ts";
import { MAX_FRAME_BYTES } from "../../src/realtime/protocol/client_frames.ts";
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

    const wide = await world.connect(world.teacher);
    wide.sendRaw(JSON.stringify({ event: "PING", data: { pad: "漢".repeat(30_000) } }));
    assertEquals((await wide.closed).code, 1009);

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

Deno.test("nonsense gets an error and changes nothing", () =>
  inWorld(async (world) => {
    const client = await world.connect(world.teacher);
    const deep = 20_000;
    const cases: [string, string, string?][] = [
      ["", "invalid_json", "Invalid JSON format"],
      ["{", "invalid_json", "Invalid JSON format"],
      ["{'event':'PING'}", "invalid_json", "Invalid JSON format"],
      ["null", "invalid_json", "Invalid JSON format"],
      ["7", "invalid_json", "Invalid JSON format"],
      ['"PING"', "invalid_json", "Invalid JSON format"],
      ['[{"event":"PING"}]', "invalid_json", "Invalid JSON format"],
      ["[".repeat(deep) + "]".repeat(deep), "invalid_json", "Invalid JSON format"],
      ["{}", "invalid_request"],
      ['{"event":7}', "invalid_request"],
      ['{"__proto__":{"event":"PING"}}', "invalid_request"],
      ['{"event":"HELLO"}', "unknown_event", "Unknown event: HELLO"],
      ['{"event":"ping"}', "unknown_event", "Unknown event: ping"],
      ['{"event":""}', "unknown_event", "Unknown event: "],
      ['{"event":"__proto__"}', "unknown_event", "Unknown event: __proto__"],
      ['{"event":"constructor"}', "unknown_event", "Unknown event: constructor"],
      ['{"event":"toString"}', "unknown_event", "Unknown event: toString"],
      ['{"event":"\\ud800"}', "unknown_event", "Unknown event: \ufffd"],
      [`{"event":"${"x".repeat(10_000)}"}`, "unknown_event", `Unknown event: ${"x".repeat(64)}`],
      ['{"event":"PING","data":[]}', "invalid_request", "data: must be an object"],
      ['{"event":"PING","data":"x"}', "invalid_request", "data: must be an object"],
      ['{"event":"PING","id":{}}', "invalid_request"],
      ['{"event":"PING","id":true}', "invalid_request"],
      ['{"event":"PING","id":1e999}', "invalid_request"],
      [`{"event":"PING","id":"${"x".repeat(257)}"}`, "invalid_request"],
      [
        `{"event":"DONE","data":${'{"a":'.repeat(deep / 2)}1${"}".repeat(deep / 2)}}`,
        "invalid_request",
        "Class ID required",
      ],
      [
        '{"event":"DONE","data":{"__proto__":{"classId":1}}}',
        "invalid_request",
        "Class ID required",
      ],
      ['{"event":"DONE","data":null}', "invalid_request", "Class ID required"],
    ];
    for (const [text, code, message] of cases) {
      client.sendRaw(text);
      const { data } = await client.next("ERROR");
      assertEquals([text.slice(0, 60), data.code], [text.slice(0, 60), code]);
      if (message !== undefined) assertEquals(data.message, message);
    }
    // Ids that are unusual and yet ids.
    for (const id of [0, -1, 1.5, "", 'ü\n"', "x".repeat(256)]) {
      client.send("HELLO", {}, id);
      assertEquals((await client.next("ERROR")).id, id);
    }
    assertEquals((await client.request("PING")).event, "PONG");
    assertEquals(client.frames.filter(({ event }) => event === "PONG").length, 1);
  }));

Deno.test("text that is not UTF-8 ends that connection and no other", () =>
  inWorld(async (world) => {
    const other = await world.connect(world.teacher);
    const token = await world.token(world.teacher);
    const raw = await rawSocket(world.port, { path: `/ws/?token=${token}` });
    await raw.frame(TEXT, new Uint8Array([0x22, 0xff, 0xfe, 0x22]));
    await raw.rest();
    raw.close();
    assertEquals((await other.request("PING")).event, "PONG");
  }));

Deno.test("more frames than allowed are refused, then cut off with 4429", () => {
  const at = Date.now();
  return inWorld(async (world) => {
    const client = await world.connect(world.teacher);
    for (let i = 0; i < 300; i++) client.send("PING", {}, i);
    assertEquals((await client.closed).code, 4429);
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
