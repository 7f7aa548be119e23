/** Reads the records of many sessions at once. */
import type { Source, Status } from "../../kernel/status.ts";
import type { StoredRecord } from "../../records/store.ts";
import type { StoredUser } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { BY_SORT_NAME, toUser, USER_COLUMNS, type UserRow } from "./users.ts";

/**
 * id, student id, status, note, marked by, marked at, source, mark id, client time, flags as JSON,
 * first seen, last seen, code, corrected at.
 */
type RecordTuple = [
  number,
  number,
  Status,
  string | null,
  number | null,
  string,
  Source,
  string | null,
  string | null,
  string,
  string | null,
  string | null,
  string | null,
  string | null,
];

const NO_FLAGS: readonly string[] = [];

const flagsOf = (json: string): readonly string[] => json === "[]" ? NO_FLAGS : JSON.parse(json);

interface SessionRow {
  readonly sessionId: string;
  readonly closedAt: string;
  /** JSON of `RecordTuple[]`. */
  readonly records: string;
}

// One JSON text per session crosses from SQLite five times faster than its rows joined with users,
// and each student crosses once, not once per session.
const recordsSql = (where: string) =>
  `SELECT sessions.uuid AS sessionId, sessions.closed_at AS closedAt,
    (SELECT json_group_array(json_array(id, student_id, status, note, marked_by, marked_at,
      source, mark_id, client_time, flags, first_seen, last_seen, code, corrected_at))
      FROM records WHERE session = sessions.id${where}) AS records
  FROM json_each(?1) AS asked CROSS JOIN sessions ON sessions.uuid = asked.value`;

const studentsSql = (where: string) =>
  `SELECT ${USER_COLUMNS} FROM users WHERE id IN (
    SELECT student_id FROM json_each(?1) AS asked
    CROSS JOIN sessions ON sessions.uuid = asked.value
    CROSS JOIN records ON records.session = sessions.id${where})
  ORDER BY ${BY_SORT_NAME}`;

const ONE_STUDENT = " AND student_id = ?2";
const RECORDS = recordsSql("");
const RECORDS_OF_STUDENT = recordsSql(ONE_STUDENT);
const STUDENTS = studentsSql("");
const THE_STUDENT = studentsSql(ONE_STUDENT);

/** Records of these sessions, each list in the order of the students; one student's where given. */
export function recordsOf(
  db: Database,
  sessionIds: readonly string[],
  studentId?: number,
): Map<string, StoredRecord[]> {
  const lists = new Map<string, StoredRecord[]>(sessionIds.map((id) => [id, []]));
  if (lists.size === 0) return lists;
  const asked = JSON.stringify([...lists.keys()]);
  const students = new Map<number, { rank: number; user: StoredUser }>();
  const users = studentId === undefined
    ? db.all<UserRow>(STUDENTS, asked)
    : db.all<UserRow>(THE_STUDENT, asked, studentId);
  users.forEach((row, rank) => students.set(row.id, { rank, user: toUser(row) }));
  const sessions = studentId === undefined
    ? db.all<SessionRow>(RECORDS, asked)
    : db.all<SessionRow>(RECORDS_OF_STUDENT, asked, studentId);
  for (const { sessionId, closedAt, records } of sessions) {
    const tuples: RecordTuple[] = JSON.parse(records);
    const ranked: { rank: number; record: StoredRecord }[] = [];
    for (const tuple of tuples) {
      const [id, studentId, status, note, markedBy, markedAt, source, markId, ...rest] = tuple;
      const [clientTime, flags, firstSeen, lastSeen, code, correctedAt] = rest;
      const found = students.get(studentId);
      if (!found) continue;
      ranked.push({
        rank: found.rank,
        record: {
          id,
          sessionId,
          student: found.user,
          status,
          note,
          markedBy,
          markedAt,
          source,
          markId,
          clientTime,
          flags: flagsOf(flags),
          firstSeen,
          lastSeen,
          code,
          createdAt: closedAt,
          updatedAt: correctedAt ?? closedAt,
        },
      });
    }
    lists.set(sessionId, ranked.sort((a, b) => a.rank - b.rank).map(({ record }) => record));
  }
  return lists;
}
