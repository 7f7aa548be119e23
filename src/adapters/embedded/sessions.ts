/** Life of a running session in the embedded database: each function is one transaction. */
import type { Status } from "../../kernel/status.ts";
import { AppError } from "../../kernel/errors.ts";
import type { Database } from "../sqlite/database.ts";
import type {
  ClosingSession,
  LiveChange,
  LiveEvent,
  LiveMark,
  LiveStore,
  Origin,
  Snapshot,
  StartInput,
} from "../../sessions/live_store.ts";
import {
  type ClosingRow,
  eventBase,
  type MarkRow,
  type SessionRow,
  toMark,
  toSession,
  toSummary,
} from "./rows.ts";

type ClassChange = Parameters<LiveStore["updateClass"]>[1];
type CloseInput = Parameters<LiveStore["beginClose"]>[0];
type FinishInput = Parameters<LiveStore["finishClose"]>[0];

const SESSION = "SELECT * FROM live_sessions WHERE class_id = ?";
const MARKS = "SELECT * FROM live_marks WHERE class_id = ? ORDER BY student_id";
const MARK = "SELECT * FROM live_marks WHERE class_id = ? AND student_id = ?";
/** One statement for the whole list: `?2` is a JSON array of ids. */
const ENROL = `INSERT OR IGNORE INTO live_roster (class_id, student_id)
  SELECT ?, value FROM json_each(?)`;
const UNENROL = `DELETE FROM live_roster
  WHERE class_id = ? AND student_id IN (SELECT value FROM json_each(?))`;

export function readSession(db: Database, classId: number): SessionRow | null {
  return db.get<SessionRow>(SESSION, classId) ?? null;
}

function readOpen(db: Database, classId: number): SessionRow | null {
  const row = readSession(db, classId);
  return row && row.outcome === null ? row : null;
}

function readMarks(db: Database, classId: number): LiveMark[] {
  return db.all<MarkRow>(MARKS, classId).map(toMark);
}

export function startSession(
  db: Database,
  input: StartInput,
): Extract<LiveEvent, { type: "started" }> {
  const row: SessionRow = {
    class_id: input.classId,
    session_id: input.sessionId,
    started_at: input.startedAt,
    started_by: input.startedBy,
    title: input.title,
    mark_visibility: input.markVisibility,
    seq: 1,
    present: 0,
    absent: 0,
    late: 0,
    excused: 0,
    enrolled: new Set(input.roster).size,
    outcome: null,
    closed_by: null,
    closed_at: null,
  };
  db.transaction(() => {
    if (readSession(db, row.class_id)) throw new AppError("session_already_active");
    db.run(
      `INSERT INTO live_sessions
        (class_id, session_id, started_at, started_by, title, mark_visibility, seq, enrolled)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      row.class_id,
      row.session_id,
      row.started_at,
      row.started_by,
      row.title,
      row.mark_visibility,
      row.seq,
      row.enrolled,
    );
    db.run(ENROL, row.class_id, JSON.stringify(input.roster));
  });
  return {
    ...eventBase(row, input.origin),
    type: "started",
    session: toSession(row),
    summary: toSummary(row),
  };
}

function readMark(db: Database, classId: number, studentId: number): LiveMark | null {
  const row = db.get<MarkRow>(MARK, classId, studentId);
  return row ? toMark(row) : null;
}

export function readSnapshot(db: Database, classId: number, studentId?: number): Snapshot | null {
  const row = readOpen(db, classId);
  if (!row) return null;
  const marks = studentId === undefined
    ? readMarks(db, classId)
    : [readMark(db, classId, studentId)].filter((mark) => mark !== null);
  return { session: toSession(row), marks, summary: toSummary(row), durableSeq: row.seq };
}

export function readOwn(db: Database, classId: number, studentId: number) {
  const row = readOpen(db, classId);
  if (!row) return { session: null, mark: null };
  return { session: toSession(row), mark: readMark(db, classId, studentId) };
}

export function readSummary(
  db: Database,
  classId: number,
  origin: Origin | undefined,
): Extract<LiveEvent, { type: "summary" }> {
  const row = readOpen(db, classId);
  if (!row) throw new AppError("no_active_session");
  return { ...eventBase(row, origin), type: "summary", summary: toSummary(row) };
}

/** The `roster` event if the class list is another one now. A closing session is left as it is. */
export function changeClass(
  db: Database,
  classId: number,
  { enrol = [], unenrol = [], markVisibility }: ClassChange,
): Extract<LiveEvent, { type: "roster" }> | null {
  return db.transaction(() => {
    const row = readOpen(db, classId);
    if (!row) return null;
    const added = db.run(ENROL, classId, JSON.stringify(enrol)).changes;
    const removed = db.run(UNENROL, classId, JSON.stringify(unenrol)).changes;
    row.enrolled += added - removed;
    db.run(
      "UPDATE live_sessions SET enrolled = ?, mark_visibility = ? WHERE class_id = ?",
      row.enrolled,
      markVisibility ?? row.mark_visibility,
      classId,
    );
    if (added + removed === 0) return null;
    return { ...eventBase(row, undefined), type: "roster", summary: toSummary(row) };
  });
}

interface ChangeRow {
  readonly seq: number;
  readonly student_id: number;
  readonly from_status: Status | null;
  readonly to_status: Status;
  readonly changed_by: number;
  readonly changed_at: string;
  readonly source: LiveChange["source"];
}

function readChanges(db: Database, classId: number): LiveChange[] {
  const rows = db.all<ChangeRow>(
    "SELECT * FROM live_changes WHERE class_id = ? ORDER BY seq, student_id",
    classId,
  );
  return rows.map((row) => ({
    studentId: row.student_id,
    from: row.from_status,
    to: row.to_status,
    by: row.changed_by,
    at: row.changed_at,
    source: row.source,
    seq: row.seq,
  }));
}

export function beginClosing(db: Database, input: CloseInput): ClosingSession {
  const { classId } = input;
  return db.transaction(() => {
    const found = readSession(db, classId);
    if (!found || found.session_id !== (input.sessionId ?? found.session_id)) {
      throw new AppError("no_active_session");
    }
    const row: ClosingRow = found.outcome !== null ? found : {
      ...found,
      outcome: input.outcome,
      closed_by: input.closedBy,
      closed_at: input.closedAt,
    };
    db.run(
      "UPDATE live_sessions SET outcome = ?, closed_by = ?, closed_at = ? WHERE class_id = ?",
      row.outcome,
      row.closed_by,
      row.closed_at,
      classId,
    );
    const roster = db.all<{ student_id: number }>(
      "SELECT student_id FROM live_roster WHERE class_id = ? ORDER BY student_id",
      classId,
    );
    return {
      session: toSession(row),
      outcome: row.outcome,
      closedBy: row.closed_by,
      closedAt: row.closed_at,
      roster: roster.map((member) => member.student_id),
      marks: readMarks(db, classId),
      changes: readChanges(db, classId),
    };
  });
}

/** Clears the session; null if it is not there any more, not closing, or another one by now. */
export function finishClosing(
  db: Database,
  { classId, sessionId, totals, origin }: FinishInput,
): Extract<LiveEvent, { type: "done" | "cancelled" }> | null {
  return db.transaction(() => {
    const row = readSession(db, classId);
    if (!row || row.outcome === null || row.session_id !== sessionId) return null;
    db.run("DELETE FROM live_sessions WHERE class_id = ?", classId);
    row.seq++;
    const base = eventBase(row, origin);
    return row.outcome === "done"
      ? { ...base, type: "done", totals }
      : { ...base, type: "cancelled" };
  });
}

export function readClosing(db: Database): number[] {
  return db.all<{ class_id: number }>(
    "SELECT class_id FROM live_sessions WHERE outcome IS NOT NULL ORDER BY class_id",
  ).map((row) => row.class_id);
}
