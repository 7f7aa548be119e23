/** Live attendance as clients see it: the `data` of socket frames, and of their HTTP twins. */
import { z } from "zod";
import type { LiveEvent, LiveMark, LiveSession } from "./live_store.ts";
import { markVisibility } from "../classes/visibility.ts";
import { status } from "../kernel/status.ts";
import { titleOf } from "./options.ts";
import type { ViewerSnapshot } from "./service.ts";

const idText = z.string().meta({ description: "An id in decimal digits" });
const count = z.int().min(0);
const time = z.iso.datetime();
const seq = z.int().min(0).meta({
  description: "Counts the session's changes, up by one each, without gaps",
});

const counts = z.object({ present: count, absent: count, late: count, excused: count });

export const summaryView = counts.extend({
  total: count.meta({ description: "Marked so far" }),
  enrolled: count,
});

export const sessionStartedView = z.object({
  sessionId: z.uuid(),
  classId: idText,
  startedAt: time,
  title: z.string().nullable(),
  seq,
}).meta({ id: "SessionStarted" });

export const liveMarkView = z.object({
  studentId: idText,
  status,
  note: z.string().nullable(),
  markedBy: idText.nullable(),
  markedAt: time,
  seq,
}).meta({ id: "LiveMark" });

export const marksView = z.object({
  classId: idText,
  sessionId: z.uuid(),
  marks: z.array(liveMarkView.omit({ seq: true })),
  seq,
}).meta({ id: "Marks" });

export const doneView = counts.extend({
  classId: idText,
  sessionId: z.uuid(),
  message: z.literal("Attendance persisted"),
  total: count,
  seq,
}).meta({ id: "Done" });

export const snapshotView = z.object({
  classId: idText,
  session: z.object({
    sessionId: z.uuid(),
    startedAt: time,
    startedBy: idText.nullable(),
    title: z.string().nullable(),
    markVisibility,
  }).nullable(),
  marks: z.array(liveMarkView),
  summary: summaryView,
  seq: seq.meta({ description: "Events up to this one are in here; 0 without a session" }),
  markVisibility,
}).meta({ id: "Snapshot" });

export const toSessionStarted = (session: LiveSession): z.input<typeof sessionStartedView> => ({
  sessionId: session.sessionId,
  classId: `${session.classId}`,
  startedAt: session.startedAt,
  title: titleOf(session.options),
  seq: session.seq,
});

/** Null: by nobody. */
export const idOrNull = (id: number | null): string | null => id === null ? null : `${id}`;

const markFields = (mark: LiveMark) => ({
  studentId: `${mark.studentId}`,
  status: mark.status,
  note: mark.note,
  markedBy: idOrNull(mark.markedBy),
  markedAt: mark.markedAt,
});

export const toMarks = (
  event: Extract<LiveEvent, { type: "marked" }>,
): z.input<typeof marksView> => ({
  classId: `${event.classId}`,
  sessionId: event.sessionId,
  marks: event.marks.map(markFields),
  seq: event.seq,
});

export function toDone(event: Extract<LiveEvent, { type: "done" }>): z.input<typeof doneView> {
  const { present, absent, late, excused, total } = event.totals;
  return {
    classId: `${event.classId}`,
    sessionId: event.sessionId,
    message: "Attendance persisted",
    present,
    absent,
    late,
    excused,
    total,
    seq: event.seq,
  };
}

export const toSnapshot = (snapshot: ViewerSnapshot): z.input<typeof snapshotView> => ({
  classId: `${snapshot.classId}`,
  session: snapshot.session && {
    sessionId: snapshot.session.sessionId,
    startedAt: snapshot.session.startedAt,
    startedBy: idOrNull(snapshot.session.startedBy),
    title: titleOf(snapshot.session.options),
    markVisibility: snapshot.session.markVisibility,
  },
  marks: snapshot.marks.map((mark) => ({ ...markFields(mark), seq: mark.seq })),
  summary: { ...snapshot.summary },
  seq: snapshot.seq,
  markVisibility: snapshot.markVisibility,
});
