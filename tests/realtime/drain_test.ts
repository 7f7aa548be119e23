import { assertEquals, assertStringIncludes } from "@std/assert";
import { rawSocket } from "../support/raw_socket.ts";
import { manualSchedule } from "./manual_schedule.ts";
import { inWorld } from "./world.ts";

Deno.test("drain() answers what came, closes with 1012 and lets nobody in", () => {
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let marks = 0;
  return inWorld(async (world) => {
    const { classId } = world;
    await world.start();
    const client = await world.connect(world.teacher);
    const idle = await world.connect(world.student(0));
    const unknown = await world.open();
    const studentId = world.student(0).userId;
    for (let id = 1; id <= 3; id++) {
      client.send("ATTENDANCE_MARKED", { classId, studentId, status: "present" }, id);
    }
    await asked.promise;
    const drained = world.hub.drain();
    client.send("PING", {}, 5);
    const refused = await rawSocket(world.port);
    assertEquals(refused.status, 503);
    assertStringIncludes(refused.head, '"code":"shutting_down"');
    refused.close();
    goOn.resolve();
    await drained;
    for (const { closed } of [client, idle, unknown]) assertEquals((await closed).code, 1012);
    const answered = client.frames.filter(({ id }) => id !== undefined);
    assertEquals(answered.map(({ id, event }) => [id, event]), [
      [1, "ATTENDANCE_MARKED"],
      [2, "ATTENDANCE_MARKED"],
      [3, "ATTENDANCE_MARKED"],
    ]);
    assertEquals(idle.count("ATTENDANCE_MARKED"), 3);
    assertEquals(world.hub.size, 0);
  }, {
    wrap: ({ markers }) => ({
      markers: {
        async admit(actor, classId, access) {
          marks += 1;
          if (marks === 3) asked.resolve();
          await goOn.promise;
          return await markers.admit(actor, classId, access);
        },
      },
    }),
  });
});

Deno.test("drain() waits for nobody who does not close", () => {
  const timers = manualSchedule();
  return inWorld(async (world) => {
    const token = await world.token(world.teacher);
    const watcher = await world.connect(world.teacher);
    const stuck = await rawSocket(world.port, { path: `/ws/?token=${token}` });
    while (world.hub.size < 2) await watcher.request("PING");
    const drained = world.hub.drain(1_234);
    assertEquals((await watcher.closed).code, 1012);
    assertEquals(timers.fire(1_234), 1);
    await drained;
    stuck.close();
  }, { hub: { schedule: timers.schedule } });
});

Deno.test("what a client sent before it left is done", () =>
  inWorld(async (world) => {
    const { classId } = world;
    await world.start();
    const watcher = await world.connect(world.teacher);
    const leaving = await world.connect(world.teacher);
    for (let i = 0; i < 30; i++) {
      leaving.send("ATTENDANCE_MARKED", {
        classId,
        studentId: world.student(i % 3).userId,
        status: "present",
      });
    }
    leaving.send("DONE", { classId });
    await leaving.close();
    const { data } = await watcher.next("DONE");
    assertEquals([data.seq, data.present], [32, 3]);
  }));
