/** At the end of the day: the history over HTTP equals what was acknowledged, mark for mark. */
import { assert, assertEquals } from "@std/assert";
import type { ChangeView, SessionView } from "../../../src/records/history.ts";
import { attendanceRate } from "../../../src/records/rates.ts";
import { countMarks, type Ledger, type Mark } from "../../support/ledger.ts";
import type { Person, SchoolApi } from "../../support/school_api.ts";
import type { Taken } from "./lesson.ts";

export async function checkLessons(
  api: SchoolApi,
  teacher: Person,
  { before, lessons, ledger }: {
    /** The class's history as it was in the morning. */
    before: readonly SessionView[];
    lessons: readonly Taken[];
    ledger: Ledger;
  },
): Promise<void> {
  const [{ classId } = { classId: 0 }] = lessons;
  const history = await api.history(teacher, classId);
  const ids = lessons.map(({ sessionId }) => sessionId).reverse();
  assertEquals(history.map((saved) => saved.session_id), [
    ...ids,
    ...before.map((saved) => saved.session_id),
  ]);
  assertEquals(history.slice(lessons.length), [...before], "the past is as it was");

  for (const lesson of lessons) {
    const saved = history.find(({ session_id }) => session_id === lesson.sessionId);
    assert(saved);
    const { attendance_records: records } = saved;
    const marks = ledger.latest(lesson.sessionId);
    const expected = new Map(marks);
    for (const studentId of lesson.roster) {
      if (!marks.has(studentId)) {
        expected.set(studentId, { studentId, status: "absent", note: null });
      }
    }
    const byStudent = (a: Mark, b: Mark) => a.studentId - b.studentId;
    const found = records.map(({ student, status, note }) => ({
      studentId: student.id,
      status,
      note,
    }));
    assertEquals(found.sort(byStudent), [...expected.values()].sort(byStudent), lesson.title);
    assertEquals(saved.title, lesson.title);
    const { present, absent, late, excused } = countMarks(records);
    assertEquals(
      [saved.present_count, saved.absent_count, saved.late_count, saved.excused_count],
      [present, absent, late, excused],
    );
    assertEquals(saved.total_students, records.length);
    checkTrail(await api.trail(teacher, classId, lesson.sessionId), lesson, ledger);
  }
}

/** Every acknowledged mark in its order, and beside them only what was sent again. */
function checkTrail(
  trail: readonly ChangeView[],
  { sessionId, resent }: Taken,
  ledger: Ledger,
): void {
  const lines = trail.filter(({ source }) => source === "socket" || source === "http")
    .map(({ student, to, by }) => `${student.id} ${to} by ${by?.id}`);
  const spare = resent.map(({ studentId, status }) => `${studentId} ${status}`);
  const expected = ledger.changes(sessionId).flatMap(({ marks }) =>
    marks.toSorted((a, b) => a.studentId - b.studentId)
      .map(({ studentId, status, by }) => `${studentId} ${status} by ${by}`)
  );
  let at = 0;
  for (const line of lines) {
    if (line === expected[at]) {
      at++;
      continue;
    }
    const index = spare.findIndex((sent) => line.startsWith(`${sent} by `));
    assert(index !== -1, `nobody sent ${line}, or not here`);
    spare.splice(index, 1);
  }
  assertEquals(at, expected.length, `the trail of ${sessionId} holds all that was acknowledged`);
}

/** A student's own totals are those of the records in the history. */
export async function checkTotals(
  api: SchoolApi,
  student: Person,
  classId: number,
  history: readonly SessionView[],
): Promise<void> {
  const own = await api.myAttendance(student, classId);
  const records = history.flatMap(({ session_id, attendance_records }) =>
    attendance_records.filter((record) => record.student.id === student.id)
      .map(({ status }) => ({ session_id, status }))
  );
  const counts = countMarks(records);
  assertEquals(own, {
    classId,
    live: false,
    status: records[0]?.status ?? null,
    sessionId: records[0]?.session_id ?? null,
    totals: { ...counts, sessions: records.length, rate: attendanceRate(counts) },
  });
  const shown = await api.history(student, classId);
  assertEquals(
    shown.map(({ session_id }) => session_id),
    history.map(({ session_id }) => session_id),
  );
  assertEquals(
    shown.flatMap(({ attendance_records }) =>
      attendance_records.map((record) => record.student.id)
    ),
    records.map(() => student.id),
    "nobody else's records",
  );
}
