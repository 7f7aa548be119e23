import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../src/kernel/errors.ts";
import type { Storage } from "../../src/adapters/storage.ts";
import { type School, withSchool } from "../support/school.ts";

/** A real storage whose next saves fail as often as `failures.left` says. */
function failing(failures: { left: number }): (storage: Storage) => Storage {
  return (storage) => ({
    ...storage,
    history: {
      ...storage.history,
      saveSession: (closed) =>
        failures.left-- > 0
          ? Promise.reject(new AppError("storage_unavailable"))
          : storage.history.saveSession(closed),
    },
  });
}

/** A real storage that waits with each save until it is let go. */
function held(gate: { entered: PromiseWithResolvers<void>; open: PromiseWithResolvers<void> }) {
  return (storage: Storage): Storage => ({
    ...storage,
    history: {
      ...storage.history,
      saveSession: async (closed) => {
        gate.entered.resolve();
        await gate.open.promise;
        return await storage.history.saveSession(closed);
      },
    },
  });
}

const newGate = () => ({
  entered: Promise.withResolvers<void>(),
  open: Promise.withResolvers<void>(),
});

const markFirst = ({ attendance, teacher, student, classId }: School) =>
  attendance.mark(teacher, {
    classId,
    marks: [{ studentId: student(0).userId, status: "late", note: "bus" }],
    bulk: false,
    source: "socket",
  });

const codeOf = async (run: Promise<unknown>) => (await assertRejects(() => run, AppError)).code;

const count = ({ db }: School, table: string) =>
  db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n;

Deno.test("done persists everything, marks the rest absent and answers with the totals", async () => {
  await withSchool(async (school) => {
    const { call, admin, teacher, student, classId, attendance, events, tick } = school;
    const { sessionId } = await attendance.start(teacher, { classId });
    await markFirst(school);
    tick();
    const done = await call(admin, "POST", `/api/class/${classId}/session/done/`);
    assertEquals(done.body.data, {
      classId: `${classId}`,
      sessionId,
      message: "Attendance persisted",
      present: 0,
      absent: 2,
      late: 1,
      excused: 0,
      total: 3,
      seq: 3,
    });
    assertEquals(events.map(({ type, seq }) => [type, seq]), [
      ["started", 1],
      ["marked", 2],
      ["done", 3],
    ]);
    const { body } = await call(teacher, "GET", `/api/class/${classId}/sessions/${sessionId}/`);
    assertEquals(body.data.total_students, 3);
    assertEquals(
      body.data.attendance_records.map((
        record: { student: { id: number }; status: string; note: string | null },
      ) => [record.student.id, record.status, record.note]),
      [
        [student(0).userId, "late", "bus"],
        [student(1).userId, "absent", null],
        [student(2).userId, "absent", null],
      ],
    );
    assertEquals(
      (await call(teacher, "POST", `/api/class/${classId}/session/done/`)).body.code,
      "no_active_session",
    );
  });
});

Deno.test("of two closes at once one wins, the other is told there is no session", async () => {
  await withSchool(async (school) => {
    const { call, teacher, admin, classId, attendance } = school;
    await attendance.start(teacher, { classId });
    const all = await Promise.all(
      [teacher, admin, teacher, admin].map((actor) =>
        call(actor, "POST", `/api/class/${classId}/session/done/`)
      ),
    );
    assertEquals(all.map((one) => one.status).sort(), [200, 404, 404, 404]);
    assertEquals(count(school, "sessions"), 1);
    assertEquals(count(school, "records"), 3);
  });
});

Deno.test("a cancel and a close at once: one of them happens", async () => {
  for (const first of ["done", "cancel"] as const) {
    await withSchool(async (school) => {
      const { teacher, classId, attendance, events } = school;
      await attendance.start(teacher, { classId });
      const second = first === "done" ? "cancel" : "done";
      const [won, lost] = await Promise.allSettled([
        attendance[first](teacher, classId),
        attendance[second](teacher, classId),
      ]);
      assertEquals([won.status, lost.status], ["fulfilled", "rejected"]);
      assertEquals(count(school, "sessions"), first === "done" ? 1 : 0);
      assertEquals(count(school, "audit"), first === "done" ? 0 : 1);
      assertEquals(events.length, 2);
    });
  }
});

Deno.test("after a failed save the session takes no marks, and the sweep finishes it once", async () => {
  const failures = { left: 1 };
  await withSchool(async (school) => {
    const { call, teacher, student, classId, attendance, events, live } = school;
    await attendance.start(teacher, { classId });
    await markFirst(school);
    const failed = await call(teacher, "POST", `/api/class/${classId}/session/done/`);
    assertEquals([failed.status, failed.body.code], [503, "storage_unavailable"]);
    assertEquals(await codeOf(markFirst(school)), "no_active_session");
    assertEquals(await codeOf(attendance.summary(teacher, classId)), "no_active_session");
    assertEquals((await call(teacher, "GET", `/api/class/${classId}/session/`)).status, 404);
    assertEquals(await attendance.own(student(0), classId), null);
    assertEquals(await live.closing(), [classId]);
    const sweeps = await Promise.all([attendance.sweep(), attendance.sweep()]);
    assertEquals(sweeps.reduce((a, b) => a + b), 1);
    assertEquals(await attendance.sweep(), 0);
    assertEquals(events.filter(({ type }) => type === "done").length, 1);
    assertEquals([count(school, "sessions"), count(school, "records")], [1, 3]);
    assertEquals((await school.storage.classes.byId(classId))?.sessionCount, 1);
  }, { storage: failing(failures) });
});

Deno.test("after a failed save the next done finishes it, with the first one's time", async () => {
  const failures = { left: 2 };
  await withSchool(async (school) => {
    const { teacher, admin, classId, attendance, tick, storage } = school;
    const { sessionId } = await attendance.start(teacher, { classId });
    const closedAt = new Date(tick()).toISOString();
    assertEquals(await codeOf(attendance.done(teacher, classId)), "storage_unavailable");
    tick();
    assertEquals(await codeOf(attendance.sweep()), "storage_unavailable");
    assertEquals((await attendance.done(admin, classId)).totals.absent, 3);
    const saved = await storage.history.session(classId, sessionId);
    assertEquals([saved?.closedAt, saved?.closedBy], [closedAt, teacher.userId]);
  }, { storage: failing(failures) });
});

Deno.test("a start finishes the close that was cut off, then opens a session", async () => {
  const failures = { left: 1 };
  await withSchool(async (school) => {
    const { teacher, classId, attendance, events } = school;
    const first = await attendance.start(teacher, { classId });
    assertEquals(await codeOf(attendance.done(teacher, classId)), "storage_unavailable");
    const starts = await Promise.allSettled(
      Array.from({ length: 4 }, () => attendance.start(teacher, { classId })),
    );
    assertEquals(starts.filter(({ status }) => status === "fulfilled").length, 1);
    assertEquals(events.map(({ type }) => type), ["started", "done", "started"]);
    assertEquals(events[1]?.sessionId, first.sessionId);
    assertEquals(count(school, "sessions"), 1);
  }, { storage: failing(failures) });
});

Deno.test("a start fails while the close that was cut off cannot be finished", async () => {
  const failures = { left: 2 };
  await withSchool(async (school) => {
    const { teacher, classId, attendance } = school;
    await attendance.start(teacher, { classId });
    assertEquals(await codeOf(attendance.done(teacher, classId)), "storage_unavailable");
    assertEquals(await codeOf(attendance.start(teacher, { classId })), "storage_unavailable");
    await attendance.start(teacher, { classId });
    assertEquals(count(school, "sessions"), 1);
  }, { storage: failing(failures) });
});

Deno.test("a start waits for a close in hand, which still answers its caller", async () => {
  const gate = newGate();
  await withSchool(async (school) => {
    const { teacher, classId, attendance, events } = school;
    await attendance.start(teacher, { classId });
    const done = attendance.done(teacher, classId);
    await gate.entered.promise;
    const started = attendance.start(teacher, { classId });
    assertEquals(await attendance.sweep(), 0);
    gate.open.resolve();
    assertEquals((await done).type, "done");
    await started;
    assertEquals(events.map(({ type }) => type), ["started", "done", "started"]);
  }, { storage: held(gate) });
});

Deno.test("a second close never touches the session that was started meanwhile", async () => {
  const gate = newGate();
  await withSchool(async (school) => {
    const { teacher, classId, attendance, live } = school;
    await attendance.start(teacher, { classId });
    const done = attendance.done(teacher, classId);
    await gate.entered.promise;
    const late = codeOf(attendance.done(teacher, classId));
    const started = attendance.start(teacher, { classId });
    gate.open.resolve();
    await done;
    assertEquals(await late, "no_active_session");
    const { sessionId } = await started;
    const running = await live.session(classId);
    assertEquals([running?.sessionId, running?.state], [sessionId, "open"]);
  }, { storage: held(gate) });
});

Deno.test("sweep() leaves a young close to whoever began it, and tries every class", async () => {
  const failures = { left: 2 };
  await withSchool(async (school) => {
    const { teacher, classId, classes, attendance, tick } = school;
    const other = await classes.create(teacher, { name: "Art", teacherId: undefined });
    for (const id of [classId, other.id]) {
      await attendance.start(teacher, { classId: id });
      assertEquals(await codeOf(attendance.done(teacher, id)), "storage_unavailable");
    }
    assertEquals(await attendance.sweep(5000), 0);
    tick(5000);
    failures.left = 1;
    assertEquals(await codeOf(attendance.sweep(5000)), "storage_unavailable");
    assertEquals(count(school, "sessions"), 1);
    assertEquals(await attendance.sweep(5000), 1);
    assertEquals(await attendance.sweep(), 0);
  }, { storage: failing(failures) });
});

Deno.test("marks made while a session closes are either saved or refused", async () => {
  await withSchool(async (school) => {
    const { teacher, students, classId, attendance } = school;
    for (let round = 0; round < 5; round++) {
      const { sessionId } = await attendance.start(teacher, { classId });
      const marks = students.map((student) =>
        attendance.mark(teacher, {
          classId,
          marks: [{ studentId: student.userId, status: "present", note: null }],
          bulk: false,
          source: "socket",
        })
      );
      const [, ...results] = await Promise.allSettled([
        attendance.done(teacher, classId),
        ...marks,
      ]);
      const records = await school.storage.history.recordsOf([sessionId]);
      const present = (records.get(sessionId) ?? []).filter(({ status }) => status === "present");
      const stored = results.flatMap((result) =>
        result.status === "fulfilled" ? result.value.marks.map((mark) => mark.studentId) : []
      );
      assertEquals(new Set(present.map(({ student }) => student.id)), new Set(stored));
    }
  }, { students: 40 });
});
