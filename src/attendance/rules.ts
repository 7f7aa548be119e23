/** The rules of attendance: pure functions, no I/O. */
import type { ClosingSession, LiveMark } from "../live/live_store.ts";
import type { ClosedSession } from "../storage/storage.ts";
import { type Counts, type MarkVisibility, type Status, STATUSES, type Summary } from "./schema.ts";

/** How often each status occurs. */
export function countStatuses(statuses: Iterable<Status>): Record<Status, number> {
  const counts = { present: 0, absent: 0, late: 0, excused: 0 };
  for (const status of statuses) counts[status]++;
  return counts;
}

export const totalOf = (counts: Counts): number =>
  STATUSES.reduce((sum, status) => sum + counts[status], 0);

/**
 * The share of sessions attended, 0–1 to four digits: present and late over those and absent.
 * Excused sessions don't count either way. Null where no session counts.
 */
export function attendanceRate(counts: Counts): number | null {
  const attended = counts.present + counts.late;
  const counted = attended + counts.absent;
  return counted === 0 ? null : Math.round((attended / counted) * 10_000) / 10_000;
}

/**
 * What a closing session becomes in history: every mark a record, also of a student who has left
 * since, and every student on the list without one absent.
 */
export function closeSession(
  { session, roster, marks, changes, closedBy, closedAt, epoch }: ClosingSession,
): { closed: ClosedSession; totals: Summary } {
  const marked = new Set(marks.map((mark) => mark.studentId));
  const unmarked = roster.filter((studentId) => !marked.has(studentId));
  const records = [
    ...marks.map(({ studentId, status, note, markedBy, markedAt }) => (
      { studentId, status, note, markedBy, markedAt }
    )),
    ...unmarked.map((studentId) => ({
      studentId,
      status: "absent" as const,
      note: null,
      markedBy: closedBy,
      markedAt: closedAt,
    })),
  ];
  return {
    closed: {
      sessionId: session.sessionId,
      classId: session.classId,
      title: session.title,
      startedAt: session.startedAt,
      startedBy: session.startedBy,
      closedAt,
      closedBy,
      records,
      changes: [
        ...changes.map(({ studentId, from, to, by, at, source }) => (
          { studentId, from, to, by, at, source }
        )),
        ...unmarked.map((studentId) => ({
          studentId,
          from: null,
          to: "absent" as const,
          by: closedBy,
          at: closedAt,
          source: "close" as const,
        })),
      ],
      ...(epoch === undefined ? {} : { epoch }),
    },
    totals: {
      ...countStatuses(records.map((record) => record.status)),
      total: records.length,
      enrolled: roster.length,
    },
  };
}

/** The marks a student may see: the own one, or all where the class shows them, notes left out. */
export function marksForStudent(
  marks: readonly LiveMark[],
  studentId: number,
  visibility: MarkVisibility,
): LiveMark[] {
  const shown = visibility === "class"
    ? marks
    : marks.filter((mark) => mark.studentId === studentId);
  return shown.map((mark) => mark.studentId === studentId ? mark : { ...mark, note: null });
}
