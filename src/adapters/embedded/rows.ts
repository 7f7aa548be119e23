/** Rows of the live tables and what they are in the port's terms. */
import type { MarkVisibility } from "../../classes/visibility.ts";
import type { Status, Summary } from "../../kernel/status.ts";
import type { LiveMark, LiveSession, Origin } from "../../sessions/live_store.ts";

interface RunningRow {
  readonly class_id: number;
  readonly session_id: string;
  readonly started_at: string;
  readonly started_by: number;
  readonly title: string | null;
  readonly mark_visibility: MarkVisibility;
  seq: number;
  present: number;
  absent: number;
  late: number;
  excused: number;
  enrolled: number;
}

interface OpenRow extends RunningRow {
  readonly outcome: null;
  readonly closed_by: null;
  readonly closed_at: null;
}

export interface ClosingRow extends RunningRow {
  readonly outcome: "done" | "cancelled";
  readonly closed_by: number;
  readonly closed_at: string;
}

export type SessionRow = OpenRow | ClosingRow;

export interface MarkRow {
  readonly student_id: number;
  readonly status: Status;
  readonly note: string | null;
  readonly marked_by: number;
  readonly marked_at: string;
  readonly seq: number;
}

export function toSession(row: SessionRow): LiveSession {
  return {
    classId: row.class_id,
    sessionId: row.session_id,
    startedAt: row.started_at,
    startedBy: row.started_by,
    title: row.title,
    markVisibility: row.mark_visibility,
    seq: row.seq,
    state: row.outcome === null ? "open" : "closing",
  };
}

export function toSummary(row: SessionRow): Summary {
  const { present, absent, late, excused, enrolled } = row;
  return { present, absent, late, excused, total: present + absent + late + excused, enrolled };
}

export function toMark(row: MarkRow): LiveMark {
  return {
    studentId: row.student_id,
    status: row.status,
    note: row.note,
    markedBy: row.marked_by,
    markedAt: row.marked_at,
    seq: row.seq,
  };
}

/** What every event of this session begins with. */
export function eventBase(row: SessionRow, origin: Origin | undefined) {
  const base = { classId: row.class_id, sessionId: row.session_id, seq: row.seq };
  return origin ? { ...base, origin } : base;
}
