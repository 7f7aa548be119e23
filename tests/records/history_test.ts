import { assertEquals } from "@std/assert";
import { PAGE_RECORDS, readSessions } from "../../src/records/history.ts";
import type { HistoryStore } from "../../src/records/store.ts";
import type { StoredSession } from "../../src/sessions/archive.ts";
import { withSchool } from "../support/school.ts";

type Json = Record<string, unknown>;

Deno.test("get-class has totals, and its sessions newest first with every record", async () => {
  await withSchool(async ({ call, teacher, student, classId, session }) => {
    const first = await session({ 0: "present", 1: "late" });
    const second = await session({ 0: "excused" });
    const { body } = await call(teacher, "GET", "/api/class/get-class/Maths/");
    assertEquals([body.data.total_sessions, body.next], [2, null]);
    const [newest, oldest] = body.data.sessions;
    assertEquals([newest.session_id, oldest.session_id], [second, first]);
    const { attendance_records: records, ...counts } = oldest;
    assertEquals(counts, {
      session_id: first,
      date: "2026-11-20T12:01:00.000Z",
      closed_at: "2026-11-20T12:03:00.000Z",
      title: null,
      total_students: 3,
      present_count: 1,
      absent_count: 1,
      late_count: 1,
      excused_count: 0,
    });
    assertEquals(records.map((record: Json) => record["status"]), ["present", "late", "absent"]);
    const { id: recordId, ...record } = records[1];
    assertEquals(typeof recordId, "number");
    assertEquals(record, {
      student: {
        id: student(1).userId,
        username: "student1",
        email: "student1@school.example",
        role: "STUDENT",
        name: "student1",
        number: null,
        sort_name: null,
      },
      status: "late",
      note: null,
      created_at: "2026-11-20T12:03:00.000Z",
    });
    const byId = await call(teacher, "GET", `/api/class/${classId}/`);
    assertEquals(byId.body, body);
  });
});

Deno.test("a student finds only the own records, in every form of history", async () => {
  await withSchool(async ({ call, student, classId, session }) => {
    const sessionId = await session({ 0: "present", 1: "late" });
    const own = [student(1).userId, "late"];
    const seen = (records: { student: { id: number }; status: string }[]) =>
      records.map((record) => [record.student.id, record.status]);
    for (const path of ["/api/class/get-class/Maths/", `/api/class/${classId}/`]) {
      const { body } = await call(student(1), "GET", path);
      assertEquals(seen(body.data.sessions[0].attendance_records), [own]);
      assertEquals(body.data.sessions[0].total_students, 3);
    }
    const list = await call(student(1), "GET", `/api/class/${classId}/sessions/`);
    assertEquals(seen(list.body.data[0].attendance_records), [own]);
    const one = await call(student(1), "GET", `/api/class/${classId}/sessions/${sessionId}/`);
    assertEquals(seen(one.body.data.attendance_records), [own]);
  });
});

Deno.test("sessions are paged without gaps, by name, by id and as a list", async () => {
  await withSchool(async ({ call, teacher, student, classId, session }) => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.unshift(await session({ 0: "present" }));
    for (const actor of [teacher, student(0)]) {
      for (
        const path of [
          "/api/class/get-class/Maths/",
          `/api/class/${classId}/`,
          `/api/class/${classId}/sessions/`,
        ]
      ) {
        const seen: string[] = [];
        let next: string | null = "";
        while (next !== null) {
          const cursor = next === "" ? "" : `&cursor=${next}`;
          const { body } = await call(actor, "GET", `${path}?limit=3${cursor}`);
          const sessions: { session_id: string }[] = body.data.sessions ?? body.data;
          assertEquals(sessions.length <= 3, true);
          seen.push(...sessions.map((one) => one.session_id));
          next = body.next;
        }
        assertEquals(seen, ids);
      }
    }
  });
});

Deno.test("readSessions() ends a page early rather than load a big class's whole history", async () => {
  const sessions: StoredSession[] = Array.from({ length: 5 }, (_, i) => ({
    sessionId: `0b9f1f4e-6a0d-4c58-9a43-2f6f5f0f6a1${i}`,
    classId: 1,
    options: {},
    startedAt: "2026-11-20T12:00:00.000Z",
    startedBy: 1,
    plannedStart: null,
    occurrence: null,
    closedAt: "2026-11-20T12:00:00.000Z",
    closedBy: 1,
    counts: { present: PAGE_RECORDS / 2, absent: 0, late: 0, excused: 0 },
  }));
  await withSchool(async ({ storage, teacher, student }) => {
    const history: HistoryStore = {
      ...storage.history,
      sessions: (_, { limit }) => Promise.resolve(sessions.slice(0, limit)),
    };
    const page = await readSessions(history, teacher, 1, { limit: 5 });
    assertEquals([page.data.length, page.next !== null], [2, true]);
    const own = await readSessions(history, student(0), 1, { limit: 5 });
    assertEquals([own.data.length, own.next], [5, null]);
  });
});

Deno.test("my-attendance has totals over many sessions and sees a running one", async () => {
  await withSchool(
    async ({ call, attendance, teacher, admin, student, stranger, classId, session, tick }) => {
      const mine = (index: number) =>
        call(student(index), "GET", `/api/class/${classId}/my-attendance/`);
      assertEquals((await mine(0)).body.data, {
        classId,
        status: null,
        sessionId: null,
        live: false,
        totals: { present: 0, absent: 0, late: 0, excused: 0, sessions: 0, rate: null },
      });
      await session({ 0: "present" });
      await session({ 0: "late" });
      await session({ 0: "excused" });
      const last = await session({});
      const totals = { present: 1, absent: 1, late: 1, excused: 1, sessions: 4, rate: 0.6667 };
      assertEquals((await mine(0)).body.data, {
        classId,
        status: "absent",
        sessionId: last,
        live: false,
        totals,
      });
      tick();
      const { sessionId } = await attendance.start(teacher, { classId });
      assertEquals((await mine(0)).body.data, {
        classId,
        status: null,
        sessionId,
        live: true,
        totals,
      });
      await attendance.mark(teacher, {
        classId,
        marks: [{ studentId: student(0).userId, status: "present", note: null }],
        bulk: false,
        source: "socket",
      });
      assertEquals((await mine(0)).body.data.status, "present");
      assertEquals((await mine(1)).body.data.status, null);
      await attendance.done(teacher, classId);
      const after = (await mine(0)).body.data;
      assertEquals([after.status, after.live, after.totals.sessions], ["present", false, 5]);
      for (const actor of [teacher, admin, stranger]) {
        assertEquals(
          (await call(actor, "GET", `/api/class/${classId}/my-attendance/`)).status,
          403,
        );
      }
      assertEquals((await call(student(0), "GET", "/api/class/999/my-attendance/")).status, 404);
    },
  );
});

Deno.test("a correction changes the record and the counts, and the trail tells all of it", async () => {
  await withSchool(async ({ call, teacher, admin, student, classId, session, tick }) => {
    const sessionId = await session({ 0: "present" });
    const base = `/api/class/${classId}/sessions/${sessionId}`;
    const record = `${base}/records/${student(1).userId}/`;
    const at = new Date(tick()).toISOString();
    const { body } = await call(admin, "PATCH", record, {
      status: "excused",
      reason: " a note came ",
    });
    assertEquals([body.data.status, body.data.updated_at], ["excused", at]);
    assertEquals(body.data.student.id, student(1).userId);
    const found = await call(teacher, "GET", `${base}/`);
    assertEquals(
      [found.body.data.present_count, found.body.data.absent_count, found.body.data.excused_count],
      [1, 1, 1],
    );
    const mine = await call(student(1), "GET", `/api/class/${classId}/my-attendance/`);
    assertEquals(mine.body.data.status, "excused");

    const trail: Json[] = [];
    for (let next: string | null = ""; next !== null;) {
      const cursor: string = next === "" ? "" : `&cursor=${next}`;
      const page = await call(teacher, "GET", `${base}/changes/?limit=2${cursor}`);
      trail.push(...page.body.data);
      next = page.body.next;
    }
    const told = trail.map(({ student, from, to, by, reason, source }) => [
      (student as { id: number }).id,
      from,
      to,
      (by as { id: number }).id,
      reason,
      source,
    ]);
    assertEquals(told, [
      [student(0).userId, null, "present", teacher.userId, null, "http"],
      [student(1).userId, null, "absent", teacher.userId, null, "close"],
      [student(2).userId, null, "absent", teacher.userId, null, "close"],
      [student(1).userId, "absent", "excused", admin.userId, "a note came", "correction"],
    ]);
    assertEquals(trail.at(-1)?.["at"], at);
  });
});

Deno.test("a correction needs a reason, a status, a record, and staff", async () => {
  await withSchool(
    async ({ call, teacher, rival, student, stranger, classId, classes, session }) => {
      const sessionId = await session({ 0: "present" });
      const path = (session: string, id: number | string) =>
        `/api/class/${classId}/sessions/${session}/records/${id}/`;
      const right = { status: "late", reason: "seen" };
      const own = path(sessionId, student(0).userId);
      for (
        const wrong of [
          { status: "late" },
          { status: "late", reason: "  " },
          { status: "late", reason: "x".repeat(501) },
          { status: "late", reason: "a\nb" },
          { status: "gone", reason: "seen" },
          { reason: "seen" },
        ]
      ) assertEquals((await call(teacher, "PATCH", own, wrong)).status, 400);
      for (const actor of [rival, student(0)]) {
        assertEquals((await call(actor, "PATCH", own, right)).status, 403);
        assertEquals(
          (await call(actor, "GET", `/api/class/${classId}/sessions/${sessionId}/changes/`)).status,
          403,
        );
      }
      const code = async (url: string) => (await call(teacher, "PATCH", url, right)).body.code;
      assertEquals(await code(path(sessionId, stranger.userId)), "record_not_found");
      assertEquals(await code(path(crypto.randomUUID(), student(0).userId)), "session_not_found");
      assertEquals(await code(path("7", student(0).userId)), "invalid_request");
      assertEquals(await code(path(sessionId, "abc")), "invalid_request");
      const other = await classes.create(teacher, { name: "Art", teacherId: undefined });
      assertEquals(
        await code(`/api/class/${other.id}/sessions/${sessionId}/records/${student(0).userId}/`),
        "session_not_found",
      );
      assertEquals(
        (await call(teacher, "GET", `/api/class/${other.id}/sessions/${sessionId}/`)).body.code,
        "session_not_found",
      );
      const upper = path(sessionId.toUpperCase(), student(0).userId);
      assertEquals((await call(teacher, "PATCH", upper, right)).status, 200);
    },
  );
});

Deno.test("history stays with staff after a student left, who may not read it any more", async () => {
  await withSchool(async ({ call, teacher, student, classId, classes, session }) => {
    const sessionId = await session({ 0: "late" });
    await classes.removeStudent(teacher, classId, student(0).userId);
    const path = `/api/class/${classId}/sessions/${sessionId}/`;
    const { body } = await call(teacher, "GET", path);
    assertEquals(body.data.attendance_records[0].student.id, student(0).userId);
    assertEquals((await call(student(0), "GET", path)).status, 403);
    assertEquals((await call(student(0), "GET", `/api/class/${classId}/sessions/`)).status, 403);
    assertEquals((await call(student(1), "GET", path)).body.data.attendance_records.length, 1);
  });
});

Deno.test("history carries ETags", async () => {
  await withSchool(async ({ call, teacher, student, classId, session }) => {
    const sessionId = await session({ 0: "late" });
    const base = `/api/class/${classId}`;
    for (
      const [actor, path] of [
        [teacher, `${base}/`],
        [teacher, "/api/class/get-class/Maths/"],
        [teacher, `${base}/sessions/`],
        [teacher, `${base}/sessions/${sessionId}/`],
        [teacher, `${base}/sessions/${sessionId}/changes/`],
        [student(0), `${base}/my-attendance/`],
      ] as const
    ) {
      const first = await call(actor, "GET", path);
      const etag = first.headers.get("etag") ?? "";
      const again = await call(actor, "GET", path, undefined, { "if-none-match": etag });
      assertEquals([again.status, again.body], [304, null], path);
    }
  });
});
