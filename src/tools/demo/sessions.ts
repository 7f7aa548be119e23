/** A past session as it goes into history, made by the same rule that closes a live one. */
import { closeSession } from "../../sessions/rules.ts";
import { changeOf } from "../../sessions/live_change.ts";
import type { LiveMark } from "../../sessions/live_store.ts";
import type { ClosedSession } from "../../sessions/archive.ts";
import type { Outcome } from "./patterns.ts";

const MINUTE_MS = 60_000;
/** What a teacher needs for one student. */
const MARK_MS = 4_000;

export function pastSession(
  { classId, teacherId, sessionId, title, startsAtMs, outcomes }: {
    classId: number;
    teacherId: number;
    sessionId: string;
    title: string | null;
    startsAtMs: number;
    /** By student id, in the order in which the names are called. */
    outcomes: ReadonlyMap<number, Outcome>;
  },
): ClosedSession {
  const iso = (offsetMs: number) => new Date(startsAtMs + offsetMs).toISOString();
  const marks: LiveMark[] = [];
  for (const [studentId, { status, note, unmarked }] of outcomes) {
    if (unmarked) continue;
    // Who is late is marked on arrival, after the roll was called.
    const called = marks.length * MARK_MS;
    const arrived = status === "late" ? 5 * MINUTE_MS : 0;
    marks.push({
      studentId,
      status,
      note,
      markedBy: teacherId,
      markedAt: iso(called + arrived),
      source: "socket",
      markId: null,
      clientTime: null,
      flags: [],
      firstSeen: null,
      lastSeen: null,
      code: null,
      seq: marks.length + 2,
    });
  }
  return closeSession({
    session: {
      classId,
      sessionId,
      startedAt: iso(0),
      startedBy: teacherId,
      plannedStart: null,
      options: { title },
      markVisibility: "staff",
      seq: marks.length + 1,
      state: "closing",
    },
    outcome: "done",
    closedBy: teacherId,
    closedAt: iso(12 * MINUTE_MS),
    roster: [...outcomes.keys()],
    marks,
    changes: marks.map((mark) => changeOf(mark, null)),
  }).closed;
}
