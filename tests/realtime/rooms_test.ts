import { assertEquals } from "@std/assert";
import { AppError } from "../../src/kernel/errors.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import type { SocketClient } from "../support/socket.ts";
import { inWorld, type World } from "./world.ts";

/** Marks over the service, so that no socket is involved. */
async function mark(world: World, student: Actor, classId = world.classId): Promise<number> {
  const { seq } = await world.attendance.mark(world.admin, {
    classId,
    marks: [{ studentId: student.userId, status: "present", note: null }],
    bulk: false,
    source: "http",
  });
  return seq;
}

/** Whether the client hears of the mark; nobody else may be marking meanwhile. */
async function hears(world: World, client: SocketClient, student: Actor): Promise<boolean> {
  const seq = await mark(world, student);
  await client.request("PING");
  return client.frames.some(({ event, data }) => event === "ATTENDANCE_MARKED" && data.seq === seq);
}

const nextEvent = (client: SocketClient) => client.next("SESSION_STARTED");

Deno.test("a socket is in the rooms of the own classes; admins subscribe by hand", () =>
  inWorld(async (world) => {
    const { classId, rivalClassId } = world;
    const teacher = await world.connect(world.teacher);
    const student = await world.connect(world.student(0));
    const rival = await world.connect(world.rival);
    const admin = await world.connect(world.admin);
    const watching = await world.connect(world.admin);
    await watching.request("SUBSCRIBE", { classId: rivalClassId });
    await world.start();
    await world.attendance.start(world.rival, { classId: rivalClassId });
    for (const client of [teacher, student]) {
      assertEquals((await nextEvent(client)).data.classId, String(classId));
    }
    for (const client of [rival, watching]) {
      assertEquals((await nextEvent(client)).data.classId, String(rivalClassId));
    }
    for (const client of [teacher, student, rival, watching]) {
      await client.request("PING");
      assertEquals(client.count("SESSION_STARTED"), 1);
    }
    await admin.request("PING");
    assertEquals(admin.count("SESSION_STARTED"), 0);
    assertEquals((await admin.request("SUBSCRIBE", { classId })).event, "SNAPSHOT");
    assertEquals(await hears(world, admin, world.student(0)), true);
  }));

Deno.test("enrolling and unenrolling take effect on open sockets", () =>
  inWorld(async (world) => {
    const { classId, stranger, teacher } = world;
    const client = await world.connect(stranger);
    await world.start();
    await client.request("PING");
    assertEquals(client.count("SESSION_STARTED"), 0);

    await world.classes.addStudent(teacher, classId, stranger.userId);
    assertEquals(await hears(world, client, stranger), true);
    assertEquals((await client.request("SUBSCRIBE", { classId })).data.marks.length, 1);

    await world.classes.removeStudent(teacher, classId, stranger.userId);
    await world.attendance.summary(teacher, classId);
    const refused = await client.request("SUBSCRIBE", { classId });
    assertEquals(refused.data.code, "forbidden");
    assertEquals(client.count("TODAY_SUMMARY"), 0);
  }));

Deno.test("who comes to a class while its session runs gets the snapshot, and none before it", () =>
  inWorld(async (world) => {
    const { classId, stranger, teacher } = world;
    const client = await world.connect(stranger);
    await world.classes.addStudent(teacher, classId, stranger.userId);
    await client.request("PING");
    await world.start();
    await client.next("SESSION_STARTED");
    await world.classes.removeStudent(teacher, classId, stranger.userId);
    assertEquals(client.count("SNAPSHOT"), 0);

    await world.classes.addStudent(teacher, classId, stranger.userId);
    const { data } = await client.next("SNAPSHOT");
    assertEquals([data.classId, data.marks, data.seq], [String(classId), [], 1]);
  }));

Deno.test("staff hear at once that the class list of a running session changed", () =>
  inWorld(async (world) => {
    await world.start();
    const client = await world.connect(world.teacher);
    await world.classes.addStudent(world.teacher, world.classId, world.stranger.userId);
    const { data } = await client.next("TODAY_SUMMARY");
    assertEquals([data.enrolled, data.seq], [4, 1]);
  }));

Deno.test("a new class is heard by its teacher's open sockets", () =>
  inWorld(async (world) => {
    const client = await world.connect(world.teacher);
    const made = await world.classes.create(world.teacher, { name: "New", teacherId: undefined });
    await client.request("PING");
    await world.attendance.start(world.teacher, { classId: made.id });
    assertEquals((await nextEvent(client)).data.classId, String(made.id));
  }));

Deno.test("a class that moves to another teacher leaves the one and reaches the other", () =>
  inWorld(async (world) => {
    const { classId, rival } = world;
    const before = await world.connect(world.teacher);
    const after = await world.connect(rival);
    const student = await world.connect(world.student(0));
    await world.classes.update(world.admin, classId, {
      name: undefined,
      markVisibility: undefined,
      teacherId: rival.userId,
    });
    await after.request("PING");
    await world.attendance.start(rival, { classId });
    await nextEvent(after);
    await nextEvent(student);
    await before.request("PING");
    assertEquals(before.count("SESSION_STARTED"), 0);
    assertEquals((await before.request("SUBSCRIBE", { classId })).data.code, "forbidden");
  }));

Deno.test("an archived class has no room", () =>
  inWorld(async (world) => {
    const { classId } = world;
    const client = await world.connect(world.teacher);
    await world.classes.archive(world.teacher, classId);
    assertEquals((await client.request("SUBSCRIBE", { classId })).data.code, "class_not_found");
  }));

Deno.test("a deactivated user's sockets are told and closed", () =>
  inWorld(async (world) => {
    const clients = [await world.connect(world.stranger), await world.connect(world.stranger)];
    const other = await world.connect(world.student(0));
    await world.people.deactivate(world.stranger.userId);
    for (const client of clients) {
      assertEquals((await client.next("ERROR")).data, {
        message: "This account is not active",
        code: "account_inactive",
      });
      assertEquals((await client.closed).code, 4401);
    }
    assertEquals((await other.request("PING")).event, "PONG");
  }));

Deno.test("a frame behind a deactivation does nothing", () =>
  inWorld(async (world) => {
    const second = await world.user("second admin", "ADMIN");
    await world.start();
    const client = await world.connect(second);
    const mine = world.people.deactivate(second.userId);
    client.send("DONE", { classId: world.classId }, "late");
    await mine;
    assertEquals((await client.closed).code, 4401);
    assertEquals((await world.live.session(world.classId))?.state, "open");
  }));

Deno.test("a changed role takes effect on open sockets", () =>
  inWorld(async (world) => {
    const { classId } = world;
    const second = await world.user("second admin", "ADMIN");
    await world.start();
    const client = await world.connect(second);
    await client.request("SUBSCRIBE", { classId });
    assertEquals(await hears(world, client, world.student(0)), true);
    await world.people.update(second.userId, { role: "STUDENT" });
    assertEquals(await hears(world, client, world.student(1)), false);
    const { data } = await client.request("TODAY_SUMMARY", { classId });
    assertEquals(data.message, "Only teachers can request attendance summary");
    await world.classes.addStudent(world.teacher, classId, second.userId);
    assertEquals(await hears(world, client, world.student(1)), false);
    assertEquals(await hears(world, client, second), true);
  }));

Deno.test("a user deactivated while the token is looked at does not get in", () => {
  let looked = 0;
  return inWorld(async (world) => {
    const client = await world.open({ token: await world.token(world.stranger) });
    assertEquals((await client.next("ERROR")).data.code, "account_inactive");
    assertEquals((await client.closed).code, 4401);
    assertEquals(looked, 2);
  }, {
    wrap: ({ auth, people }) => ({
      auth: {
        async authenticateToken(token) {
          looked += 1;
          const found = await auth.authenticateToken(token);
          await people.deactivate(found.actor.userId);
          return found;
        },
      },
    }),
  });
});

Deno.test("an enrolment that ends while the rooms are read leaves no one in the room", () => {
  let reads = 0;
  return inWorld(async (world) => {
    const client = await world.connect(world.student(0));
    assertEquals(reads, 2);
    await world.start();
    await client.request("PING");
    assertEquals(client.count("SESSION_STARTED"), 0);
  }, {
    wrap: ({ classes, acting }) => ({
      classes: {
        teacherOf: classes.teacherOf,
        async roomsOf(actor) {
          reads += 1;
          const found = await classes.roomsOf(actor);
          const [classId] = found;
          if (reads === 1 && classId !== undefined) {
            const teacher: Actor = {
              userId: await classes.teacherOf(classId) ?? 0,
              role: "TEACHER",
            };
            await acting.classes.removeStudent(teacher, classId, actor.userId);
          }
          return found;
        },
      },
    }),
  });
});

Deno.test("CONNECTED comes once events arrive, not before", () => {
  const joined = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  return inWorld(async (world) => {
    const client = await world.open({ token: await world.token(world.teacher) });
    await asked.promise;
    assertEquals(client.frames, []);
    joined.resolve();
    await client.next("CONNECTED");
    await world.start();
    await nextEvent(client);
  }, {
    wrap: ({ live }) => ({
      live: {
        ...live,
        async join(classId) {
          asked.resolve();
          await joined.promise;
          await live.join(classId);
        },
      },
    }),
  });
});

Deno.test("a room that cannot be joined closes its sockets with 1013", () =>
  inWorld(async (world) => {
    const client = await world.open({ token: await world.token(world.teacher) });
    assertEquals((await client.next("ERROR")).data.code, "live_unavailable");
    assertEquals((await client.closed).code, 1013);

    const admin = await world.connect(world.admin);
    const { data } = await admin.request("SUBSCRIBE", { classId: world.classId });
    assertEquals(data.code, "live_unavailable");
    assertEquals((await admin.request("PING")).event, "PONG");

    const enrolled = await world.connect(world.stranger);
    await world.classes.addStudent(world.teacher, world.classId, world.stranger.userId);
    assertEquals((await enrolled.closed).code, 1013);
  }, {
    wrap: ({ live }) => ({
      live: { ...live, join: () => Promise.reject(new AppError("live_unavailable")) },
    }),
  }));

Deno.test("each class is joined with its first socket and left with its last", () => {
  const calls: string[] = [];
  return inWorld(async (world) => {
    const { classId } = world;
    const first = await world.connect(world.teacher);
    const second = await world.connect(world.student(0));
    await first.close();
    assertEquals(calls, [`join ${classId}`]);
    await second.close();
    const admin = await world.connect(world.admin);
    await admin.request("SUBSCRIBE", { classId });
    assertEquals(calls, [`join ${classId}`, `leave ${classId}`, `join ${classId}`]);
  }, {
    wrap: ({ live }) => ({
      live: {
        ...live,
        join(classId) {
          calls.push(`join ${classId}`);
          return live.join(classId);
        },
        leave(classId) {
          calls.push(`leave ${classId}`);
          return live.leave(classId);
        },
      },
    }),
  });
});
