import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { MarkRequest } from "../../src/sessions/service.ts";
import { AppError } from "../../src/kernel/errors.ts";
import { withSchool } from "../support/school.ts";

const start = "/api/class/start-attendance/";

Deno.test("start-attendance opens a session and takes class_id or classId", async () => {
  await withSchool(async ({ call, admin, teacher, classId, attendance, events }) => {
    const begun = await call(teacher, "POST", start, { class_id: classId, title: " Unit 3 " });
    const { sessionId, startedAt, ...rest } = begun.body.data;
    assertEquals(rest, { classId: `${classId}`, title: "Unit 3", seq: 1 });
    assertMatch(sessionId, /^[0-9a-f-]{36}$/);
    assertEquals(startedAt, "2026-11-20T12:00:00.000Z");
    assertEquals(events.map((event) => event.type), ["started"]);
    const again = await call(teacher, "POST", start, { classId: `${classId}` });
    assertEquals([again.status, again.body.error], [
      409,
      "Active session already exists for this class",
    ]);
    await attendance.done(teacher, classId);
    const second = await call(admin, "POST", start, { classId, other: "ignored" });
    assertEquals([second.status, second.body.data.title], [200, null]);
  });
});

Deno.test("start-attendance refuses who may not, and what is no class", async () => {
  await withSchool(async ({ call, teacher, rival, student, classId, classes, live }) => {
    assertEquals((await call(rival, "POST", start, { classId })).body.code, "forbidden");
    assertEquals((await call(student(0), "POST", start, { classId })).body.code, "forbidden");
    assertEquals((await call(student(0), "POST", start, { classId: 999 })).body.code, "forbidden");
    assertEquals((await call(null, "POST", start, { classId })).status, 401);
    assertEquals(
      (await call(teacher, "POST", start, { classId: 999 })).body.code,
      "class_not_found",
    );
    const bad = await call(teacher, "POST", start, { class_id: "01" });
    assertEquals([bad.status, bad.body.errors[0].path], [400, "class_id"]);
    const missing = await call(teacher, "POST", start, {});
    assertEquals(missing.body.errors, [{ path: "class_id", message: "Class ID required" }]);
    const both = await call(teacher, "POST", start, { class_id: classId, classId: classId + 1 });
    assertEquals(both.status, 400);
    const long = { classId, title: "x".repeat(201) };
    assertEquals((await call(teacher, "POST", start, long)).status, 400);
    assertEquals((await call(teacher, "POST", start, "[".repeat(10_000))).status, 400);
    assertEquals(await live.session(classId), null);
    await classes.archive(teacher, classId);
    assertEquals((await call(teacher, "POST", start, { classId })).body.code, "class_not_found");
  });
});

Deno.test("marks over HTTP are stored, answered as the event has them, and counted", async () => {
  await withSchool(async ({ call, teacher, admin, student, classId, attendance, events, tick }) => {
    const path = `/api/class/${classId}/session/marks/`;
    const marks = [
      { studentId: student(0).userId, status: "present" },
      { studentId: `${student(1).userId}`, status: "late", note: "bus" },
    ];
    assertEquals(
      (await call(teacher, "POST", path, { marks })).body.error,
      "No active attendance session for this class",
    );
    const { sessionId } = await attendance.start(teacher, { classId });
    tick();
    const { body } = await call(teacher, "POST", path, { marks });
    const markedAt = "2026-11-20T12:01:00.000Z";
    const markedBy = `${teacher.userId}`;
    assertEquals(body.data, {
      classId: `${classId}`,
      sessionId,
      seq: 2,
      marks: [
        { studentId: `${student(0).userId}`, status: "present", note: null, markedBy, markedAt },
        { studentId: `${student(1).userId}`, status: "late", note: "bus", markedBy, markedAt },
      ],
    });
    const again = { marks: [{ studentId: student(0).userId, status: "absent" }] };
    assertEquals((await call(admin, "POST", path, again)).body.data.seq, 3);
    assertEquals(events.map((event) => [event.type, event.seq]), [
      ["started", 1],
      ["marked", 2],
      ["marked", 3],
    ]);
    const snapshot = await call(teacher, "GET", `/api/class/${classId}/session/`);
    assertEquals(snapshot.body.data.summary, {
      present: 0,
      absent: 1,
      late: 1,
      excused: 0,
      total: 2,
      enrolled: 3,
    });
    assertEquals([snapshot.body.data.seq, snapshot.body.data.marks.length], [3, 2]);
    assertEquals(snapshot.body.data.session.sessionId, sessionId);
  });
});

Deno.test("a bulk with one wrong student marks nobody", async () => {
  await withSchool(
    async ({ call, teacher, rival, admin, student, stranger, classId, attendance }) => {
      await attendance.start(teacher, { classId });
      const path = `/api/class/${classId}/session/marks/`;
      for (const wrong of [stranger.userId, 999_999, teacher.userId, admin.userId, 2 ** 53 - 1]) {
        const { status, body } = await call(teacher, "POST", path, {
          marks: [
            { studentId: student(0).userId, status: "present" },
            { studentId: wrong, status: "present" },
          ],
        });
        assertEquals([status, body.code], [404, "student_not_enrolled"]);
      }
      const marks = [{ studentId: student(0).userId, status: "present" }];
      assertEquals((await call(rival, "POST", path, { marks })).body.code, "forbidden");
      assertEquals((await call(student(0), "POST", path, { marks })).body.code, "forbidden");
      assertEquals(
        (await call(teacher, "POST", "/api/class/999/session/marks/", { marks })).status,
        404,
      );
      const twice = await call(teacher, "POST", path, { marks: [...marks, ...marks] });
      assertEquals(twice.body.errors, [
        { path: "marks.1.studentId", message: "must not be in the list twice" },
      ]);
      const { summary, seq } = await attendance.snapshot(teacher, classId);
      assertEquals([summary.total, seq], [0, 1]);
    },
  );
});

Deno.test("each refusal comes in its order: role, class, own class, session, enrolment", async () => {
  await withSchool(async ({ attendance, teacher, rival, student, stranger, classId }) => {
    const request = (id: number, studentId: number): MarkRequest & { classId: number } => ({
      classId: id,
      marks: [{ studentId, status: "present", note: null }],
      bulk: false,
      source: "socket",
    });
    const refusal = async (run: Promise<unknown>) =>
      (await assertRejects(() => run, AppError)).message;
    const unknown = request(999, stranger.userId);
    const own = request(classId, stranger.userId);
    assertMatch(await refusal(attendance.mark(student(0), unknown)), /own teacher/);
    assertEquals(await refusal(attendance.mark(rival, unknown)), "Class not found");
    assertMatch(await refusal(attendance.mark(rival, own)), /own teacher/);
    const none = "No active attendance session for this class";
    assertEquals(await refusal(attendance.mark(teacher, own)), none);
    assertEquals(await refusal(attendance.summary(teacher, classId)), none);
    assertEquals(await refusal(attendance.done(teacher, classId)), none);
    assertEquals(await refusal(attendance.cancel(teacher, classId)), none);
    await attendance.start(teacher, { classId });
    assertEquals(
      await refusal(attendance.mark(teacher, own)),
      "Student is not enrolled in this class",
    );
    assertMatch(await refusal(attendance.summary(student(0), 999)), /own teacher/);
    assertMatch(await refusal(attendance.done(student(0), 999)), /own teacher/);
    for (const actor of [teacher, rival]) {
      assertMatch(await refusal(attendance.own(actor, 999)), /Only students/);
    }
    assertEquals(await refusal(attendance.own(student(0), 999)), "Class not found");
    assertMatch(await refusal(attendance.own(stranger, classId)), /enrolled/);
    assertMatch(await refusal(attendance.snapshot(stranger, classId)), /may see this/);
    assertMatch(await refusal(attendance.snapshot(rival, classId)), /may see this/);
    assertMatch(await refusal(attendance.done(rival, classId)), /own teacher/);
  });
});

Deno.test("marks made without awaiting are applied in the order made", async () => {
  await withSchool(async ({ services, attendance, teacher, student, classId }) => {
    await attendance.start(teacher, { classId });
    const pass = await services.admission.admit(teacher, classId, "class_staff");
    const mark = (status: "late" | "present") =>
      services.sessions.mark(pass, {
        marks: [{ studentId: student(0).userId, status, note: null }],
        bulk: false,
        source: "socket",
      });
    const [second, third] = await Promise.all([mark("late"), mark("present")]);
    assertEquals([second.seq, third.seq], [2, 3]);
    assertEquals(await attendance.own(student(0), classId), "present");
  });
});

Deno.test("own() is null without a mark and without a session", async () => {
  await withSchool(async ({ attendance, teacher, student, classId }) => {
    assertEquals(await attendance.own(student(0), classId), null);
    await attendance.start(teacher, { classId });
    assertEquals(await attendance.own(student(0), classId), null);
    await attendance.done(teacher, classId);
    assertEquals(await attendance.own(student(0), classId), null);
  });
});

Deno.test("snapshot() without a session has the class list's size", async () => {
  await withSchool(async ({ attendance, call, teacher, student, classId }) => {
    for (const actor of [teacher, student(0)]) {
      assertEquals(await attendance.snapshot(actor, classId), {
        classId,
        view: actor === teacher ? "staff" : "student",
        session: null,
        marks: [],
        summary: { present: 0, absent: 0, late: 0, excused: 0, total: 0, enrolled: 3 },
        seq: 0,
        markVisibility: "staff",
      });
    }
    const { status, body } = await call(teacher, "GET", `/api/class/${classId}/session/`);
    assertEquals([status, body.code], [404, "no_active_session"]);
    assertEquals((await call(student(0), "GET", `/api/class/${classId}/session/`)).status, 403);
  });
});

Deno.test("snapshot() shows a student the own mark, or all without notes, as the class is set", async () => {
  await withSchool(async ({ attendance, classes, admin, teacher, student, classId }) => {
    await attendance.start(teacher, { classId });
    await attendance.mark(teacher, {
      classId,
      marks: [0, 1].map((i) => ({
        studentId: student(i).userId,
        status: "late" as const,
        note: `note ${i}`,
      })),
      bulk: true,
      source: "socket",
    });
    const seen = async (actor: typeof teacher) =>
      (await attendance.snapshot(actor, classId)).marks.map(({ note }) => note);
    for (const staff of [teacher, admin]) assertEquals(await seen(staff), ["note 0", "note 1"]);
    assertEquals(await seen(student(0)), ["note 0"]);
    assertEquals(await seen(student(2)), []);
    const show = (markVisibility: "class" | "staff") =>
      classes.update(teacher, classId, { name: undefined, teacherId: undefined, markVisibility });
    await show("class");
    assertEquals(await seen(student(0)), ["note 0", null]);
    assertEquals(await seen(student(2)), [null, null]);
    const snapshot = await attendance.snapshot(student(2), classId);
    assertEquals([snapshot.markVisibility, snapshot.summary.late], ["class", 2]);
    await show("staff");
    assertEquals(await seen(student(2)), []);
  });
});

Deno.test("a session that began to show its marks is read again for the student", async () => {
  await withSchool(async ({ attendance, live, teacher, student, classId }) => {
    await attendance.start(teacher, { classId });
    await attendance.mark(teacher, {
      classId,
      marks: [{ studentId: student(0).userId, status: "late", note: "x" }],
      bulk: false,
      source: "socket",
    });
    // As between the two halves of changing the setting.
    await live.updateClass(classId, { markVisibility: "class" });
    const { marks } = await attendance.snapshot(student(1), classId);
    assertEquals(marks.map(({ note }) => note), [null]);
  });
});

Deno.test("cancel leaves nothing but the audit line", async () => {
  await withSchool(async ({ call, db, teacher, rival, student, classId, attendance, events }) => {
    const { sessionId } = await attendance.start(teacher, { classId, title: "Unit 3" });
    await attendance.mark(teacher, {
      classId,
      marks: [{ studentId: student(0).userId, status: "late", note: null }],
      bulk: false,
      source: "socket",
    });
    const path = `/api/class/${classId}/session/`;
    for (const actor of [rival, student(0)]) {
      assertEquals((await call(actor, "DELETE", path)).status, 403);
    }
    const cancelled = await call(teacher, "DELETE", path);
    assertEquals([cancelled.status, cancelled.body], [204, null]);
    assertEquals(events.at(-1)?.type, "cancelled");
    assertEquals(events.at(-1)?.seq, 3);
    assertEquals((await call(teacher, "DELETE", path)).body.code, "no_active_session");
    const { body } = await call(teacher, "GET", `/api/class/${classId}/`);
    assertEquals([body.data.total_sessions, body.data.sessions], [0, []]);
    const mine = await call(student(0), "GET", `/api/class/${classId}/my-attendance/`);
    assertEquals([mine.body.data.status, mine.body.data.totals.sessions], [null, 0]);
    const line = db.get<{ subject: string; detail: string }>("SELECT * FROM audit");
    assertEquals(line?.subject, sessionId);
    assertEquals(JSON.parse(line?.detail ?? "{}"), {
      title: "Unit 3",
      startedAt: "2026-11-20T12:00:00.000Z",
      startedBy: teacher.userId,
      present: 0,
      absent: 0,
      late: 1,
      excused: 0,
    });
  });
});
