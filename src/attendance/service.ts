/** Taking attendance: start, mark, count, close, correct. Knows no transport. */
import type {
  ClosingSession,
  LiveEvent,
  LiveMark,
  LiveSession,
  Origin,
} from "../live/live_store.ts";
import type { Actor } from "../users/schema.ts";
import type { MarkVisibility, Source, Status, Summary } from "./schema.ts";

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
  readonly markVisibility: MarkVisibility;
}

/**
 * Who fails where, in this order: role (`forbidden`), unknown or archived class
 * (`class_not_found`), another's class (`forbidden`), no open session (`no_active_session`),
 * a student who is not on the list (`student_not_enrolled`).
 */
export interface Attendance {
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

export type { ClosingSession };
