/** Port: closed sessions, their records and the trail of their changes. */
import type { StoredUser } from "../accounts/store.ts";
import type { WithMessages } from "../kernel/outbox.ts";
import type { IdPage } from "../kernel/page.ts";
import type { Counts, Status } from "../kernel/status.ts";
import type { ChangeFacts, SessionArchive, StoredSession } from "../sessions/archive.ts";
import type { MarkFacts } from "../sessions/live_store.ts";

export interface StoredRecord extends MarkFacts {
  readonly id: number;
  readonly sessionId: string;
  readonly student: StoredUser;
  readonly status: Status;
  /** The session's `closedAt`. */
  readonly createdAt: string;
  /** When it was corrected last; `createdAt` where never. */
  readonly updatedAt: string;
}

export interface StoredChange extends ChangeFacts {
  readonly id: number;
  readonly reason: string | null;
}

/** A school's own code for attendance, and the status that it means. */
export interface AttendanceCode {
  readonly code: string;
  readonly status: Status;
  readonly meaning: string;
}

/** Newest first: sessions that come after `before` in (startedAt, sessionId) descending order. */
export interface SessionPage {
  readonly limit: number;
  readonly before: { readonly startedAt: string; readonly sessionId: string } | null;
}

export interface HistoryStore extends SessionArchive {
  sessions(classId: number, page: SessionPage): Promise<readonly StoredSession[]>;
  session(classId: number, sessionId: string): Promise<StoredSession | null>;
  /**
   * Records of these sessions, in the order of `UserStore.list`; only one student's where given.
   * Every session asked for has its list, if an empty one.
   */
  recordsOf(
    sessionIds: readonly string[],
    studentId?: number,
  ): Promise<ReadonlyMap<string, readonly StoredRecord[]>>;
  /**
   * Changes one record's status, the session's counts and the trail together. The code becomes the
   * one given, or none; everything else of the mark stays, and the trail says who corrected.
   * @throws AppError `record_not_found`
   */
  correct(
    input: {
      readonly classId: number;
      readonly sessionId: string;
      readonly studentId: number;
      readonly status: Status;
      readonly code?: string | null;
      readonly reason: string;
      readonly by: number;
      readonly at: string;
    } & WithMessages,
  ): Promise<StoredRecord>;
  /** The trail, oldest first. */
  changes(sessionId: string, page: IdPage): Promise<readonly StoredChange[]>;
  /**
   * One student's totals over a class's closed sessions and the status in the latest of those that
   * have a record of the student.
   */
  studentTotals(classId: number, studentId: number): Promise<{
    readonly counts: Counts;
    readonly latest:
      | { readonly sessionId: string; readonly startedAt: string; readonly status: Status }
      | null;
  }>;
  /** By code. */
  codes(): Promise<readonly AttendanceCode[]>;
  /** Replaces all of them. Records keep theirs. */
  setCodes(codes: readonly AttendanceCode[]): Promise<void>;
}
