import type { Source, Status } from "../../../kernel/status.ts";
import { ascii, ID, MAX_TEXT, type Params, reading } from "../statement.ts";
import { BY_SORT_NAME, userColumns, type UserRow } from "./users.ts";

export const UUID = ascii(36);

/** BIGINTs come as strings. */
export interface RecordRow {
  readonly id: string;
  readonly sessionId: string;
  readonly studentId: string;
  readonly status: Status;
  readonly note: string | null;
  readonly markedBy: string | null;
  readonly markedAt: Date;
  readonly source: Source;
  readonly markId: string | null;
  readonly clientTime: string | null;
  /** JSON. */
  readonly flags: string;
  readonly firstSeen: Date | null;
  readonly lastSeen: Date | null;
  readonly code: string | null;
  readonly closedAt: Date;
  readonly correctedAt: Date | null;
}

/** Of tables or aliases named `records` and `sessions`. */
export const RECORD_COLUMNS = `records.id, sessions.uuid AS [sessionId],
  records.student_id AS [studentId], records.status, records.note, records.marked_by AS [markedBy],
  records.marked_at AS [markedAt], records.source, records.mark_id AS [markId],
  records.client_time AS [clientTime], records.flags, records.first_seen AS [firstSeen],
  records.last_seen AS [lastSeen], records.code, sessions.closed_at AS [closedAt],
  records.corrected_at AS [correctedAt]`;

const ASKED = `FROM OPENJSON(@sessions) WITH (uuid VARCHAR(36) '$') AS asked
JOIN dbo.sessions AS sessions ON sessions.uuid = asked.uuid COLLATE Latin1_General_100_BIN2
JOIN dbo.records AS records ON records.session_id = sessions.id`;

/**
 * The records, then their students in their order, each once. In this order no record lacks its
 * student, whatever is saved between the two reads.
 */
const recordsOf = <P extends Params>(params: P, where: string) =>
  reading<[RecordRow, UserRow]>()(
    { sessions: MAX_TEXT, ...params },
    `SELECT ${RECORD_COLUMNS}
${ASKED}${where};
SELECT ${userColumns("users")} FROM dbo.users AS users
WHERE users.id IN (SELECT records.student_id ${ASKED}${where})
ORDER BY ${BY_SORT_NAME};`,
  );

export const RECORD_STATEMENTS = {
  all: recordsOf({}, ""),
  ofStudent: recordsOf({ student: ID }, "\nWHERE records.student_id = @student"),
};
