/** Port: closed sessions, their records and the trail of their changes. */
import type { StoredUser } from "../accounts/store.ts";
import type { IdPage } from "../kernel/page.ts";
import type { Counts, Source, Status } from "../kernel/status.ts";
import type { SessionArchive, StoredSession } from "../sessions/archive.ts";

export interface StoredRecord {
  readonly id: number;
  readonly sessionId: string;
  readonly student: StoredUser;
  readonly status: Status;
  readonly note: string | null;
  readonly markedBy: number;
  readonly markedAt: string;
  /** The session's `closedAt`. */
  readonly createdAt: string;
  /** When it was corrected last; `createdAt` where never. */
  readonly updatedAt: string;
}

export interface StoredChange {
  readonly id: number;
  readonly studentId: number;
  readonly from: Status | null;
  readonly to: Status;
  readonly by: number;
  readonly at: string;
  readonly reason: string | null;
  readonly source: Source;
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
   * Records of these sessions, by `handleKey` of the student's username; only one student's where
   * given. Every session asked for has its list, if an empty one.
   */
  recordsOf(
    sessionIds: readonly string[],
    studentId?: number,
  ): Promise<ReadonlyMap<string, readonly StoredRecord[]>>;
  /**
   * Changes one record's status, the session's counts and the trail together. Note, `markedBy` and
   * `markedAt` stay; the trail says who corrected.
   * @throws AppError `record_not_found`
   */
  correct(input: {
    readonly classId: number;
    readonly sessionId: string;
    readonly studentId: number;
    readonly status: Status;
    readonly reason: string;
    readonly by: number;
    readonly at: string;
  }): Promise<StoredRecord>;
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
}
