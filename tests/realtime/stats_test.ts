import { assertEquals } from "@std/assert";
import { Joiner } from "../../src/realtime/outbox.ts";
import { inWorld } from "./world.ts";

Deno.test("stats() counts sockets, signed in or not, rooms and closes", () =>
  inWorld(async (world) => {
    const none = world.hub.stats();
    assertEquals([none.sockets, none.signedIn, none.rooms, none.opened], [0, 0, 0, 0]);
    const teacher = await world.connect(world.teacher);
    const student = await world.connect(world.student(0));
    const rival = await world.connect(world.rival);
    const waiting = await world.open();
    const { sockets, signedIn, rooms } = world.hub.stats();
    assertEquals([sockets, signedIn, rooms], [4, 3, 2]);
    await rival.close();
    waiting.send("PING");
    assertEquals((await waiting.closed).code, 4401);
    await student.request("PING");
    const after = world.hub.stats();
    assertEquals([after.signedIn, after.rooms, after.opened], [2, 1, 4]);
    assertEquals([...after.closed.keys()].filter((code) => code >= 4000), [4401]);
    assertEquals([...after.closed.values()], [1, 1]);
    await teacher.close();
  }));

Deno.test("stats() counts each frame that a socket was given", () =>
  inWorld(async (world) => {
    const teacher = await world.connect(world.teacher);
    const other = await world.connect(world.teacher);
    const { sentFrames } = world.hub.stats();
    assertEquals(sentFrames, 2);
    await teacher.request("PING");
    await world.start();
    await other.next("SESSION_STARTED");
    await teacher.next("SESSION_STARTED");
    assertEquals(world.hub.stats().sentFrames, teacher.frames.length + other.frames.length);
    assertEquals(world.hub.stats().waitingFrames, 0);
  }));

Deno.test("Joiner counts frames and the messages in which they leave", () => {
  const joiner = new Joiner();
  const socket = { bufferedAmount: 0, send() {}, close() {} };
  const [batching, plain] = [true, false].map((batch) =>
    joiner.open({ socket, batch, onSlow() {} })
  );
  for (const outbox of [batching, plain]) {
    for (const frame of ["1", "2", "3"]) outbox?.push(frame);
    outbox?.flush();
  }
  assertEquals([joiner.sentFrames, joiner.sentMessages], [6, 4]);
});
