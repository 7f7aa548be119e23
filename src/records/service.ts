/** What was taken: reading and correcting closed sessions. */
import { z } from "zod";
import type { UserStore } from "../accounts/store.ts";
import { usersById, usersSeenBy } from "../accounts/views.ts";
import type { MemberPass, StaffPass, StudentPass } from "../classes/admission.ts";
import type { ClassStore, StoredClass } from "../classes/store.ts";
import type { ClassViews } from "../classes/views.ts";
import type { Actor } from "../kernel/actor.ts";
import { decodeCursor, pageOf } from "../kernel/cursor.ts";
import { AppError } from "../kernel/errors.ts";
import { idNumber } from "../kernel/ids.ts";
import type { Page, PageInput } from "../kernel/page.ts";
import { type Status, status, totalOf } from "../kernel/status.ts";
import type { LiveStore } from "../sessions/live_store.ts";
import type { ClassPage } from "./class_page.ts";
import {
  type ChangeView,
  readSession,
  readSessions,
  type RecordDetailView,
  type SessionDetailView,
  type SessionView,
  toRecordDetail,
} from "./history.ts";
import { attendanceRate } from "./rates.ts";
import type { HistoryStore } from "./store.ts";

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
  myAttendance(pass: StudentPass): Promise<MyAttendance>;
  /** @throws AppError `invalid_cursor` */
  classPage(pass: MemberPass, page: PageInput): Promise<ClassPage>;
  /**
   * The class of this name among those that the actor may see.
   * @throws AppError `class_not_found`, `class_name_ambiguous`, `invalid_cursor`
   */
  classByName(actor: Actor, name: string, page: PageInput): Promise<ClassPage>;
  /** Newest first; a student finds only the own records in them. @throws AppError `invalid_cursor` */
  sessions(pass: MemberPass, page: PageInput): Promise<Page<SessionView>>;
  /** @throws AppError `session_not_found` */
  session(pass: MemberPass, sessionId: string): Promise<SessionDetailView>;
  /** Changes a record of a closed session. @throws AppError `session_not_found`, `record_not_found` */
  correct(pass: StaffPass, input: {
    readonly sessionId: string;
    readonly studentId: number;
    readonly status: Status;
    readonly reason: string;
  }): Promise<RecordDetailView>;
  /** The trail, oldest first. @throws AppError `session_not_found`, `invalid_cursor` */
  changes(pass: StaffPass, sessionId: string, page: PageInput): Promise<Page<ChangeView>>;
}

export function createRecords(
  { history, users, classes, views, live, now }: {
    history: HistoryStore;
    users: Pick<UserStore, "byId">;
    classes: Pick<ClassStore, "visibleByName">;
    views: Pick<ClassViews, "viewOf">;
    live: Pick<LiveStore, "own">;
    /** Milliseconds since 1970. */
    now: () => number;
  },
): Records {
  async function requireSession(classId: number, sessionId: string): Promise<void> {
    if (!await history.session(classId, sessionId)) throw new AppError("session_not_found");
  }

  async function pageOfClass(viewer: Actor, found: StoredClass, page: PageInput) {
    const [view, sessions] = await Promise.all([
      views.viewOf(viewer, found),
      readSessions(history, viewer, found.id, page),
    ]);
    return {
      data: { ...view, total_sessions: found.sessionCount, sessions: sessions.data },
      next: sessions.next,
    };
  }

  return {
    async myAttendance({ actor, class: { id: classId } }) {
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

    classPage: ({ actor, class: found }, page) => pageOfClass(actor, found, page),

    async classByName(actor, name, page) {
      const [found, ...others] = await classes.visibleByName(
        actor,
        name,
        new Date(now()).toISOString(),
      );
      if (!found) throw new AppError("class_not_found");
      if (others.length > 0) {
        const ids = [found, ...others].map(({ id }) => id);
        throw new AppError("class_name_ambiguous", {
          detail: `Several classes have this name (ids ${ids.join(", ")}); use the id`,
          extra: { class_ids: ids },
        });
      }
      return await pageOfClass(actor, found, page);
    },

    sessions: ({ actor, class: { id } }, page) => readSessions(history, actor, id, page),

    async session({ actor, class: { id } }, sessionId) {
      const found = await readSession(history, actor, id, sessionId);
      if (!found) throw new AppError("session_not_found");
      return found;
    },

    async correct({ actor, class: { id: classId } }, { sessionId, ...correction }) {
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

    async changes({ actor, class: { id: classId } }, sessionId, { limit, cursor }) {
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
