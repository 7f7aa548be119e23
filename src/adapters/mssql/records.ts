/** Reads the records of many sessions at once. */
import type { StoredRecord } from "../../records/store.ts";
import type { StoredUser } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { listOf } from "./lists.ts";
import { RECORD_STATEMENTS, type RecordRow } from "./statements/records.ts";
import { toUser } from "./users.ts";

export const toRecord = (row: RecordRow, student: StoredUser): StoredRecord => ({
  id: Number(row.id),
  sessionId: row.sessionId,
  student,
  status: row.status,
  note: row.note,
  markedBy: row.markedBy === null ? null : Number(row.markedBy),
  markedAt: row.markedAt.toISOString(),
  source: row.source,
  markId: row.markId,
  clientTime: row.clientTime,
  flags: JSON.parse(row.flags),
  firstSeen: row.firstSeen?.toISOString() ?? null,
  lastSeen: row.lastSeen?.toISOString() ?? null,
  code: row.code,
  createdAt: row.closedAt.toISOString(),
  updatedAt: (row.correctedAt ?? row.closedAt).toISOString(),
});

/** Records of these sessions, each list in the order of the students; one student's where given. */
export async function readRecords(
  db: Database,
  sessionIds: readonly string[],
  student?: number,
): Promise<Map<string, StoredRecord[]>> {
  const lists = new Map<string, StoredRecord[]>(sessionIds.map((id) => [id, []]));
  if (lists.size === 0) return lists;
  const sessions = listOf(sessionIds);
  const [records = [], users = []] = student === undefined
    ? await db.sets(RECORD_STATEMENTS.all, { sessions })
    : await db.sets(RECORD_STATEMENTS.ofStudent, { sessions, student });
  const byStudent = Map.groupBy(records, (row) => row.studentId);
  // Students come in the order of the lists.
  for (const userRow of users) {
    const user = toUser(userRow);
    for (const row of byStudent.get(userRow.id) ?? []) {
      lists.get(row.sessionId)?.push(toRecord(row, user));
    }
  }
  return lists;
}
