/** What was taken: reading and correcting closed sessions. */
import { z } from "zod";
import type { Admission } from "../classes/admission.ts";
import { usersById, usersSeenBy } from "../accounts/views.ts";
import { AppError } from "../kernel/errors.ts";
import { decodeCursor, pageOf } from "../kernel/cursor.ts";
import type { LiveStore } from "../sessions/live_store.ts";
import type { Storage } from "../adapters/storage.ts";
import type { Actor } from "../kernel/actor.ts";
import { idNumber } from "../kernel/ids.ts";
import {
  type ChangeView,
  readSession,
  readSessions,
  type RecordDetailView,
  type SessionDetailView,
  type SessionView,
  toRecordDetail,
} from "./history.ts";
import type { Page, PageInput } from "../kernel/page.ts";
import { attendanceRate } from "./rates.ts";
import { type Status, status, totalOf } from "../kernel/status.ts";

const count = z.int().min(0);

export const myAttendanceView = z.object({
  classId: idNumber,
  status: status.nullable().meta({
    description: "In the running session (null: not marked yet), else in the latest one",
  }),
  sessionId: z.uuid().nullable().meta({ description: "The session `status` is of" }),
  live: z.boolean().meta({ description: "Whether that session is running" }),
  totals: z.object({
    present: count,
    absent: count,
    late: count,
    excused: count,
    sessions: count,
    rate: z.number().min(0).max(1).nullable().meta({
      description: "(present + late) / (present + late + absent), to four digits; null without any",
    }),
  }).meta({ description: "Over the closed sessions that have a record of the student" }),
}).meta({ id: "MyAttendance" });
export type MyAttendance = z.infer<typeof myAttendanceView>;

export interface Records {
  /** A student's own: the running session's status, else the latest one's, and totals. */
  myAttendance(actor: Actor, classId: number): Promise<MyAttendance>;
  /** Newest first; a student finds only the own records in them. @throws AppError `invalid_cursor` */
  sessions(actor: Actor, classId: number, page: PageInput): Promise<Page<SessionView>>;
  /** @throws AppError `session_not_found` */
  session(actor: Actor, classId: number, sessionId: string): Promise<SessionDetailView>;
  /** Changes a record of a closed session. @throws AppError `session_not_found`, `record_not_found` */
  correct(actor: Actor, input: {
    readonly classId: number;
    readonly sessionId: string;
    readonly studentId: number;
    readonly status: Status;
    readonly reason: string;
  }): Promise<RecordDetailView>;
  /** The trail, oldest first. @throws AppError `session_not_found`, `invalid_cursor` */
  changes(
    actor: Actor,
    classId: number,
    sessionId: string,
    page: PageInput,
  ): Promise<Page<ChangeView>>;
}

export function createRecords(
  { storage, live, classes, now }: {
    storage: Storage;
    live: LiveStore;
    classes: Admission;
    now: () => number;
  },
): Records {
  const { history, users } = storage;

  async function requireSession(classId: number, sessionId: string): Promise<void> {
    if (!await history.session(classId, sessionId)) throw new AppError("session_not_found");
  }

  return {
    async myAttendance(actor, classId) {
      await classes.admit(actor, classId, "class_student");
      // Live comes first: a session that closes in between is then found in history.
      const { session, mark } = await live.own(classId, actor.userId);
      const { counts, latest } = await history.studentTotals(classId, actor.userId);
      const { present, absent, late, excused } = counts;
      return {
        classId,
        status: (session ? mark?.status : latest?.status) ?? null,
        sessionId: (session ?? latest)?.sessionId ?? null,
        live: session !== null,
        totals: {
          present,
          absent,
          late,
          excused,
          sessions: totalOf(counts),
          rate: attendanceRate(counts),
        },
      };
    },

    async sessions(actor, classId, page) {
      await classes.admit(actor, classId, "class_member");
      return await readSessions(history, actor, classId, page);
    },

    async session(actor, classId, sessionId) {
      await classes.admit(actor, classId, "class_member");
      const found = await readSession(history, actor, classId, sessionId);
      if (!found) throw new AppError("session_not_found");
      return found;
    },

    async correct(actor, { classId, sessionId, ...correction }) {
      await classes.admit(actor, classId, "class_staff");
      await requireSession(classId, sessionId);
      const corrected = await history.correct({
        classId,
        sessionId,
        ...correction,
        by: actor.userId,
        at: new Date(now()).toISOString(),
      });
      return toRecordDetail(actor)(corrected);
    },

    async changes(actor, classId, sessionId, { limit, cursor }) {
      await classes.admit(actor, classId, "class_staff");
      const after = decodeCursor(idNumber, cursor);
      await requireSession(classId, sessionId);
      const fetched = await history.changes(sessionId, { limit: limit + 1, after });
      const { data, next } = pageOf(fetched, limit, (last) => last.id);
      const people = data.flatMap(({ studentId, by }) =>
        by === null ? [studentId] : [studentId, by]
      );
      const userOf = await usersById(users, people);
      const viewOf = usersSeenBy(actor);
      return {
        data: data.map((change) => ({
          id: change.id,
          student: viewOf(userOf(change.studentId)),
          from: change.from,
          to: change.to,
          by: change.by === null ? null : viewOf(userOf(change.by)),
          at: change.at,
          reason: change.reason,
          source: change.source,
        })),
        next,
      };
    },
  };
}
