import { assert, assertEquals } from "@std/assert";
import type { Frame } from "../support/socket.ts";
import { inWorld, type World } from "./world.ts";

const isMark = ({ event }: Frame) => event === "ATTENDANCE_MARKED";

const markOf = (world: World, student: number, status: string, note?: string) => ({
  studentId: String(world.student(student).userId),
  status,
  ...(note === undefined ? {} : { note }),
});

Deno.test("a mark reaches staff and the marked student, and nobody else", () =>
  inWorld(async (world) => {
    const { teacher } = world;
    const classId = String(world.classId);
    const sessionId = await world.start();
    const sender = await world.connect(teacher);
    const colleague = await world.connect(teacher);
    const marked = await world.connect(world.student(0));
    const other = await world.connect(world.student(1));
    const outsider = await world.connect(world.rival);

    const answer = await sender.request("ATTENDANCE_MARKED", {
      classId,
      ...markOf(world, 0, "late", "Bus"),
    });
    const { markedAt, ...data } = answer.data;
    assertEquals(data, {
      classId,
      sessionId,
      studentId: String(world.student(0).userId),
      status: "late",
      note: "Bus",
      markedBy: String(teacher.userId),
      seq: 2,
    });
    assert(markedAt.endsWith("Z"));
    const copy = await colleague.next("ATTENDANCE_MARKED");
    assertEquals(copy, { event: "ATTENDANCE_MARKED", data: answer.data });
    assertEquals(await marked.next("ATTENDANCE_MARKED"), copy);

    for (const client of [other, outsider]) {
      await client.request("PING");
      assertEquals(client.count("ATTENDANCE_MARKED"), 0);
    }
    await sender.request("PING");
    assertEquals(sender.count("ATTENDANCE_MARKED"), 1);
  }));

Deno.test("ids may be numbers; the server sends texts", () =>
  inWorld(async (world) => {
    await world.start();
    const sender = await world.connect(world.teacher);
    const { data } = await sender.request("ATTENDANCE_MARKED", {
      classId: world.classId,
      studentId: world.student(0).userId,
      status: "present",
    });
    assertEquals(data.classId, String(world.classId));
    assertEquals(data.studentId, String(world.student(0).userId));
    assertEquals(data.note, null);
  }));

Deno.test("where the class shows marks, all hear them and only the marked one hears the note", () =>
  inWorld(async (world) => {
    const { classId } = world;
    await world.classes.update(world.teacher, classId, {
      name: undefined,
      teacherId: undefined,
      markVisibility: "class",
    });
    await world.start();
    const sender = await world.connect(world.teacher);
    const marked = await world.connect(world.student(0));
    const other = await world.connect(world.student(1));

    await sender.request("ATTENDANCE_MARKED", { classId, ...markOf(world, 0, "late", "Ill") });
    assertEquals((await marked.next("ATTENDANCE_MARKED")).data.note, "Ill");
    assertEquals((await other.next("ATTENDANCE_MARKED")).data.note, null);

    await sender.request("ATTENDANCE_MARKED", {
      classId,
      marks: [markOf(world, 0, "absent", "Gone"), markOf(world, 1, "present", "Early")],
    });
    const notes = (frame: Frame) => frame.data.marks.map(({ note }: { note: string }) => note);
    assertEquals(notes(await marked.next("ATTENDANCE_MARKED")), ["Gone", null]);
    assertEquals(notes(await other.next("ATTENDANCE_MARKED")), [null, "Early"]);
    const third = await world.connect(world.student(2));
    const { data } = await third.request("SUBSCRIBE", { classId });
    assertEquals(notes({ event: "SNAPSHOT", data }), [null, null]);
    assertEquals(JSON.stringify(other.frames).includes("Gone"), false);
  }));

Deno.test("many marks are one change, broadcast once; a student gets the own one alone", () =>
  inWorld(async (world) => {
    const { classId } = world;
    const sessionId = await world.start();
    const sender = await world.connect(world.teacher);
    const colleague = await world.connect(world.admin);
    await colleague.request("SUBSCRIBE", { classId });
    const marked = await world.connect(world.student(1));
    const unmarked = await world.connect(world.student(2));

    const { data } = await sender.request("ATTENDANCE_MARKED", {
      classId,
      marks: [markOf(world, 0, "present"), markOf(world, 1, "late", "Train")],
    });
    assertEquals(data.seq, 2);
    assertEquals(data.sessionId, sessionId);
    assertEquals(data.marks.map(({ status }: { status: string }) => status), ["present", "late"]);
    assertEquals((await colleague.next("ATTENDANCE_MARKED")).data, data);
    const own = await marked.next("ATTENDANCE_MARKED");
    assertEquals(own.data.marks, undefined);
    assertEquals([own.data.status, own.data.note, own.data.seq], ["late", "Train", 2]);
    await unmarked.request("PING");
    assertEquals(unmarked.count("ATTENDANCE_MARKED"), 0);
  }));

Deno.test("many marks are all stored or none", () =>
  inWorld(async (world) => {
    const { classId, stranger } = world;
    await world.start();
    const sender = await world.connect(world.teacher);
    const { event, data } = await sender.request("ATTENDANCE_MARKED", {
      classId,
      marks: [markOf(world, 0, "present"), { studentId: stranger.userId, status: "present" }],
    });
    assertEquals([event, data.code], ["ERROR", "student_not_enrolled"]);
    const snapshot = await sender.request("SUBSCRIBE", { classId });
    assertEquals(snapshot.data.marks, []);
    assertEquals(snapshot.data.seq, 1);
    assertEquals(sender.count("ATTENDANCE_MARKED"), 0);
  }));

Deno.test("marks sent without waiting are applied in order, each with its own seq", () =>
  inWorld(async (world) => {
    const { classId } = world;
    await world.start();
    const sender = await world.connect(world.teacher);
    const statuses = ["present", "absent", "late", "excused"];
    for (let i = 0; i < 200; i++) {
      sender.send(
        "ATTENDANCE_MARKED",
        { classId, ...markOf(world, i % 3, statuses[i % 4] ?? "") },
        i,
      );
    }
    const snapshot = await sender.request("SUBSCRIBE", { classId });
    const marks = sender.frames.filter(isMark);
    assertEquals(marks.map(({ id }) => id), Array.from({ length: 200 }, (_, i) => i));
    assertEquals(marks.map(({ data }) => data.seq), Array.from({ length: 200 }, (_, i) => i + 2));
    assertEquals(snapshot.data.seq, 201);
  }));

Deno.test("marks of several sockets at once are never lost and number themselves without gaps", () =>
  inWorld(async (world) => {
    const { classId } = world;
    await world.start();
    const senders = await Promise.all(
      Array.from({ length: 5 }, () => world.connect(world.teacher, { batch: true })),
    );
    for (let round = 0; round < 40; round++) {
      for (const [i, sender] of senders.entries()) {
        sender.send("ATTENDANCE_MARKED", { classId, ...markOf(world, i % 3, "present") }, round);
      }
    }
    const watcher = senders[0];
    assert(watcher);
    await watcher.next("ATTENDANCE_MARKED", ({ data }) => data.seq === 201);
    assertEquals(
      watcher.frames.filter(isMark).map(({ data }) => data.seq),
      Array.from({ length: 200 }, (_, i) => i + 2),
    );
  }));

Deno.test("staff get the counts by themselves, after the marks", () =>
  inWorld(async (world) => {
    const { classId } = world;
    await world.start();
    const sender = await world.connect(world.teacher);
    const student = await world.connect(world.student(0));
    sender.send("ATTENDANCE_MARKED", { classId, ...markOf(world, 0, "present") });
    const first = await sender.next("TODAY_SUMMARY");
    assertEquals([first.data.present, first.data.total, first.data.enrolled], [1, 1, 3]);
    sender.send("ATTENDANCE_MARKED", { classId, ...markOf(world, 1, "late") });
    sender.send("ATTENDANCE_MARKED", { classId, ...markOf(world, 2, "late") });
    const latest = await sender.next("TODAY_SUMMARY", ({ data }) => data.seq === 4);
    assertEquals([latest.data.late, latest.data.total], [2, 3]);
    assertEquals(student.count("TODAY_SUMMARY"), 0);
  }));
