import { type Counts, countStatuses, type Status } from "../../kernel/status.ts";
import { AppError } from "../../kernel/errors.ts";
import type { ClosedSession, StoredSession } from "../../sessions/archive.ts";
import type { AttendanceCode, HistoryStore, StoredChange } from "../../records/store.ts";
import type { Database } from "./database.ts";
import { closeJournal } from "./journal.ts";
import { addMessages } from "./outbox.ts";
import { recordsOf } from "./records.ts";
import { verb } from "./verb.ts";

const SESSION_COLUMNS = `uuid AS sessionId, class_id AS classId, options, started_at AS startedAt,
  started_by AS startedBy, planned_start AS plannedStart, closed_at AS closedAt,
  closed_by AS closedBy, occurrence, present, absent, late, excused`;

type SessionRow = Omit<StoredSession, "counts" | "options"> & Counts & { readonly options: string };

const toSession = (row: SessionRow): StoredSession => ({
  sessionId: row.sessionId,
  classId: row.classId,
  options: JSON.parse(row.options),
  startedAt: row.startedAt,
  startedBy: row.startedBy,
  plannedStart: row.plannedStart,
  closedAt: row.closedAt,
  closedBy: row.closedBy,
  occurrence: row.occurrence,
  counts: { present: row.present, absent: row.absent, late: row.late, excused: row.excused },
});

// An occurrence that another session has is left out: it must not keep this one from being saved.
const INSERT_SESSION = `INSERT INTO sessions (uuid, class_id, options, started_at, started_by,
    planned_start, closed_at, closed_by, present, absent, late, excused, occurrence)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
    CASE WHEN EXISTS (SELECT 1 FROM sessions WHERE occurrence = ?13) THEN NULL ELSE ?13 END
  WHERE true ON CONFLICT (uuid) DO NOTHING RETURNING id`;

// Rows go in as one JSON text: a third less time than a statement per row.
const INSERT_RECORDS = `INSERT INTO records (session, class_id, student_id, status, note, marked_by,
    marked_at, source, mark_id, client_time, flags, first_seen, last_seen, code)
  SELECT ?, ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    value ->> 6, value ->> 7, value -> 8, value ->> 9, value ->> 10, value ->> 11
  FROM json_each(?)`;

const INSERT_CHANGES = `INSERT INTO record_changes (session, student_id, from_status, to_status,
    changed_by, changed_at, source, mark_id, client_time, flags)
  SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
    value ->> 6, value ->> 7, value -> 8
  FROM json_each(?)`;

const COUNT_ON_CLASS = "UPDATE classes SET session_count = session_count + 1 WHERE id = ?";

const BY_UUID = `SELECT ${SESSION_COLUMNS} FROM sessions WHERE uuid = ?`;

const OF_CLASS = `SELECT ${SESSION_COLUMNS} FROM sessions WHERE class_id = ?`;
const NEWEST = " ORDER BY started_at DESC, uuid DESC LIMIT ?";
const PAGE = OF_CLASS + NEWEST;
const PAGE_BEFORE = OF_CLASS + " AND (started_at, uuid) < (?, ?)" + NEWEST;

const AUDIT = `INSERT INTO audit (kind, subject, class_id, changed_by, changed_at, detail)
  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, subject) DO NOTHING`;

const RECORD_TO_CORRECT = `SELECT records.id, records.session, records.status
  FROM sessions CROSS JOIN records ON records.session = sessions.id
  WHERE sessions.uuid = ? AND sessions.class_id = ? AND records.student_id = ?`;

const CORRECT = "UPDATE records SET status = ?, code = ?, corrected_at = ? WHERE id = ?";

const RECOUNT = `UPDATE sessions SET
    present = present - (?1 = 'present') + (?2 = 'present'),
    absent = absent - (?1 = 'absent') + (?2 = 'absent'),
    late = late - (?1 = 'late') + (?2 = 'late'),
    excused = excused - (?1 = 'excused') + (?2 = 'excused')
  WHERE id = ?3`;

const INSERT_CORRECTION = `INSERT INTO record_changes
    (session, student_id, from_status, to_status, changed_by, changed_at, reason, source)
  VALUES (?, ?, ?, ?, ?, ?, ?, 'correction')`;

const CHANGES = `SELECT id, student_id AS studentId, from_status AS "from", to_status AS "to",
    changed_by AS "by", changed_at AS "at", reason, source, mark_id AS markId,
    client_time AS clientTime, flags
  FROM record_changes WHERE session = (SELECT id FROM sessions WHERE uuid = ?) AND id > ?
  ORDER BY id LIMIT ?`;

interface ChangeRow extends Omit<StoredChange, "flags"> {
  readonly flags: string;
}

const TOTALS = `SELECT status, count(*) AS number FROM records
  WHERE class_id = ? AND student_id = ? GROUP BY status`;

const LATEST = `SELECT sessions.uuid AS sessionId, sessions.started_at AS startedAt, records.status
  FROM sessions CROSS JOIN records ON records.session = sessions.id AND records.student_id = ?
  WHERE sessions.class_id = ?
  ORDER BY sessions.started_at DESC, sessions.uuid DESC LIMIT 1`;

const CODES = "SELECT code, status, meaning FROM attendance_codes ORDER BY code";

const INSERT_CODES = `INSERT INTO attendance_codes (code, status, meaning)
  SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`;

export function createHistoryStore(db: Database): HistoryStore {
  const insertSession = (closed: ClosedSession): number | undefined => {
    const { present, absent, late, excused } = countStatuses(
      closed.records.map(({ status }) => status),
    );
    return db.get<{ id: number }>(
      INSERT_SESSION,
      closed.sessionId,
      closed.classId,
      JSON.stringify(closed.options),
      closed.startedAt,
      closed.startedBy,
      closed.plannedStart,
      closed.closedAt,
      closed.closedBy,
      present,
      absent,
      late,
      excused,
      closed.occurrence,
    )?.id;
  };

  const insertRows = (id: number, closed: ClosedSession) => {
    const { classId, sessionId, records, changes, messages } = closed;
    const marks = records.map((r) => [
      r.studentId,
      r.status,
      r.note,
      r.markedBy,
      r.markedAt,
      r.source,
      r.markId,
      r.clientTime,
      r.flags,
      r.firstSeen,
      r.lastSeen,
      r.code,
    ]);
    db.run(INSERT_RECORDS, id, classId, JSON.stringify(marks));
    const steps = changes.map((c) => [
      c.studentId,
      c.from,
      c.to,
      c.by,
      c.at,
      c.source,
      c.markId,
      c.clientTime,
      c.flags,
    ]);
    db.run(INSERT_CHANGES, id, JSON.stringify(steps));
    db.run(COUNT_ON_CLASS, classId);
    addMessages(db, sessionId, messages);
  };

  return {
    saveSession: verb((closed) =>
      db.transaction(() => {
        const id = insertSession(closed);
        if (id !== undefined) {
          closeJournal(db, closed.sessionId, closed.journal);
          insertRows(id, closed);
        }
        const row = db.get<SessionRow>(BY_UUID, closed.sessionId);
        if (!row) throw new Error("Cannot read back a session that was just saved");
        return toSession(row);
      })
    ),
    audit: verb(({ kind, subject, classId, by, at, detail, journal }) =>
      db.transaction(() => {
        closeJournal(db, subject, journal);
        db.run(AUDIT, kind, subject, classId, by, at, JSON.stringify(detail));
      })
    ),
    sessions: verb((classId, { limit, before }) =>
      (before
        ? db.all<SessionRow>(PAGE_BEFORE, classId, before.startedAt, before.sessionId, limit)
        : db.all<SessionRow>(PAGE, classId, limit)).map(toSession)
    ),
    session: verb((classId, sessionId) => {
      const row = db.get<SessionRow>(BY_UUID, sessionId);
      return row && row.classId === classId ? toSession(row) : null;
    }),
    recordsOf: verb((sessionIds, studentId) => recordsOf(db, sessionIds, studentId)),
    correct: verb((input) =>
      db.transaction(() => {
        const { classId, sessionId, studentId, status, code = null, reason, by, at } = input;
        const found = db.get<{ id: number; session: number; status: Status }>(
          RECORD_TO_CORRECT,
          sessionId,
          classId,
          studentId,
        );
        if (!found) throw new AppError("record_not_found");
        db.run(CORRECT, status, code, at, found.id);
        db.run(RECOUNT, found.status, status, found.session);
        db.run(INSERT_CORRECTION, found.session, studentId, found.status, status, by, at, reason);
        addMessages(db, sessionId, input.messages);
        const record = recordsOf(db, [sessionId], studentId).get(sessionId)?.[0];
        if (!record) throw new AppError("record_not_found");
        return record;
      })
    ),
    changes: verb((sessionId, { limit, after }) =>
      db.all<ChangeRow>(CHANGES, sessionId, after ?? 0, limit)
        .map((row): StoredChange => ({ ...row, flags: JSON.parse(row.flags) }))
    ),
    studentTotals: verb((classId, studentId) => {
      const counts = { present: 0, absent: 0, late: 0, excused: 0 };
      for (
        const { status, number } of db.all<{ status: Status; number: number }>(
          TOTALS,
          classId,
          studentId,
        )
      ) counts[status] = number;
      const latest = db.get<{ sessionId: string; startedAt: string; status: Status }>(
        LATEST,
        studentId,
        classId,
      );
      return { counts, latest: latest ? { ...latest } : null };
    }),
    codes: verb(() => db.all<AttendanceCode>(CODES).map((row) => ({ ...row }))),
    setCodes: verb((codes) =>
      db.transaction(() => {
        db.run("DELETE FROM attendance_codes");
        const rows = codes.map(({ code, status, meaning }) => [code, status, meaning]);
        db.run(INSERT_CODES, JSON.stringify(rows));
      })
    ),
  };
}
