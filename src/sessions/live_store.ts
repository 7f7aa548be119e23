/**
 * Port: running sessions and their events.
 *
 * Every verb is one atomic change. What an adapter guarantees, and `tests/contracts/live_store.ts`
 * checks on each:
 *
 * - A class has at most one session; of several starts at once one wins, the others get
 *   `session_already_active`.
 * - `seq` of a session starts at 1 with the start and grows by one per change (a bulk mark is one
 *   change), without gaps; `done`/`cancelled` carries the last one.
 * - A resolved `mark` is stored; a rejected one changed nothing. Calls made one after the other
 *   without awaiting are applied in that order.
 * - After `beginClose` no mark is accepted, so what it returned is what there is to save.
 * - An event is delivered after its change is stored, to every joined listener once, in `seq` order;
 *   on the calling instance before the verb's promise resolves, if that instance has joined.
 * - When events may have been missed (a lost connection), `resync` is called instead of guessing.
 * - A change that is not durable when it is acknowledged becomes so soon: a `durable` event says it.
 */
import type { MarkVisibility } from "../classes/visibility.ts";
import type { Source, Status, Summary } from "../kernel/status.ts";

export interface LiveSession {
  readonly classId: number;
  /** UUID. */
  readonly sessionId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly startedBy: number;
  readonly title: string | null;
  readonly markVisibility: MarkVisibility;
  readonly seq: number;
  readonly state: "open" | "closing";
}

export interface LiveMark {
  readonly studentId: number;
  readonly status: Status;
  readonly note: string | null;
  readonly markedBy: number;
  /** ISO 8601, UTC. */
  readonly markedAt: string;
  readonly seq: number;
}

/** Which socket and frame asked for a change, so that its own copy of the event can say so. */
export interface Origin {
  readonly connection: string;
  readonly request: number;
}

interface EventBase {
  readonly classId: number;
  readonly sessionId: string;
  readonly seq: number;
  readonly origin?: Origin;
}

export type LiveEvent =
  | EventBase & {
    readonly type: "started";
    readonly session: LiveSession;
    readonly summary: Summary;
  }
  | EventBase & {
    readonly type: "marked";
    readonly visibility: MarkVisibility;
    readonly marks: readonly LiveMark[];
    /** Sent as `marks: […]` even where it holds one. */
    readonly bulk: boolean;
    /** The counts right after this change. */
    readonly summary: Summary;
    /** Whether it is on disk in the records' database already, which no fault of the store undoes. */
    readonly durable: boolean;
  }
  /** `seq` is the session's present one: asking for the counts is not a change. */
  | EventBase & { readonly type: "summary"; readonly summary: Summary }
  /** The class list changed during the session; `seq` is the present one. */
  | EventBase & { readonly type: "roster"; readonly summary: Summary }
  /** Every change up to `seq` is durable. Comes by itself, and may overtake other events. */
  | EventBase & { readonly type: "durable" }
  | EventBase & { readonly type: "done"; readonly totals: Summary }
  | EventBase & { readonly type: "cancelled" };

/** News that is not about a session; tells instances to look again at who may hear what. */
export type ControlEvent =
  | { readonly type: "user"; readonly userId: number }
  | {
    readonly type: "enrolment";
    readonly classId: number;
    readonly userIds: readonly number[];
    readonly enrolled: boolean;
  }
  /** The class was made, archived, or got another teacher. */
  | { readonly type: "class"; readonly classId: number };

export interface LiveListener {
  event(event: LiveEvent): void;
  control(event: ControlEvent): void;
  /** Events of this class (of every class and all control news: null) may have been missed. */
  resync(classId: number | null): void;
}

export interface StartInput {
  readonly classId: number;
  readonly sessionId: string;
  readonly startedAt: string;
  readonly startedBy: number;
  readonly title: string | null;
  readonly markVisibility: MarkVisibility;
  /** Ids of the students enrolled now. */
  readonly roster: readonly number[];
  readonly origin?: Origin;
}

export interface MarkInput {
  readonly classId: number;
  /** At least one, no student twice. */
  readonly marks: readonly {
    readonly studentId: number;
    readonly status: Status;
    readonly note: string | null;
  }[];
  readonly bulk: boolean;
  readonly markedBy: number;
  readonly markedAt: string;
  readonly source: Source;
  readonly origin?: Origin;
}

/** One step of a session's trail: a student's status changed from (null = unmarked) to. */
export interface LiveChange {
  readonly studentId: number;
  readonly from: Status | null;
  readonly to: Status;
  readonly by: number;
  readonly at: string;
  readonly source: Source;
  readonly seq: number;
}

/** A session that takes no more marks and waits to be saved. */
export interface ClosingSession {
  readonly session: LiveSession;
  readonly outcome: "done" | "cancelled";
  readonly closedBy: number;
  readonly closedAt: string;
  readonly roster: readonly number[];
  readonly marks: readonly LiveMark[];
  /** In `seq` order. */
  readonly changes: readonly LiveChange[];
  /** Of the session's journal; what is saved must name it. Absent where the store needs none. */
  readonly epoch?: number;
}

export interface Snapshot {
  readonly session: LiveSession;
  readonly marks: readonly LiveMark[];
  readonly summary: Summary;
  /** Every change up to this one is durable. */
  readonly durableSeq: number;
}

export interface LiveStore {
  /** @throws AppError `session_already_active` */
  start(input: StartInput): Promise<LiveSession>;
  /**
   * All marks or none; returns the stored marks and the change's `seq`.
   * @throws AppError `no_active_session` (also while closing), `student_not_enrolled`
   */
  mark(input: MarkInput): Promise<Extract<LiveEvent, { type: "marked" }>>;
  /** The running (or closing) session, or null. */
  session(classId: number): Promise<LiveSession | null>;
  /** One consistent reading of an open session, or null; of one student's mark where given. */
  snapshot(classId: number, studentId?: number): Promise<Snapshot | null>;
  /** One student's mark in the open session; `session` null where none is open. */
  own(
    classId: number,
    studentId: number,
  ): Promise<{ session: LiveSession | null; mark: LiveMark | null }>;
  /** Sends the counts to the room. @throws AppError `no_active_session` */
  publishSummary(
    classId: number,
    origin?: Origin,
  ): Promise<Extract<LiveEvent, { type: "summary" }>>;
  /**
   * Brings a running session's class list or visibility up to date; nothing happens without one.
   * A removed student's mark stays.
   */
  updateClass(classId: number, change: {
    readonly enrol?: readonly number[];
    readonly unenrol?: readonly number[];
    readonly markVisibility?: MarkVisibility;
  }): Promise<void>;
  /**
   * Stops marking and returns what is to be saved. Called again while closing, it returns the same
   * (with the first caller's outcome, `closedBy` and `closedAt`).
   * @throws AppError `no_active_session` (also where `sessionId` names another session)
   */
  beginClose(input: {
    readonly classId: number;
    /** Only this session, so that who finishes an old close never closes a new session. */
    readonly sessionId?: string;
    readonly outcome: "done" | "cancelled";
    readonly closedBy: number;
    readonly closedAt: string;
  }): Promise<ClosingSession>;
  /**
   * Clears the live state and publishes `done` (or `cancelled`) with the next `seq`. Returns the
   * event to exactly one caller, null to the others.
   */
  finishClose(input: {
    readonly classId: number;
    readonly sessionId: string;
    readonly totals: Summary;
    readonly origin?: Origin;
  }): Promise<Extract<LiveEvent, { type: "done" | "cancelled" }> | null>;
  /** Classes whose session is closing and not finished: for the sweeper. */
  closing(): Promise<readonly number[]>;
  /** Tells every instance, this one included. */
  publishControl(event: ControlEvent): Promise<void>;
  /** The one receiver of events on this instance. */
  listen(listener: LiveListener): void;
  /** From now on events of this class are delivered here. Counted: each join needs its leave. */
  join(classId: number): Promise<void>;
  leave(classId: number): Promise<void>;
  /** How many changes were acknowledged here that are not in the database yet. */
  notDurable(): number;
  /** Resolves while the store answers. @throws AppError `live_unavailable` */
  ready(): Promise<void>;
  close(): Promise<void>;
}
