/** The rules of a session: pure functions, no I/O. */
import type { MarkVisibility } from "../classes/visibility.ts";
import { countStatuses, type Summary } from "../kernel/status.ts";
import type { ClosedSession } from "./archive.ts";
import type { ClosingSession, LiveMark } from "./live_store.ts";
import { occurrenceOf } from "./options.ts";

/** The fields of a mark that no client named and nobody saw. */
const NO_CLIENT = { markId: null, clientTime: null, flags: [] };
const NOTHING_SEEN = { ...NO_CLIENT, note: null, firstSeen: null, lastSeen: null, code: null };

/**
 * What a closing session becomes in history: every mark a record, also of a student who has left
 * since, and every student on the list without one absent.
 */
export function closeSession(
  { session, roster, marks, changes, closedBy, closedAt, journal }: ClosingSession,
): { closed: ClosedSession; totals: Summary } {
  const marked = new Set(marks.map((mark) => mark.studentId));
  const unmarked = roster.filter((studentId) => !marked.has(studentId));
  const records = [
    ...marks.map(({ seq: _, ...mark }) => mark),
    ...unmarked.map((studentId) => ({
      ...NOTHING_SEEN,
      studentId,
      status: "absent" as const,
      markedBy: closedBy,
      markedAt: closedAt,
      source: "close" as const,
    })),
  ];
  return {
    closed: {
      sessionId: session.sessionId,
      classId: session.classId,
      options: session.options,
      startedAt: session.startedAt,
      startedBy: session.startedBy,
      plannedStart: session.plannedStart,
      closedAt,
      closedBy,
      occurrence: occurrenceOf(session.options),
      records,
      changes: [
        ...changes.map(({ seq: _, ...change }) => change),
        ...unmarked.map((studentId) => ({
          ...NO_CLIENT,
          studentId,
          from: null,
          to: "absent" as const,
          by: closedBy,
          at: closedAt,
          source: "close" as const,
        })),
      ],
      ...(journal ? { journal } : {}),
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
