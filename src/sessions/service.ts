/** Taking attendance: start, mark, count, close. Knows no transport. */
import { isStaff } from "../kernel/access.ts";
import type { ClassAccess } from "../kernel/access.ts";
import type { Admission, ClassWithFacts } from "../classes/admission.ts";
import { AppError } from "../kernel/errors.ts";
import type {
  LiveEvent,
  LiveMark,
  LiveSession,
  LiveStore,
  Origin,
  Snapshot,
} from "./live_store.ts";
import type { Storage } from "../adapters/storage.ts";
import type { Actor } from "../kernel/actor.ts";
import { createCloser, isNoSession } from "./closing.ts";
import { createRecords, type Records } from "../records/service.ts";
import { marksForStudent } from "./rules.ts";
import type { MarkVisibility } from "../classes/visibility.ts";
import type { Source, Status, Summary } from "../kernel/status.ts";
import { createStarter } from "./starting.ts";

export type MarkedEvent = Extract<LiveEvent, { type: "marked" }>;
export type SummaryEvent = Extract<LiveEvent, { type: "summary" }>;
export type DoneEvent = Extract<LiveEvent, { type: "done" }>;

/** Marks as a transport parsed them (see `marksInput` in schema.ts). */
export interface MarkRequest {
  readonly classId: number;
  /** At least one, no student twice. */
  readonly marks: readonly {
    readonly studentId: number;
    readonly status: Status;
    readonly note: string | null;
  }[];
  /** Answered and broadcast as `marks: […]` even where it holds one. */
  readonly bulk: boolean;
  readonly source: Extract<Source, "socket" | "http">;
  readonly origin?: Origin | undefined;
}

/** What one viewer may see of a class right now. */
export interface ViewerSnapshot {
  readonly classId: number;
  readonly view: "staff" | "student";
  /** The open session; null where none is. */
  readonly session: LiveSession | null;
  /**
   * By student id. Staff: all. Student: the own mark; all of them, others without note, where the
   * class shows marks to everyone.
   */
  readonly marks: readonly LiveMark[];
  /** Without a session all zero, with `enrolled`. */
  readonly summary: Summary;
  /** Events up to this one are in here; 0 without a session. */
  readonly seq: number;
  /** Changes up to this one are durable; 0 without a session. */
  readonly durableSeq: number;
  readonly markVisibility: MarkVisibility;
}

/**
 * Who fails where, in this order: role (`forbidden`), unknown or archived class
 * (`class_not_found`), another's class (`forbidden`), no open session (`no_active_session`),
 * a student who is not on the list (`student_not_enrolled`).
 */
export interface Attendance extends Records {
  /**
   * Opens a session; a close that was cut off is finished first.
   * @throws AppError `session_already_active`
   */
  start(
    actor: Actor,
    input: { readonly classId: number; readonly title?: string | null | undefined },
    origin?: Origin,
  ): Promise<LiveSession>;
  /**
   * Checks who marks, and returns the call that does it. Calls made one after the other without
   * awaiting are applied in that order.
   */
  authorizeMark(actor: Actor, input: MarkRequest): Promise<() => Promise<MarkedEvent>>;
  /** All marks or none: `authorizeMark` and its call. */
  mark(actor: Actor, input: MarkRequest): Promise<MarkedEvent>;
  /** Sends the counts to the room. */
  summary(actor: Actor, classId: number, origin?: Origin): Promise<SummaryEvent>;
  /** A student's own status in the open session; null without a mark or a session. */
  own(actor: Actor, classId: number): Promise<{ classId: number; status: Status | null }>;
  /**
   * Closes: unmarked students become absent, all is saved once. Of several at once one succeeds,
   * the others get `no_active_session`. After `storage_unavailable` the session stays closed for
   * marks, and the next `done`, `start` or `sweep` finishes it.
   */
  done(actor: Actor, classId: number, origin?: Origin): Promise<DoneEvent>;
  /** Throws the open session away; an audit line is all that stays. */
  cancel(actor: Actor, classId: number): Promise<void>;
  /** What `SUBSCRIBE` answers; works without a session too. */
  snapshot(actor: Actor, classId: number): Promise<ViewerSnapshot>;
  /**
   * Finishes closes that were cut off, but none that this instance is busy with or that began less
   * than `minAgeMs` ago. Tries all, then throws the first failure. Returns how many it finished.
   */
  sweep(minAgeMs?: number): Promise<number>;
}

export interface AttendanceDeps {
  readonly storage: Storage;
  readonly live: LiveStore;
  readonly classes: Admission;
  /** Lets in who marks, where that may hear of changes a moment later; else `classes` does. */
  readonly markers?: Pick<Admission, "admit">;
  /** Milliseconds. */
  readonly now: () => number;
  readonly uuid: () => string;
}

export function createAttendance(deps: AttendanceDeps): Attendance {
  const { storage, live, classes, now, markers = classes } = deps;
  const closer = createCloser({ history: storage.history, live, now });
  const open = createStarter({ ...deps, classes: storage.classes, closer });

  /** `admit`, with the text that clients match on where the role alone refuses. */
  async function admit(
    actor: Actor,
    classId: number,
    access: ClassAccess,
    wrongRole: string,
    by: Pick<Admission, "admit"> = classes,
  ): Promise<ClassWithFacts> {
    const asStudent = access === "class_student";
    if ((actor.role === "STUDENT") !== asStudent) {
      throw new AppError("forbidden", { detail: wrongRole });
    }
    return await by.admit(actor, classId, access);
  }

  async function end(
    actor: Actor,
    classId: number,
    outcome: "done" | "cancelled",
    origin?: Origin,
  ) {
    await admit(actor, classId, "class_staff", "Only teachers can end attendance session");
    const running = await live.session(classId);
    if (!running) throw new AppError("no_active_session");
    return await closer.close({
      classId,
      sessionId: running.sessionId,
      outcome,
      closedBy: actor.userId,
      origin,
    });
  }

  async function readFor(actor: Actor, staff: boolean, classId: number, all: boolean) {
    const found = await live.snapshot(classId, staff || all ? undefined : actor.userId);
    const visibility = found?.session.markVisibility;
    // The class began to show its marks between the two readings.
    if (visibility === "class" && !staff && !all) return await live.snapshot(classId);
    return found;
  }

  const marksFor = (actor: Actor, staff: boolean, { session, marks }: Snapshot) =>
    staff ? marks : marksForStudent(marks, actor.userId, session.markVisibility);

  /** A close that has begun keeps its outcome and its author; those given here don't count. */
  async function sweepOne(classId: number, minAgeMs: number): Promise<boolean> {
    const session = await live.session(classId);
    if (session?.state !== "closing" || closer.isBusy(classId)) return false;
    try {
      const event = await closer.close({
        classId,
        sessionId: session.sessionId,
        outcome: "done",
        closedBy: session.startedBy,
        minAgeMs,
      });
      return event !== null;
    } catch (error) {
      if (isNoSession(error)) return false;
      throw error;
    }
  }

  const authorizeMark: Attendance["authorizeMark"] = async (actor, input) => {
    const { origin, ...request } = input;
    const wrongRole = "Only teachers can mark attendance";
    await admit(actor, input.classId, "class_staff", wrongRole, markers);
    return () =>
      live.mark({
        ...request,
        ...(origin ? { origin } : {}),
        markedBy: actor.userId,
        markedAt: new Date(now()).toISOString(),
      });
  };

  return {
    ...createRecords(deps),
    authorizeMark,

    async start(actor, { classId, title }, origin) {
      const { class: found } = await classes.admit(actor, classId, "class_staff");
      return await open({ found, startedBy: actor.userId, title: title ?? null, origin });
    },

    async mark(actor, input) {
      return await (await authorizeMark(actor, input))();
    },

    async summary(actor, classId, origin) {
      await admit(
        actor,
        classId,
        "class_staff",
        "Only teachers can request attendance summary",
      );
      return await live.publishSummary(classId, origin);
    },

    async own(actor, classId) {
      await admit(
        actor,
        classId,
        "class_student",
        "Only students can request their own attendance",
      );
      const { mark } = await live.own(classId, actor.userId);
      return { classId, status: mark?.status ?? null };
    },

    async done(actor, classId, origin) {
      const closed = await end(actor, classId, "done", origin);
      if (closed?.type !== "done") throw new AppError("no_active_session");
      return closed;
    },

    async cancel(actor, classId) {
      const closed = await end(actor, classId, "cancelled");
      if (closed?.type !== "cancelled") throw new AppError("no_active_session");
    },

    async snapshot(actor, classId) {
      const { class: found, facts } = await classes.admit(actor, classId, "class_member");
      const staff = isStaff(actor, facts);
      const view = staff ? "staff" : "student";
      const running = await readFor(actor, staff, classId, found.markVisibility === "class");
      if (running) {
        return {
          classId,
          view,
          session: running.session,
          marks: marksFor(actor, staff, running),
          summary: running.summary,
          seq: running.session.seq,
          durableSeq: running.durableSeq,
          markVisibility: running.session.markVisibility,
        };
      }
      const enrolled = await storage.classes.studentCount(classId);
      return {
        classId,
        view,
        session: null,
        marks: [],
        summary: { present: 0, absent: 0, late: 0, excused: 0, total: 0, enrolled },
        seq: 0,
        durableSeq: 0,
        markVisibility: found.markVisibility,
      };
    },

    async sweep(minAgeMs = 0) {
      let finished = 0;
      const failures: unknown[] = [];
      for (const classId of await live.closing()) {
        try {
          if (await sweepOne(classId, minAgeMs)) finished++;
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      return finished;
    },
  };
}
