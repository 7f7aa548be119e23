/** Life of a running session in the embedded database: each function is one transaction. */
import { AppError } from "../../kernel/errors.ts";
import type { Database } from "../sqlite/database.ts";
import type {
  ClosingSession,
  LiveEvent,
  LiveMark,
  LiveStore,
  Snapshot,
  StartInput,
} from "../../sessions/live_store.ts";
import {
  eventBase,
  fixedOf,
  type SessionRow,
  toChange,
  toClose,
  toMark,
  toSession,
  toSummary,
} from "./rows.ts";

type ClassChange = Parameters<LiveStore["updateClass"]>[1];
type CloseInput = Parameters<LiveStore["beginClose"]>[0];
type FinishInput = Parameters<LiveStore["finishClose"]>[0];

const SESSION = "SELECT * FROM live_sessions WHERE class_id = ?";
const MARKS = "SELECT mark FROM live_marks WHERE class_id = ? ORDER BY student_id";
const MARK = "SELECT mark FROM live_marks WHERE class_id = ? AND student_id = ?";
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
  return row?.close === null ? row : null;
}

function readMarks(db: Database, classId: number): LiveMark[] {
  return db.all<{ mark: string }>(MARKS, classId).map(toMark);
}

export function startSession(
  db: Database,
  input: StartInput,
): Extract<LiveEvent, { type: "started" }> {
  const row: SessionRow = {
    class_id: input.classId,
    session_id: input.sessionId,
    fixed: fixedOf(input),
    mark_visibility: input.markVisibility,
    seq: 1,
    present: 0,
    absent: 0,
    late: 0,
    excused: 0,
    enrolled: new Set(input.roster).size,
    close: null,
  };
  db.transaction(() => {
    if (readSession(db, row.class_id)) throw new AppError("session_already_active");
    db.run(
      `INSERT INTO live_sessions
        (class_id, session_id, fixed, mark_visibility, seq, enrolled) VALUES (?, ?, ?, ?, ?, ?)`,
      row.class_id,
      row.session_id,
      row.fixed,
      row.mark_visibility,
      row.seq,
      row.enrolled,
    );
    db.run(ENROL, row.class_id, JSON.stringify(input.roster));
  });
  return {
    ...eventBase(row),
    type: "started",
    session: toSession(row),
    summary: toSummary(row),
  };
}

function readMark(db: Database, classId: number, studentId: number): LiveMark | null {
  const row = db.get<{ mark: string }>(MARK, classId, studentId);
  return row ? toMark(row) : null;
}

export function readSnapshot(db: Database, classId: number, studentId?: number): Snapshot | null {
  const row = readOpen(db, classId);
  if (!row) return null;
  const marks = studentId === undefined
    ? readMarks(db, classId)
    : [readMark(db, classId, studentId)].filter((mark) => mark !== null);
  return { session: toSession(row), marks, summary: toSummary(row) };
}

export function readOwn(db: Database, classId: number, studentId: number) {
  const row = readOpen(db, classId);
  if (!row) return { session: null, mark: null };
  return { session: toSession(row), mark: readMark(db, classId, studentId) };
}

export function readSummary(
  db: Database,
  classId: number,
): Extract<LiveEvent, { type: "summary" }> {
  const row = readOpen(db, classId);
  if (!row) throw new AppError("no_active_session");
  return { ...eventBase(row), type: "summary", summary: toSummary(row) };
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
    return { ...eventBase(row), type: "roster", summary: toSummary(row) };
  });
}

const CHANGES = `SELECT from_status, mark FROM live_changes WHERE class_id = ?
  ORDER BY seq, student_id`;

export function beginClosing(db: Database, input: CloseInput): ClosingSession {
  const { classId, outcome, closedBy, closedAt } = input;
  return db.transaction(() => {
    const found = readSession(db, classId);
    if (!found || found.session_id !== (input.sessionId ?? found.session_id)) {
      throw new AppError("no_active_session");
    }
    const close = found.close ?? JSON.stringify({ outcome, closedBy, closedAt });
    db.run("UPDATE live_sessions SET close = ? WHERE class_id = ?", close, classId);
    const roster = db.all<{ student_id: number }>(
      "SELECT student_id FROM live_roster WHERE class_id = ? ORDER BY student_id",
      classId,
    );
    return {
      session: toSession({ ...found, close }),
      ...toClose(close),
      roster: roster.map((member) => member.student_id),
      marks: readMarks(db, classId),
      changes: db.all<Parameters<typeof toChange>[0]>(CHANGES, classId).map(toChange),
    };
  });
}

/** Clears the session; null if it is not there any more, not closing, or another one by now. */
export function finishClosing(
  db: Database,
  { classId, sessionId, totals }: FinishInput,
): Extract<LiveEvent, { type: "done" | "cancelled" }> | null {
  return db.transaction(() => {
    const row = readSession(db, classId);
    if (!row || row.close === null || row.session_id !== sessionId) return null;
    db.run("DELETE FROM live_sessions WHERE class_id = ?", classId);
    row.seq++;
    const base = eventBase(row);
    return toClose(row.close).outcome === "done"
      ? { ...base, type: "done", totals }
      : { ...base, type: "cancelled" };
  });
}

export function readClosing(db: Database): number[] {
  return db.all<{ class_id: number }>(
    "SELECT class_id FROM live_sessions WHERE close IS NOT NULL ORDER BY class_id",
  ).map((row) => row.class_id);
}
