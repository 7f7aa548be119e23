/**
 * Port: running sessions and their events.
 *
 * The way of one mark: `mark()` stores the change and gives it its place (`seq`); the change is
 * written to the records' database; the event is delivered on every instance; the promise resolves.
 * On the embedded database storing and writing are one commit. With Redis a script stores the change
 * in Redis and in a stream, and the instance appends what it has of the class's session to the
 * journal in the database, many changes in one commit, before anyone hears of them.
 *
 * Every verb is one atomic change. What an adapter guarantees, and `tests/contracts/live_store.ts`
 * checks on each:
 *
 * - A class has at most one session; of several starts at once one wins, the others get
 *   `session_already_active`.
 * - `seq` of a session starts at 1 with the start and grows by one per change (a bulk mark is one
 *   change), without gaps; `done`/`cancelled` carries the last one.
 * - What a resolved verb did is in the records' database, and so is what an event or a reading
 *   tells. A rejected verb changed nothing; only a `live_unavailable` whose text says so may have.
 * - Calls made one after the other without awaiting are applied in that order.
 * - After `beginClose` no mark is accepted, so what it returned is what there is to save.
 * - An event is delivered to every joined listener once, in `seq` order. On the calling instance,
 *   if it has joined the class, it is delivered right before the verb's promise resolves, in the
 *   same turn of the event loop: a transport that sends at the end of a turn can make the asker's
 *   copy of the event the answer.
 * - When events may have been missed (a lost connection, a session rebuilt), `resync` is called
 *   instead of guessing.
 */
import type { MarkVisibility } from "../classes/visibility.ts";
import type { Source, Status, Summary } from "../kernel/status.ts";
import type { JournalPosition } from "./journal.ts";
import type { SessionOptions } from "./options.ts";

export interface LiveSession {
  readonly classId: number;
  /** UUID. */
  readonly sessionId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Null: by nobody, on schedule. */
  readonly startedBy: number | null;
  /** When it was to start, ISO 8601, UTC; null where that was not planned. */
  readonly plannedStart: string | null;
  readonly options: SessionOptions;
  readonly markVisibility: MarkVisibility;
  readonly seq: number;
  readonly state: "open" | "closing";
}

/** What stores of a mark pass whole; they themselves know only whose it is, and its status. */
export interface MarkFacts {
  readonly note: string | null;
  /** Null: by nobody, automatically. */
  readonly markedBy: number | null;
  /** ISO 8601, UTC, by the server's clock. */
  readonly markedAt: string;
  readonly source: Source;
  /** UUID that the client gave it. */
  readonly markId: string | null;
  /** ISO 8601, by the client's clock. */
  readonly clientTime: string | null;
  readonly flags: readonly string[];
  /** When the student came and went, ISO 8601, UTC. */
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  /** The school's own code, of which `status` is the meaning. */
  readonly code: string | null;
}

export interface LiveMark extends MarkFacts {
  readonly studentId: number;
  readonly status: Status;
  readonly seq: number;
}

interface EventBase {
  readonly classId: number;
  readonly sessionId: string;
  readonly seq: number;
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
  }
  /** `seq` is the session's present one: asking for the counts is not a change. */
  | EventBase & { readonly type: "summary"; readonly summary: Summary }
  /** The class list changed during the session; `seq` is the present one. */
  | EventBase & { readonly type: "roster"; readonly summary: Summary }
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
  /** Null: by nobody, on schedule. */
  readonly startedBy: number | null;
  /** When it was to start, ISO 8601, UTC; null where that was not planned. */
  readonly plannedStart: string | null;
  readonly options: SessionOptions;
  readonly markVisibility: MarkVisibility;
  /** Ids of the students enrolled now. */
  readonly roster: readonly number[];
}

/** A mark before it has its place. */
export type NewMark = Omit<LiveMark, "seq">;

export interface MarkInput {
  readonly classId: number;
  /** At least one, no student twice. */
  readonly marks: readonly NewMark[];
  readonly bulk: boolean;
}

/** One step of a session's trail: a student's status changed from (null = unmarked) to. */
export interface LiveChange extends Pick<MarkFacts, "source" | "markId" | "clientTime" | "flags"> {
  readonly studentId: number;
  readonly from: Status | null;
  readonly to: Status | "unmarked";
  /** Null: by nobody, automatically. */
  readonly by: number | null;
  readonly at: string;
  readonly seq: number;
}

/** A session that takes no more marks and waits to be saved. */
export interface ClosingSession {
  readonly session: LiveSession;
  readonly outcome: "done" | "cancelled";
  /** Null: by nobody, automatically. */
  readonly closedBy: number | null;
  readonly closedAt: string;
  readonly roster: readonly number[];
  readonly marks: readonly LiveMark[];
  /** In `seq` order. */
  readonly changes: readonly LiveChange[];
  /** The last entry of its journal; what is saved must name it. Absent where the store needs none. */
  readonly journal?: JournalPosition;
}

export interface Snapshot {
  readonly session: LiveSession;
  readonly marks: readonly LiveMark[];
  readonly summary: Summary;
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
  publishSummary(classId: number): Promise<Extract<LiveEvent, { type: "summary" }>>;
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
    /** Null: by nobody, automatically. */
    readonly closedBy: number | null;
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
  /** Resolves while the store answers. @throws AppError `live_unavailable` */
  ready(): Promise<void>;
  close(): Promise<void>;
}
