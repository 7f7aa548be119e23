import { assertEquals } from "@std/assert";
import type { SocketClient } from "../support/socket.ts";
import { inWorld } from "./world.ts";

const answersTo = (client: SocketClient, id: string | number) =>
  client.frames.filter((frame) => frame.id === id);

Deno.test("exactly one frame carries the id: in the room, outside it, and in an error", () =>
  inWorld(async (world) => {
    const { classId } = world;
    await world.start();
    const inside = await world.connect(world.teacher);
    const outside = await world.connect(world.admin);
    const watcher = await world.connect(world.teacher);
    const mark = { classId, studentId: world.student(0).userId, status: "present" };

    for (const client of [inside, outside]) {
      client.send("ATTENDANCE_MARKED", mark, 7);
      client.send("ATTENDANCE_MARKED", { ...mark, studentId: 999_999 }, "wrong");
      client.send("TODAY_SUMMARY", { classId }, "counts");
      client.send("SUBSCRIBE", { classId }, "");
      await client.request("PING");
      assertEquals(answersTo(client, 7).map(({ event }) => event), ["ATTENDANCE_MARKED"]);
      assertEquals(answersTo(client, "wrong").map(({ data }) => data.code), [
        "student_not_enrolled",
      ]);
      assertEquals(answersTo(client, "counts").map(({ event }) => event), ["TODAY_SUMMARY"]);
      assertEquals(answersTo(client, "").map(({ event }) => event), ["SNAPSHOT"]);
    }
    outside.send("DONE", { classId }, "end");
    await watcher.next("DONE");
    await outside.next("DONE");
    assertEquals(answersTo(outside, "end").length, 1);
    assertEquals(watcher.frames.filter(({ id }) => id !== undefined), []);
  }));

Deno.test("a sender outside the room without an id is answered too, once", () =>
  inWorld(async (world) => {
    const { classId } = world;
    await world.start();
    const admin = await world.connect(world.admin);
    admin.send("ATTENDANCE_MARKED", {
      classId,
      studentId: world.student(0).userId,
      status: "present",
    });
    await admin.next("ATTENDANCE_MARKED");
    await admin.request("PING");
    assertEquals(admin.count("ATTENDANCE_MARKED"), 1);
  }));

Deno.test("TODAY_SUMMARY on request reaches the whole room", () =>
  inWorld(async (world) => {
    const { classId } = world;
    const sessionId = await world.start();
    const teacher = await world.connect(world.teacher);
    const student = await world.connect(world.student(0));
    const { data } = await teacher.request("TODAY_SUMMARY", { classId });
    assertEquals(data, {
      classId: String(classId),
      sessionId,
      ...{ present: 0, absent: 0, late: 0, excused: 0, total: 0, enrolled: 3, seq: 1 },
    });
    assertEquals((await student.next("TODAY_SUMMARY")).data, data);
  }));

Deno.test("MY_ATTENDANCE tells a student the own status", () =>
  inWorld(async (world) => {
    const classId = String(world.classId);
    const student = await world.connect(world.student(0));
    const ask = async () => (await student.request("MY_ATTENDANCE", { classId })).data;
    assertEquals(await ask(), { classId, status: "not yet updated" });
    await world.start();
    assertEquals(await ask(), { classId, status: "not yet updated" });
    const teacher = await world.connect(world.teacher);
    await teacher.request("ATTENDANCE_MARKED", {
      classId,
      studentId: world.student(0).userId,
      status: "excused",
    });
    assertEquals(await ask(), { classId, status: "excused" });
  }));

Deno.test("DONE closes, counts the unmarked as absent, and tells the room", () =>
  inWorld(async (world) => {
    const { classId } = world;
    const sessionId = await world.start();
    const teacher = await world.connect(world.teacher);
    const student = await world.connect(world.student(1));
    await teacher.request("ATTENDANCE_MARKED", {
      classId,
      studentId: world.student(0).userId,
      status: "present",
    });
    const { data } = await teacher.request("DONE", { classId });
    assertEquals(data, {
      classId: String(classId),
      sessionId,
      message: "Attendance persisted",
      ...{ present: 1, absent: 2, late: 0, excused: 0, total: 3, seq: 3 },
    });
    assertEquals((await student.next("DONE")).data, data);
    const again = await teacher.request("DONE", { classId });
    assertEquals(again.data.message, "No active attendance session for this class");
    assertEquals([teacher.count("DONE"), student.count("DONE")], [1, 1]);
    assertEquals((await world.storage.history.session(classId, sessionId))?.counts.absent, 2);
  }));

Deno.test("the room hears a session start and be cancelled", () =>
  inWorld(async (world) => {
    const classId = String(world.classId);
    const student = await world.connect(world.student(0));
    const teacher = await world.connect(world.teacher);
    const started = await world.attendance.start(world.teacher, {
      classId: world.classId,
      title: "Lab",
    });
    const { data } = await student.next("SESSION_STARTED");
    assertEquals(data, {
      classId,
      sessionId: started.sessionId,
      startedAt: started.startedAt,
      title: "Lab",
      markVisibility: "staff",
      seq: 1,
    });
    assertEquals((await teacher.next("SESSION_STARTED")).data, data);
    await world.attendance.cancel(world.teacher, world.classId);
    const cancelled = { classId, sessionId: started.sessionId, seq: 2 };
    assertEquals((await student.next("SESSION_CANCELLED")).data, cancelled);
    assertEquals((await teacher.next("SESSION_CANCELLED")).data, cancelled);
  }));

Deno.test("PING answers with the server's time", () =>
  inWorld(async (world) => {
    const client = await world.connect(world.stranger);
    const { event, data } = await client.request("PING");
    assertEquals(event, "PONG");
    assertEquals(new Date(data.serverTime).toISOString(), data.serverTime);
  }));

Deno.test("a batching client gets the frames of one turn as one array, others never do", () =>
  inWorld(async (world) => {
    const { classId } = world;
    await world.start();
    const batching = await world.connect(world.teacher, { batch: true });
    const plain = await world.connect(world.teacher);
    for (let i = 0; i < 20; i++) {
      plain.send("ATTENDANCE_MARKED", {
        classId,
        studentId: world.student(i % 3).userId,
        status: "present",
      });
    }
    for (const client of [batching, plain]) {
      await client.next("ATTENDANCE_MARKED", ({ data }) => data.seq === 21);
    }
    const marks = (client: SocketClient) =>
      client.frames.filter(({ event }) => event === "ATTENDANCE_MARKED");
    assertEquals(marks(batching), marks(plain));
    assertEquals(plain.messages.some((message) => message.startsWith("[")), false);
    assertEquals(batching.messages.some((message) => message.startsWith("[")), true);
    // A lone frame is a plain object for everyone.
    const before = batching.messages.length;
    await batching.request("PING");
    assertEquals(batching.messages.slice(before).map((m) => m.startsWith("{")), [true]);
  }));
