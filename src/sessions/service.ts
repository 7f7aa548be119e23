/** Taking attendance: start, mark, count, close. Knows no transport, and asks nobody's right. */
import type { MemberPass, StaffPass, StudentPass } from "../classes/admission.ts";
import type { ClassStore } from "../classes/store.ts";
import type { MarkVisibility } from "../classes/visibility.ts";
import { isStaff } from "../kernel/access.ts";
import { AppError } from "../kernel/errors.ts";
import type { Source, Status, Summary } from "../kernel/status.ts";
import type { SessionArchive } from "./archive.ts";
import { createCloser, isNoSession } from "./closing.ts";
import type { LiveEvent, LiveMark, LiveSession, LiveStore } from "./live_store.ts";
import { marksForStudent } from "./rules.ts";
import { createStarter } from "./starting.ts";

export type MarkedEvent = Extract<LiveEvent, { type: "marked" }>;
export type SummaryEvent = Extract<LiveEvent, { type: "summary" }>;
export type DoneEvent = Extract<LiveEvent, { type: "done" }>;

/** Marks as a transport parsed them (see `marksInput` in schema.ts). */
export interface MarkRequest {
  /** At least one, no student twice. */
  readonly marks: readonly {
    readonly studentId: number;
    readonly status: Status;
    readonly note: string | null;
  }[];
  /** Answered and broadcast as `marks: […]` even where it holds one. */
  readonly bulk: boolean;
  readonly source: Extract<Source, "socket" | "http">;
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
  readonly markVisibility: MarkVisibility;
}

/**
 * Every verb takes the pass of who was let into the class, and fails with `no_active_session` where
 * no session is open, unless said otherwise.
 */
export interface Sessions {
  /**
   * Opens a session; a close that was cut off is finished first.
   * @throws AppError `session_already_active`, `class_not_found` (archived meanwhile)
   */
  start(pass: StaffPass, input: { readonly title?: string | null }): Promise<LiveSession>;
  /**
   * All marks or none. Calls made one after the other without awaiting are applied in that order.
   * @throws AppError `student_not_enrolled`
   */
  mark(pass: StaffPass, input: MarkRequest): Promise<MarkedEvent>;
  /** Sends the counts to the room. */
  summary(pass: StaffPass): Promise<SummaryEvent>;
  /** The asker's own status in the open session; null without a mark or a session. */
  own(pass: StudentPass): Promise<Status | null>;
  /**
   * Closes: unmarked students become absent, all is saved once. Of several at once one succeeds,
   * the others get `no_active_session`. After `storage_unavailable` the session stays closed for
   * marks, and the next `done`, `start` or `sweep` finishes it.
   */
  done(pass: StaffPass): Promise<DoneEvent>;
  /** Throws the open session away; an audit line is all that stays. */
  cancel(pass: StaffPass): Promise<void>;
  /** What the asker may see of the class now; works without a session too. */
  snapshot(pass: MemberPass): Promise<ViewerSnapshot>;
  /**
   * Finishes closes that were cut off, but none that this instance is busy with or that began less
   * than `minAgeMs` ago. Tries all, then throws the first failure. Returns how many it finished.
   */
  sweep(minAgeMs?: number): Promise<number>;
}

export interface SessionsDeps {
  readonly live: LiveStore;
  readonly archive: SessionArchive;
  readonly classes: Pick<ClassStore, "byId" | "studentsOf" | "studentCount">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly uuid: () => string;
}

export function createSessions({ live, archive, classes, now, uuid }: SessionsDeps): Sessions {
  const closer = createCloser({ archive, live, now });
  const open = createStarter({ classes, live, closer, now, uuid });

  async function end({ actor, class: { id: classId } }: StaffPass, outcome: "done" | "cancelled") {
    const running = await live.session(classId);
    if (!running) throw new AppError("no_active_session");
    return await closer.close({
      classId,
      sessionId: running.sessionId,
      outcome,
      closedBy: actor.userId,
    });
  }

  async function readFor({ actor, class: found }: MemberPass, staff: boolean) {
    const all = staff || found.markVisibility === "class";
    const running = await live.snapshot(found.id, all ? undefined : actor.userId);
    // The class began to show its marks between the two readings.
    if (!all && running?.session.markVisibility === "class") return await live.snapshot(found.id);
    return running;
  }

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

  return {
    async start({ actor, class: found }, { title = null }) {
      return await open({ found, startedBy: actor.userId, title });
    },

    async mark({ actor, class: { id: classId } }, input) {
      const { bulk, source } = input;
      const markedAt = new Date(now()).toISOString();
      return await live.mark({
        classId,
        bulk,
        marks: input.marks.map((mark) => ({
          ...mark,
          markedBy: actor.userId,
          markedAt,
          source,
          markId: null,
          clientTime: null,
          flags: [],
          firstSeen: null,
          lastSeen: null,
          code: null,
        })),
      });
    },

    async summary({ class: { id } }) {
      return await live.publishSummary(id);
    },

    async own({ actor, class: { id } }) {
      const { mark } = await live.own(id, actor.userId);
      return mark?.status ?? null;
    },

    async done(pass) {
      const closed = await end(pass, "done");
      if (closed?.type !== "done") throw new AppError("no_active_session");
      return closed;
    },

    async cancel(pass) {
      const closed = await end(pass, "cancelled");
      if (closed?.type !== "cancelled") throw new AppError("no_active_session");
    },

    async snapshot(pass) {
      const { actor, class: { id: classId, markVisibility }, facts } = pass;
      const staff = isStaff(actor, facts);
      const view = staff ? "staff" : "student";
      const running = await readFor(pass, staff);
      if (running) {
        const { session, marks, summary } = running;
        return {
          classId,
          view,
          session,
          marks: staff ? marks : marksForStudent(marks, actor.userId, session.markVisibility),
          summary,
          seq: session.seq,
          markVisibility: session.markVisibility,
        };
      }
      const enrolled = await classes.studentCount(classId);
      return {
        classId,
        view,
        session: null,
        marks: [],
        summary: { present: 0, absent: 0, late: 0, excused: 0, total: 0, enrolled },
        seq: 0,
        markVisibility,
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
