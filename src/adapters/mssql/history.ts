import type { Counts } from "../../kernel/status.ts";
import { AppError } from "../../kernel/errors.ts";
import type { ClosedSession, StoredSession } from "../../sessions/archive.ts";
import type { HistoryStore, StoredChange } from "../../records/store.ts";
import type { Database } from "./database.ts";
import { verb } from "./errors.ts";
import { escaped, timeInList } from "./lists.ts";
import { readRecords, toRecord } from "./records.ts";
import { type ChangeRow, HISTORY_STATEMENTS, type SessionRow } from "./statements/history.ts";
import { toUser } from "./users.ts";

const toSession = (row: SessionRow): StoredSession => ({
  sessionId: row.sessionId,
  classId: Number(row.classId),
  title: row.title,
  startedAt: row.startedAt.toISOString(),
  startedBy: Number(row.startedBy),
  closedAt: row.closedAt.toISOString(),
  closedBy: Number(row.closedBy),
  counts: { present: row.present, absent: row.absent, late: row.late, excused: row.excused },
});

const toChange = (row: ChangeRow): StoredChange => ({
  id: Number(row.id),
  studentId: Number(row.studentId),
  from: row.fromStatus,
  to: row.toStatus,
  by: Number(row.changedBy),
  at: row.changedAt.toISOString(),
  reason: row.reason,
  source: row.source,
});

const countStatuses = (records: ClosedSession["records"]): Counts => {
  const counts = { present: 0, absent: 0, late: 0, excused: 0 };
  for (const { status } of records) counts[status] += 1;
  return counts;
};

const recordList = (records: ClosedSession["records"]): string =>
  JSON.stringify(records.map(({ studentId, status, note, markedBy, markedAt }) => [
    studentId,
    status,
    note === null ? null : escaped(note),
    markedBy,
    timeInList(markedAt),
  ]));

const changeList = (changes: ClosedSession["changes"]): string =>
  JSON.stringify(
    changes.map((
      { studentId, from, to, by, at, source },
      position,
    ) => [position, studentId, from, to, by, timeInList(at), source]),
  );

export function createHistoryStore(db: Database): HistoryStore {
  return {
    saveSession: verb(async (closed) => {
      const row = await db.get(HISTORY_STATEMENTS.saveSession, {
        uuid: closed.sessionId,
        class: closed.classId,
        title: closed.title,
        startedAt: closed.startedAt,
        startedBy: closed.startedBy,
        closedAt: closed.closedAt,
        closedBy: closed.closedBy,
        ...countStatuses(closed.records),
        records: recordList(closed.records),
        changes: changeList(closed.changes),
        epoch: closed.journal?.epoch ?? null,
        offset: closed.journal?.offset ?? null,
      });
      if (!row) throw new AppError("live_unavailable");
      return toSession(row);
    }),
    audit: verb(async ({ kind, subject, classId, by, at, detail, journal }) => {
      const row = await db.get(HISTORY_STATEMENTS.audit, {
        kind,
        subject,
        class: classId,
        by,
        at,
        detail: JSON.stringify(detail),
        epoch: journal?.epoch ?? null,
        offset: journal?.offset ?? null,
      });
      if (row?.refused) throw new AppError("live_unavailable");
    }),
    sessions: verb(async (classId, { limit, before }) => {
      const rows = before
        ? await db.all(HISTORY_STATEMENTS.pageBefore, {
          class: classId,
          limit,
          startedAt: before.startedAt,
          uuid: before.sessionId,
        })
        : await db.all(HISTORY_STATEMENTS.page, { class: classId, limit });
      return rows.map(toSession);
    }),
    session: verb(async (classId, uuid) => {
      const row = await db.get(HISTORY_STATEMENTS.session, { class: classId, uuid });
      return row ? toSession(row) : null;
    }),
    recordsOf: verb((sessionIds, studentId) => readRecords(db, sessionIds, studentId)),
    correct: verb(async ({ classId, sessionId, studentId, status, reason, by, at }) => {
      const [records, users] = await db.sets(HISTORY_STATEMENTS.correct, {
        class: classId,
        uuid: sessionId,
        student: studentId,
        status,
        reason,
        by,
        at,
      });
      const [record, student] = [records?.[0], users?.[0]];
      if (!record || !student) throw new AppError("record_not_found");
      return toRecord(record, toUser(student));
    }),
    changes: verb(async (uuid, { limit, after }) =>
      (await db.all(HISTORY_STATEMENTS.changes, { uuid, after: after ?? 0, limit })).map(toChange)
    ),
    studentTotals: verb(async (classId, student) => {
      const [totals = [], latest] = await db.sets(HISTORY_STATEMENTS.totals, {
        class: classId,
        student,
      });
      const counts = { present: 0, absent: 0, late: 0, excused: 0 };
      for (const { status, number } of totals) counts[status] = number;
      const row = latest?.[0];
      return { counts, latest: row ? { ...row, startedAt: row.startedAt.toISOString() } : null };
    }),
  };
}
