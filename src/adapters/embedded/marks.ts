/** Stores the marks of one turn in one transaction. */
import type { Status } from "../../kernel/status.ts";
import { AppError } from "../../kernel/errors.ts";
import type { Database } from "../sqlite/database.ts";
import type { LiveEvent, LiveMark, MarkInput } from "../../sessions/live_store.ts";
import { eventBase, type SessionRow, toSummary } from "./rows.ts";
import { readSession } from "./sessions.ts";

export type MarkedEvent = Extract<LiveEvent, { type: "marked" }>;

/** One row if the student is on the list, with the status before this mark. */
const BEFORE = `SELECT m.status AS status FROM live_roster r
  LEFT JOIN live_marks m ON m.class_id = r.class_id AND m.student_id = r.student_id
  WHERE r.class_id = ? AND r.student_id = ?`;
const WRITE = `INSERT INTO live_marks (class_id, student_id, status, mark) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET status = excluded.status, mark = excluded.mark`;
const APPEND = `INSERT INTO live_changes (class_id, seq, student_id, from_status, mark)
  VALUES (?, ?, ?, ?, ?)`;
const COUNT = `UPDATE live_sessions SET seq = ?, present = ?, absent = ?, late = ?, excused = ?
  WHERE class_id = ?`;

function notEnrolled({ bulk }: MarkInput, missing: readonly number[]): AppError {
  if (!bulk) return new AppError("student_not_enrolled");
  const message = "is not enrolled in this class";
  return new AppError("student_not_enrolled", {
    errors: missing.map((index) => ({ path: `marks.${index}.studentId`, message })),
  });
}

/** Checks one input whole before it writes anything, so a rejected one leaves no trace. */
function storeOne(db: Database, row: SessionRow, input: MarkInput): MarkedEvent | AppError {
  const { classId } = input;
  const before: (Status | null)[] = [];
  const missing: number[] = [];
  for (const [index, { studentId }] of input.marks.entries()) {
    const found = db.get<{ status: Status | null }>(BEFORE, classId, studentId);
    if (!found) missing.push(index);
    before.push(found?.status ?? null);
  }
  if (missing.length > 0) return notEnrolled(input, missing);
  const seq = ++row.seq;
  const marks: LiveMark[] = input.marks.map((unplaced, index) => {
    const mark = { ...unplaced, seq };
    const { studentId, status } = mark;
    const from = before[index] ?? null;
    const json = JSON.stringify(mark);
    db.run(WRITE, classId, studentId, status, json);
    db.run(APPEND, classId, seq, studentId, from, json);
    if (from) row[from]--;
    row[status]++;
    return mark;
  });
  return {
    ...eventBase(row),
    type: "marked",
    visibility: row.mark_visibility,
    marks,
    bulk: input.bulk,
    summary: toSummary(row),
  };
}

/**
 * Applies the inputs in order, all in one commit; each is answered by its event or by the reason it
 * was left out. Each session's row is read and written once, however many marks it takes.
 */
export function storeMarks(
  db: Database,
  inputs: readonly MarkInput[],
): (MarkedEvent | AppError)[] {
  return db.transaction(() => {
    const rows = new Map<number, SessionRow | null>();
    const changed = new Set<SessionRow>();
    const results = inputs.map((input) => {
      let row = rows.get(input.classId);
      if (row === undefined) {
        row = readSession(db, input.classId);
        rows.set(input.classId, row);
      }
      if (!row || row.close !== null) return new AppError("no_active_session");
      const result = storeOne(db, row, input);
      if (!(result instanceof AppError)) changed.add(row);
      return result;
    });
    for (const { class_id, seq, present, absent, late, excused } of changed) {
      db.run(COUNT, seq, present, absent, late, excused, class_id);
    }
    return results;
  });
}
