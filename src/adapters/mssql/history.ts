import { countStatuses } from "../../kernel/status.ts";
import { AppError } from "../../kernel/errors.ts";
import type { ClosedSession, StoredSession } from "../../sessions/archive.ts";
import type { HistoryStore, StoredChange } from "../../records/store.ts";
import type { Database } from "./database.ts";
import { verb } from "./errors.ts";
import { escaped, timeInList } from "./lists.ts";
import { messageList } from "./outbox.ts";
import { readRecords, toRecord } from "./records.ts";
import { type ChangeRow, HISTORY_STATEMENTS, type SessionRow } from "./statements/history.ts";
import { toUser } from "./users.ts";

const idOf = (text: string | null): number | null => text === null ? null : Number(text);

const toSession = (row: SessionRow): StoredSession => ({
  sessionId: row.sessionId,
  classId: Number(row.classId),
  options: JSON.parse(row.options),
  startedAt: row.startedAt.toISOString(),
  startedBy: idOf(row.startedBy),
  plannedStart: row.plannedStart?.toISOString() ?? null,
  closedAt: row.closedAt.toISOString(),
  closedBy: idOf(row.closedBy),
  occurrence: row.occurrence,
  counts: { present: row.present, absent: row.absent, late: row.late, excused: row.excused },
});

const toChange = (row: ChangeRow): StoredChange => ({
  id: Number(row.id),
  studentId: Number(row.studentId),
  from: row.fromStatus,
  to: row.toStatus,
  by: idOf(row.changedBy),
  at: row.changedAt.toISOString(),
  reason: row.reason,
  source: row.source,
  markId: row.markId,
  clientTime: row.clientTime,
  flags: JSON.parse(row.flags),
});

const escapedOr = (text: string | null): string | null => text === null ? null : escaped(text);
const timeOr = (time: string | null): string | null => time === null ? null : timeInList(time);

const recordList = (records: ClosedSession["records"]): string =>
  JSON.stringify(records.map((record) => [
    record.studentId,
    record.status,
    escapedOr(record.note),
    record.markedBy,
    timeInList(record.markedAt),
    record.source,
    record.markId,
    record.clientTime,
    escaped(JSON.stringify(record.flags)),
    timeOr(record.firstSeen),
    timeOr(record.lastSeen),
    escapedOr(record.code),
  ]));

const changeList = (changes: ClosedSession["changes"]): string =>
  JSON.stringify(changes.map((change, position) => [
    position,
    change.studentId,
    change.from,
    change.to,
    change.by,
    timeInList(change.at),
    change.source,
    change.markId,
    change.clientTime,
    escaped(JSON.stringify(change.flags)),
  ]));

export function createHistoryStore(db: Database): HistoryStore {
  return {
    saveSession: verb(async (closed) => {
      const row = await db.get(HISTORY_STATEMENTS.saveSession, {
        uuid: closed.sessionId,
        class: closed.classId,
        options: JSON.stringify(closed.options),
        startedAt: closed.startedAt,
        startedBy: closed.startedBy,
        plannedStart: closed.plannedStart,
        closedAt: closed.closedAt,
        closedBy: closed.closedBy,
        occurrence: closed.occurrence,
        ...countStatuses(closed.records.map(({ status }) => status)),
        records: recordList(closed.records),
        changes: changeList(closed.changes),
        messages: messageList(closed.messages),
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
    correct: verb(async (input) => {
      const { classId, sessionId, studentId, status, code = null, reason, by, at } = input;
      const [records, users] = await db.sets(HISTORY_STATEMENTS.correct, {
        class: classId,
        uuid: sessionId,
        student: studentId,
        status,
        code,
        reason,
        by,
        at,
        messages: messageList(input.messages),
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
    codes: verb(async () =>
      (await db.all(HISTORY_STATEMENTS.codes, {})).map((row) => ({ ...row }))
    ),
    setCodes: verb(async (codes) => {
      const rows = codes.map(({ code, status, meaning }) => [
        escaped(code),
        status,
        escaped(meaning),
      ]);
      await db.all(HISTORY_STATEMENTS.setCodes, { codes: JSON.stringify(rows) });
    }),
  };
}
