/** Closed sessions as clients see them, and how they are read page by page. */
import { z } from "zod";
import { usersSeenBy } from "../accounts/views.ts";
import { decodeCursor, pageOf } from "../kernel/cursor.ts";
import type { HistoryStore, StoredRecord } from "./store.ts";
import { titleOf } from "../sessions/options.ts";
import type { StoredSession } from "../sessions/archive.ts";
import type { Actor } from "../kernel/actor.ts";
import { idNumber } from "../kernel/ids.ts";
import type { Page, PageInput } from "../kernel/page.ts";
import { user } from "../accounts/schema.ts";
import { CHANGED_TO, SOURCES, status, totalOf } from "../kernel/status.ts";

const count = z.int().min(0);
const time = z.iso.datetime();

export const recordView = z.object({
  id: idNumber,
  student: user,
  status,
  note: z.string().nullable(),
  created_at: time,
}).meta({ id: "AttendanceRecord" });
export type RecordView = z.infer<typeof recordView>;

export const recordDetailView = recordView.extend({
  marked_at: time,
  updated_at: time,
}).meta({ id: "AttendanceRecordDetail" });
export type RecordDetailView = z.infer<typeof recordDetailView>;

export const sessionView = z.object({
  session_id: z.uuid(),
  date: time.meta({ description: "When it started" }),
  closed_at: time,
  title: z.string().nullable(),
  total_students: count,
  present_count: count,
  absent_count: count,
  late_count: count,
  excused_count: count,
  attendance_records: z.array(recordView).meta({
    description: "By sort name; a student finds only the own record here",
  }),
}).meta({ id: "Session", description: "A closed attendance session; counts include corrections" });
export type SessionView = z.infer<typeof sessionView>;

export const sessionDetailView = sessionView.extend({
  attendance_records: z.array(recordDetailView),
}).meta({ id: "SessionDetail" });
export type SessionDetailView = z.infer<typeof sessionDetailView>;

export const changeView = z.object({
  id: idNumber,
  student: user,
  from: status.nullable().meta({ description: "null: not marked before" }),
  to: z.enum(CHANGED_TO).meta({ description: "`unmarked`: the mark was taken away" }),
  by: user.nullable().meta({ description: "Who made the change; null: nobody, automatically" }),
  at: time,
  reason: z.string().nullable(),
  source: z.enum(SOURCES).meta({
    description: "`close`: absent because nobody marked the student before the end",
  }),
}).meta({ id: "RecordChange" });
export type ChangeView = z.infer<typeof changeView>;

/**
 * Records in one page of sessions. A page of a big class ends early rather than hold the process
 * up; `next` leads on.
 */
export const PAGE_RECORDS = 50_000;

const sessionCursor = z.tuple([z.iso.datetime(), z.guid()]);

/** A student is shown the own records only. */
const onlyStudent = (viewer: Actor): number | undefined =>
  viewer.role === "STUDENT" ? viewer.userId : undefined;

function toSession<R>(session: StoredSession, records: R[]) {
  const { counts } = session;
  return {
    session_id: session.sessionId,
    date: session.startedAt,
    closed_at: session.closedAt,
    title: titleOf(session.options),
    total_students: totalOf(counts),
    present_count: counts.present,
    absent_count: counts.absent,
    late_count: counts.late,
    excused_count: counts.excused,
    attendance_records: records,
  };
}

const recordsFor = (viewer: Actor): (record: StoredRecord) => RecordView => {
  const viewOf = usersSeenBy(viewer);
  return ({ id, student, status, note, createdAt }) => (
    { id, student: viewOf(student), status, note, created_at: createdAt }
  );
};

export function toRecordDetail(viewer: Actor): (record: StoredRecord) => RecordDetailView {
  const toRecord = recordsFor(viewer);
  return (record) => ({
    ...toRecord(record),
    marked_at: record.markedAt,
    updated_at: record.updatedAt,
  });
}

/** How many of these sessions fit a page; at least one, so that paging always gets on. */
function fitting(sessions: readonly StoredSession[], limit: number): number {
  let records = 0;
  let fit = 0;
  for (const { counts } of sessions.slice(0, limit)) {
    records += totalOf(counts);
    if (fit > 0 && records > PAGE_RECORDS) break;
    fit++;
  }
  return fit;
}

/**
 * Sessions of a class, newest first. Who may read them is the caller's affair.
 * @throws AppError `invalid_cursor`
 */
export async function readSessions(
  history: HistoryStore,
  viewer: Actor,
  classId: number,
  { limit, cursor }: PageInput,
): Promise<Page<SessionView>> {
  const after = decodeCursor(sessionCursor, cursor);
  const fetched = await history.sessions(classId, {
    limit: limit + 1,
    before: after && { startedAt: after[0], sessionId: after[1] },
  });
  const own = onlyStudent(viewer);
  const size = own === undefined ? fitting(fetched, limit) : limit;
  const { data, next } = pageOf(fetched, size, (last) => [last.startedAt, last.sessionId]);
  const records = data.length === 0
    ? new Map<string, readonly StoredRecord[]>()
    : await history.recordsOf(data.map((session) => session.sessionId), own);
  const toRecord = recordsFor(viewer);
  return {
    data: data.map((session) =>
      toSession(session, (records.get(session.sessionId) ?? []).map(toRecord))
    ),
    next,
  };
}

/** One session with its records, or null. Who may read it is the caller's affair. */
export async function readSession(
  history: HistoryStore,
  viewer: Actor,
  classId: number,
  sessionId: string,
): Promise<SessionDetailView | null> {
  const found = await history.session(classId, sessionId);
  if (!found) return null;
  const records = await history.recordsOf([sessionId], onlyStudent(viewer));
  return toSession(found, (records.get(sessionId) ?? []).map(toRecordDetail(viewer)));
}
