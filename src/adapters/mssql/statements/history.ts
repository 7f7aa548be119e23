import type { ChangedTo, Counts, Source, Status } from "../../../kernel/status.ts";
import { CHARACTERS, unitsOf } from "../../../kernel/text.ts";
import type { AttendanceCode } from "../../../records/store.ts";
import { ascii, ID, INT, MAX_TEXT, reading, returning, text, TIME } from "../statement.ts";
import { unescaped } from "../lists.ts";
import { CLOSE_JOURNAL, JOURNAL_HAS_MORE } from "./journal.ts";
import { ADD_MESSAGES } from "./outbox.ts";
import { RECORD_COLUMNS, type RecordRow, UUID } from "./records.ts";
import { lock, sessionLock, transaction } from "./transaction.ts";
import { userColumns, type UserRow } from "./users.ts";

const STATUS = ascii(7);

const SESSION_COLUMNS =
  `sessions.uuid AS [sessionId], sessions.class_id AS [classId], sessions.options,
  sessions.started_at AS [startedAt], sessions.started_by AS [startedBy],
  sessions.planned_start AS [plannedStart], sessions.closed_at AS [closedAt],
  sessions.closed_by AS [closedBy], sessions.occurrence,
  sessions.present, sessions.absent, sessions.late, sessions.excused`;

/** BIGINTs come as strings. */
export interface SessionRow extends Counts {
  readonly sessionId: string;
  readonly classId: string;
  /** JSON. */
  readonly options: string;
  readonly startedAt: Date;
  readonly startedBy: string | null;
  readonly plannedStart: Date | null;
  readonly closedAt: Date;
  readonly closedBy: string | null;
  readonly occurrence: string | null;
}

export interface ChangeRow {
  readonly id: string;
  readonly studentId: string;
  readonly fromStatus: Status | null;
  readonly toStatus: ChangedTo;
  readonly changedBy: string | null;
  readonly changedAt: Date;
  readonly reason: string | null;
  readonly source: Source;
  readonly markId: string | null;
  readonly clientTime: string | null;
  /** JSON. */
  readonly flags: string;
}

const RECORDS = `OPENJSON(@records) WITH (student_id BIGINT '$[0]', status VARCHAR(7) '$[1]',
    note NVARCHAR(MAX) '$[2]', marked_by BIGINT '$[3]', marked_at DATETIME2(3) '$[4]',
    source VARCHAR(20) '$[5]', mark_id VARCHAR(36) '$[6]', client_time VARCHAR(64) '$[7]',
    flags NVARCHAR(MAX) '$[8]', first_seen DATETIME2(3) '$[9]', last_seen DATETIME2(3) '$[10]',
    code NVARCHAR(MAX) '$[11]')`;

const CHANGES = `OPENJSON(@changes) WITH (position INT '$[0]', student_id BIGINT '$[1]',
    from_status VARCHAR(7) '$[2]', to_status VARCHAR(8) '$[3]', changed_by BIGINT '$[4]',
    changed_at DATETIME2(3) '$[5]', source VARCHAR(20) '$[6]', mark_id VARCHAR(36) '$[7]',
    client_time VARCHAR(64) '$[8]', flags NVARCHAR(MAX) '$[9]')`;

/** A session of 5,000 students on a small database; it must end some day, or it is never saved. */
const SAVE_TIMEOUT_MS = 20_000;

const moved = (status: Status): string =>
  `${status} = ${status} + CASE WHEN @status = '${status}' THEN 1 ELSE 0 END
    - CASE WHEN @before = '${status}' THEN 1 ELSE 0 END`;

const OF_CLASS = `SELECT TOP (@limit) ${SESSION_COLUMNS} FROM dbo.sessions AS sessions
WHERE sessions.class_id = @class`;
const NEWEST = "\nORDER BY sessions.started_at DESC, sessions.uuid DESC;";

export const HISTORY_STATEMENTS = {
  // Under a lock of its own: a repeat that runs at the same time waits, then finds it saved. No row
  // comes back where its journal has more.
  saveSession: returning<[SessionRow]>()(
    {
      uuid: UUID,
      class: ID,
      options: MAX_TEXT,
      startedAt: TIME,
      startedBy: ID,
      plannedStart: TIME,
      closedAt: TIME,
      closedBy: ID,
      occurrence: text(255),
      present: INT,
      absent: INT,
      late: INT,
      excused: INT,
      records: MAX_TEXT,
      changes: MAX_TEXT,
      messages: MAX_TEXT,
      epoch: ID,
      offset: INT,
    },
    transaction(`${lock("Exclusive", sessionLock("@uuid"))}
IF NOT EXISTS (SELECT 1 FROM dbo.sessions AS sessions WHERE sessions.uuid = @uuid)
  AND NOT ${JOURNAL_HAS_MORE("@uuid")}
BEGIN
  DECLARE @session BIGINT;
  INSERT INTO dbo.sessions (uuid, class_id, options, started_at, started_by, planned_start,
    closed_at, closed_by, occurrence, present, absent, late, excused)
  SELECT @uuid, @class, @options, @startedAt, @startedBy, @plannedStart, @closedAt, @closedBy,
    CASE WHEN EXISTS (SELECT 1 FROM dbo.sessions AS others
      WHERE others.occurrence = @occurrence) THEN NULL ELSE @occurrence END,
    @present, @absent, @late, @excused;
  SET @session = SCOPE_IDENTITY();
  INSERT INTO dbo.records (session_id, class_id, student_id, status, note, marked_by, marked_at,
    source, mark_id, client_time, flags, first_seen, last_seen, code)
  SELECT @session, @class, marks.student_id, marks.status, ${unescaped("marks.note")},
    marks.marked_by, marks.marked_at, marks.source, marks.mark_id, marks.client_time,
    ${unescaped("marks.flags")}, marks.first_seen, marks.last_seen, ${unescaped("marks.code")}
  FROM ${RECORDS} AS marks;
  INSERT INTO dbo.record_changes (session_id, student_id, from_status, to_status, changed_by,
    changed_at, source, mark_id, client_time, flags)
  SELECT @session, steps.student_id, steps.from_status, steps.to_status, steps.changed_by,
    steps.changed_at, steps.source, steps.mark_id, steps.client_time, ${unescaped("steps.flags")}
  FROM ${CHANGES} AS steps ORDER BY steps.position;
  UPDATE dbo.classes SET session_count = session_count + 1 WHERE id = @class;
  ${ADD_MESSAGES("@uuid")}
  ${CLOSE_JOURNAL("@uuid")}
END;
SELECT ${SESSION_COLUMNS} FROM dbo.sessions AS sessions WHERE sessions.uuid = @uuid;`),
    { repeatable: true, timeoutMs: SAVE_TIMEOUT_MS },
  ),
  audit: returning<[{ readonly refused: number }]>()(
    {
      kind: ascii(40),
      subject: ascii(64),
      class: ID,
      by: ID,
      at: TIME,
      detail: MAX_TEXT,
      epoch: ID,
      offset: INT,
    },
    transaction(`DECLARE @refused BIT = 0;
${lock("Exclusive", sessionLock("@subject"))}
IF ${JOURNAL_HAS_MORE("@subject")}
  SET @refused = 1;
ELSE
BEGIN
  INSERT INTO dbo.audit (kind, subject, class_id, changed_by, changed_at, detail)
  SELECT @kind, @subject, @class, @by, @at, @detail
  WHERE NOT EXISTS (SELECT 1 FROM dbo.audit AS known
    WHERE known.kind = @kind AND known.subject = @subject);
  ${CLOSE_JOURNAL("@subject")}
END;
SELECT CAST(@refused AS INT) AS refused;`),
    { repeatable: true },
  ),
  page: reading<[SessionRow]>()({ class: ID, limit: INT }, OF_CLASS + NEWEST),
  pageBefore: reading<[SessionRow]>()(
    { class: ID, limit: INT, startedAt: TIME, uuid: UUID },
    `${OF_CLASS} AND sessions.started_at <= @startedAt
  AND (sessions.started_at < @startedAt OR sessions.uuid < @uuid)${NEWEST}`,
  ),
  session: reading<[SessionRow]>()(
    { class: ID, uuid: UUID },
    `SELECT ${SESSION_COLUMNS} FROM dbo.sessions AS sessions
WHERE sessions.uuid = @uuid AND sessions.class_id = @class;`,
  ),
  // Under the session's lock, so that each line of the trail goes on from the one before.
  correct: returning<[RecordRow, UserRow]>()(
    {
      class: ID,
      uuid: UUID,
      student: ID,
      status: STATUS,
      code: text(unitsOf(CHARACTERS.code)),
      reason: text(unitsOf(CHARACTERS.reason)),
      by: ID,
      at: TIME,
      messages: MAX_TEXT,
    },
    transaction(`DECLARE @record BIGINT, @session BIGINT, @before VARCHAR(7);
${lock("Exclusive", sessionLock("@uuid"))}
SELECT @record = records.id, @session = sessions.id, @before = records.status
FROM dbo.sessions AS sessions JOIN dbo.records AS records ON records.session_id = sessions.id
WHERE sessions.uuid = @uuid AND sessions.class_id = @class AND records.student_id = @student;
IF @record IS NOT NULL
BEGIN
  UPDATE dbo.records SET status = @status, code = @code, corrected_at = @at WHERE id = @record;
  UPDATE dbo.sessions SET ${
      (["present", "absent", "late", "excused"] as const).map(moved).join(",\n    ")
    }
  WHERE id = @session;
  INSERT INTO dbo.record_changes (session_id, student_id, from_status, to_status, changed_by,
    changed_at, reason, source)
  VALUES (@session, @student, @before, @status, @by, @at, @reason, 'correction');
  ${ADD_MESSAGES("@uuid")}
END;
SELECT ${RECORD_COLUMNS}
FROM dbo.sessions AS sessions JOIN dbo.records AS records ON records.session_id = sessions.id
WHERE records.id = @record;
SELECT ${userColumns("users")} FROM dbo.users AS users
WHERE users.id = @student AND @record IS NOT NULL;`),
  ),
  changes: reading<[ChangeRow]>()(
    { uuid: UUID, after: ID, limit: INT },
    `SELECT TOP (@limit) changes.id, changes.student_id AS [studentId],
  changes.from_status AS [fromStatus], changes.to_status AS [toStatus],
  changes.changed_by AS [changedBy], changes.changed_at AS [changedAt], changes.reason, changes.source,
  changes.mark_id AS [markId], changes.client_time AS [clientTime], changes.flags
FROM dbo.record_changes AS changes
WHERE changes.session_id = (SELECT sessions.id FROM dbo.sessions AS sessions
    WHERE sessions.uuid = @uuid) AND changes.id > @after
ORDER BY changes.id;`,
  ),
  totals: reading<[
    { readonly status: Status; readonly number: number },
    { readonly sessionId: string; readonly startedAt: Date; readonly status: Status },
  ]>()(
    { class: ID, student: ID },
    `SELECT records.status, COUNT(*) AS number FROM dbo.records AS records
WHERE records.class_id = @class AND records.student_id = @student GROUP BY records.status;
SELECT TOP (1) sessions.uuid AS [sessionId], sessions.started_at AS [startedAt], records.status
FROM dbo.sessions AS sessions
JOIN dbo.records AS records ON records.session_id = sessions.id AND records.student_id = @student
WHERE sessions.class_id = @class${NEWEST}`,
  ),
  codes: reading<[AttendanceCode]>()(
    {},
    `SELECT codes.code, codes.status, codes.meaning FROM dbo.attendance_codes AS codes
ORDER BY codes.code;`,
  ),
  setCodes: returning<[]>()(
    { codes: MAX_TEXT },
    transaction(`DELETE FROM dbo.attendance_codes;
INSERT INTO dbo.attendance_codes (code, status, meaning)
SELECT ${unescaped("new.code")}, new.status, ${unescaped("new.meaning")}
FROM OPENJSON(@codes) WITH (code NVARCHAR(MAX) '$[0]', status VARCHAR(7) '$[1]',
  meaning NVARCHAR(MAX) '$[2]') AS new;`),
  ),
};
