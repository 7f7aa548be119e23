import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { attendanceRate } from "../../src/records/rates.ts";
import { closeSession, marksForStudent } from "../../src/sessions/rules.ts";
import { type ChangedTo, countStatuses, STATUSES, totalOf } from "../../src/kernel/status.ts";
import { marksBody } from "../../src/sessions/schema.ts";
import { changeOf } from "../../src/sessions/live_change.ts";
import { markOf } from "../contracts/live/fixture.ts";
import type { ClosingSession, LiveChange, LiveMark } from "../../src/sessions/live_store.ts";

const AT = "2026-11-20T12:00:00.000Z";
const END = "2026-11-20T13:00:00.000Z";

const status = fc.constantFrom(...STATUSES);
const studentId = fc.integer({ min: 1, max: 12 });

/** A session as marking leaves it: the last mark of each student, and the trail of all of them. */
const closing: fc.Arbitrary<ClosingSession> = fc.record({
  roster: fc.uniqueArray(studentId),
  marked: fc.array(fc.record({ studentId, status }), { maxLength: 30 }),
}).map(({ roster, marked }) => {
  const marks = new Map<number, LiveMark>();
  const changes: LiveChange[] = [];
  marked.forEach(({ studentId, status }, index) => {
    const seq = index + 2;
    const from = marks.get(studentId)?.status ?? null;
    const mark = { ...markOf(studentId, status), seq };
    changes.push(changeOf(mark, from));
    marks.set(studentId, mark);
  });
  return {
    session: {
      classId: 3,
      sessionId: "0b9f1f4e-6a0d-4c58-9a43-2f6f5f0f6a11",
      startedAt: AT,
      startedBy: 7,
      plannedStart: null,
      options: {},
      markVisibility: "staff",
      seq: marked.length + 1,
      state: "closing",
    },
    outcome: "done",
    closedBy: 8,
    closedAt: END,
    roster,
    marks: [...marks.values()],
    changes,
  };
});

Deno.test("closeSession() gives everyone marked or on the list one record, the unmarked absent", () => {
  fc.assert(fc.property(closing, (found) => {
    const { closed, totals } = closeSession(found);
    const ids = closed.records.map((record) => record.studentId);
    const expected = new Set([...found.roster, ...found.marks.map((mark) => mark.studentId)]);
    assertEquals(ids.length, expected.size);
    assertEquals(new Set(ids), expected);
    for (const record of closed.records) {
      const mark = found.marks.find((one) => one.studentId === record.studentId);
      const { status, markedBy, markedAt, ...rest } = record;
      if (mark) assertEquals({ ...record, seq: mark.seq }, mark);
      else assertEquals([status, markedBy, markedAt, rest.source], ["absent", 8, END, "close"]);
    }
    assertEquals(totals.total, closed.records.length);
    assertEquals(totalOf(totals), totals.total);
    assertEquals(totals.enrolled, found.roster.length);
    assertEquals(countStatuses(closed.records.map((record) => record.status)), {
      present: totals.present,
      absent: totals.absent,
      late: totals.late,
      excused: totals.excused,
    });
  }));
});

Deno.test("closeSession() leaves a trail that leads to each record, step by step", () => {
  fc.assert(fc.property(closing, (found) => {
    const { closed } = closeSession(found);
    const now = new Map<number, ChangedTo>();
    for (const { studentId, from, to, source } of closed.changes) {
      assertEquals(from, now.get(studentId) ?? null);
      if (source === "close") assertEquals([from, to], [null, "absent"]);
      now.set(studentId, to);
    }
    assertEquals(
      now,
      new Map(closed.records.map(({ studentId, status }) => [studentId, status])),
    );
  }));
});

Deno.test("attendanceRate() counts present and late against absent, and leaves excused out", () => {
  const rate = (present: number, absent: number, late: number, excused: number) =>
    attendanceRate({ present, absent, late, excused });
  assertEquals(rate(0, 0, 0, 0), null);
  assertEquals(rate(0, 0, 0, 5), null);
  assertEquals(rate(1, 1, 1, 9), 0.6667);
  assertEquals(rate(0, 3, 0, 0), 0);
  assertEquals(rate(2, 0, 1, 0), 1);
});

Deno.test("attendanceRate() stays from 0 to 1 with at most four digits", () => {
  const count = fc.integer({ min: 0, max: 100_000 });
  fc.assert(
    fc.property(count, count, count, count, (present, absent, late, excused) => {
      const rate = attendanceRate({ present, absent, late, excused });
      assertEquals(rate === null, present + late + absent === 0);
      if (rate === null) return;
      assert(rate >= 0 && rate <= 1);
      assertEquals(rate, Number(rate.toFixed(4)));
    }),
  );
});

Deno.test("marksForStudent() shows the own mark whole, and others without note where allowed", () => {
  const mark = (studentId: number): LiveMark => (
    { ...markOf(studentId, "late", { note: "bus" }), seq: 2 }
  );
  assertEquals(marksForStudent([mark(1), mark(2)], 2, "staff"), [mark(2)]);
  assertEquals(marksForStudent([mark(1), mark(2)], 2, "class"), [
    { ...mark(1), note: null },
    mark(2),
  ]);
  assertEquals(marksForStudent([mark(1)], 2, "staff"), []);
});

Deno.test("marksBody takes 1 to 5000 marks, no student twice", () => {
  const marks = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ studentId: i + 1, status: "present" }));
  assertEquals(marksBody.parse({ marks: marks(5000) }).marks.length, 5000);
  const wrong: unknown[] = [
    [],
    marks(5001),
    [...marks(2), { studentId: "2", status: "late" }],
    [{ studentId: 1 }],
    [{ status: "late" }],
    [{ studentId: 1, status: "PRESENT" }],
    [{ studentId: "01", status: "late" }],
    [{ studentId: 1, status: "late", note: "x".repeat(501) }],
    [{ studentId: 1, status: "late", note: "two\nlines" }],
    [{ studentId: 1, status: "late", note: 7 }],
    { 0: { studentId: 1, status: "late" } },
    "x",
  ];
  for (const one of wrong) assertEquals(marksBody.safeParse({ marks: one }).success, false);
  assertEquals(
    marksBody.parse({ marks: [{ studentId: "7", status: "late", note: "  " }] }).marks,
    [{ studentId: 7, status: "late", note: null }],
  );
});
