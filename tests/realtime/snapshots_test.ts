import { assert, assertEquals } from "@std/assert";
import { AppError } from "../../src/kernel/errors.ts";
import type { SocketClient } from "../support/socket.ts";
import { inWorld, type World } from "./world.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

function sendMark(world: World, sender: SocketClient, i: number): void {
  sender.send("ATTENDANCE_MARKED", {
    classId: world.classId,
    studentId: world.student(i % world.students.length).userId,
    status: i % 2 === 0 ? "present" : "late",
  }, i);
}

/** Follows the rule for clients: after a snapshot the next change is exactly the following one. */
function checkRecovery(client: SocketClient): number {
  let seq: number | null = null;
  for (const { event, data } of client.frames) {
    if (event === "SNAPSHOT") {
      assert(seq === null || data.seq >= seq, "a snapshot is not older than what came before it");
      seq = data.seq;
    } else if (event === "ATTENDANCE_MARKED" && seq !== null) {
      assertEquals(data.seq, seq + 1);
      seq = data.seq;
    }
  }
  return seq ?? -1;
}

Deno.test("SUBSCRIBE answers staff with everything, students with the own mark and the counts", () =>
  inWorld(async (world) => {
    const classId = String(world.classId);
    const sessionId = await world.start();
    const teacher = await world.connect(world.teacher);
    for (let i = 0; i < 2; i++) sendMark(world, teacher, i);
    const { data } = await teacher.request("SUBSCRIBE", { classId });
    const { startedAt, ...session } = data.session;
    assert(startedAt);
    assertEquals(session, {
      sessionId,
      startedBy: String(world.teacher.userId),
      title: null,
      markVisibility: "staff",
    });
    assertEquals(
      data.marks.map(({ status, seq }: { status: string; seq: number }) => [status, seq]),
      [
        ["present", 2],
        ["late", 3],
      ],
    );
    const summary = { present: 1, absent: 0, late: 1, excused: 0, total: 2, enrolled: 3 };
    assertEquals([data.classId, data.seq, data.summary], [classId, 3, summary]);

    const student = await world.connect(world.student(1));
    const own = (await student.request("SUBSCRIBE", { classId })).data;
    assertEquals(own.marks, [data.marks[1]]);
    assertEquals([own.seq, own.summary], [3, summary]);
    const unmarked = await world.connect(world.student(2));
    assertEquals((await unmarked.request("SUBSCRIBE", { classId })).data.marks, []);
  }));

Deno.test("SUBSCRIBE without a session answers an empty snapshot; then events come", () =>
  inWorld(async (world) => {
    const { classId } = world;
    const admin = await world.connect(world.admin);
    const { data } = await admin.request("SUBSCRIBE", { classId });
    assertEquals([data.session, data.marks, data.seq, data.summary.enrolled], [null, [], 0, 3]);
    await world.start();
    assertEquals((await admin.next("SESSION_STARTED")).data.seq, 1);
  }));

Deno.test("after SUBSCRIBE in a stream of marks nothing is missing and nothing comes twice", () =>
  inWorld(async (world) => {
    await world.start();
    const sender = await world.connect(world.teacher);
    const watchers = await Promise.all([
      world.connect(world.admin),
      world.connect(world.admin, { batch: true }),
      world.connect(world.teacher),
    ]);
    for (let i = 0; i < 300; i++) {
      sendMark(world, sender, i);
      if (i % 30 !== 0) continue;
      for (const watcher of watchers) watcher.send("SUBSCRIBE", { classId: world.classId });
      await sender.next("ATTENDANCE_MARKED", ({ id }) => id === i);
    }
    await sender.next("ATTENDANCE_MARKED", ({ id }) => id === 299);
    for (const watcher of watchers) {
      await watcher.request("PING");
      assertEquals(watcher.count("SNAPSHOT"), 10);
      assertEquals(checkRecovery(watcher), 301);
    }
  }, {
    wrap: ({ sessions }) => ({
      sessions: {
        ...sessions,
        // As with a store that is not in this process: marks go on while the answer is on its way.
        async snapshot(pass) {
          await turn();
          const found = await sessions.snapshot(pass);
          for (let i = 0; i < 5; i++) await turn();
          return found;
        },
      },
    }),
  }));

Deno.test("a snapshot from before a start is followed by the start, one from after an end by nothing", () => {
  const reading = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  return inWorld(async (world) => {
    const { classId } = world;
    const watcher = await world.connect(world.teacher);
    watcher.send("SUBSCRIBE", { classId });
    await reading.promise;
    await world.start();
    await world.attendance.done(world.teacher, classId);
    await world.start();
    goOn.resolve();
    await watcher.next("SESSION_STARTED");
    await watcher.next("DONE");
    await watcher.next("SESSION_STARTED");
    assertEquals(watcher.frames.map(({ event }) => event), [
      "CONNECTED",
      "SNAPSHOT",
      "SESSION_STARTED",
      "DONE",
      "SESSION_STARTED",
    ]);
  }, {
    wrap: ({ sessions }) => ({
      sessions: {
        ...sessions,
        async snapshot(pass) {
          const found = await sessions.snapshot(pass);
          reading.resolve();
          await goOn.promise;
          return found;
        },
      },
    }),
  });
});

Deno.test("where a snapshot cannot be read, what was held back is delivered", () => {
  const reading = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  return inWorld(async (world) => {
    await world.start();
    const watcher = await world.connect(world.teacher);
    const sender = await world.connect(world.teacher);
    const answer = watcher.request("SUBSCRIBE", { classId: world.classId });
    await reading.promise;
    sendMark(world, sender, 1);
    await sender.next("ATTENDANCE_MARKED");
    assertEquals(watcher.count("ATTENDANCE_MARKED"), 0);
    goOn.resolve();
    assertEquals((await answer).data.code, "live_unavailable");
    await watcher.next("ATTENDANCE_MARKED");
  }, {
    wrap: ({ sessions }) => ({
      sessions: {
        ...sessions,
        async snapshot() {
          reading.resolve();
          await goOn.promise;
          throw new AppError("live_unavailable");
        },
      },
    }),
  });
});

Deno.test("who is unenrolled while the snapshot is read does not get it", () => {
  const reading = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  return inWorld(async (world) => {
    const { classId } = world;
    const student = world.student(0);
    await world.start();
    const client = await world.connect(student);
    const answer = client.request("SUBSCRIBE", { classId });
    await reading.promise;
    await world.classes.removeStudent(world.teacher, classId, student.userId);
    goOn.resolve();
    assertEquals((await answer).data.code, "forbidden");
    assertEquals(client.count("SNAPSHOT"), 0);
  }, {
    wrap: ({ sessions }) => ({
      sessions: {
        ...sessions,
        async snapshot(pass) {
          const found = await sessions.snapshot(pass);
          reading.resolve();
          await goOn.promise;
          return found;
        },
      },
    }),
  });
});

Deno.test("when events of a class may have been missed, each socket of its room gets a snapshot", () =>
  inWorld(async (world) => {
    await world.start();
    const sender = await world.connect(world.teacher);
    const student = await world.connect(world.student(0));
    const rival = await world.connect(world.rival);
    sendMark(world, sender, 0);
    await student.next("ATTENDANCE_MARKED");
    world.listener.resync(world.classId);
    for (const client of [sender, student]) {
      const { data, id } = await client.next("SNAPSHOT");
      assertEquals([data.seq, data.marks.length, id], [2, 1, undefined]);
    }
    await rival.request("PING");
    assertEquals(rival.count("SNAPSHOT"), 0);
  }));

Deno.test("when all news may have been missed, users, rooms and states are read again", () =>
  inWorld(async (world) => {
    const { classId, storage } = world;
    await world.start();
    const leaving = await world.connect(world.student(0));
    const coming = await world.connect(world.stranger);
    const gone = await world.connect(world.student(1));
    const admin = await world.connect(world.admin);
    await admin.request("SUBSCRIBE", { classId });
    // Behind the services' backs, as if the news had got lost.
    const on = { day: new Date().toISOString().slice(0, 10) };
    await storage.classes.unenrol(classId, world.student(0).userId, on);
    await storage.classes.enrol(classId, [world.stranger.userId], on);
    await storage.users.update(world.student(1).userId, { active: false });
    world.listener.resync(null);
    assertEquals((await gone.closed).code, 4401);
    assertEquals((await coming.next("SNAPSHOT")).data.seq, 1);
    await admin.next("SNAPSHOT", ({ id }) => id === undefined);
    await leaving.request("PING");
    assertEquals(leaving.count("SNAPSHOT"), 0);
    await world.attendance.summary(world.teacher, classId);
    await coming.next("TODAY_SUMMARY");
    await leaving.request("PING");
    assertEquals(leaving.count("TODAY_SUMMARY"), 0);
  }));
