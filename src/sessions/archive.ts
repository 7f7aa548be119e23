/** Port: where ended sessions go. Part of `HistoryStore`, which reads them. */
import type { Counts, Source, Status } from "../kernel/status.ts";
import type { JournalPosition } from "./journal.ts";

/** A session as it goes into history, whole. */
export interface ClosedSession {
  readonly sessionId: string;
  readonly classId: number;
  readonly title: string | null;
  readonly startedAt: string;
  readonly startedBy: number | null;
  readonly closedAt: string;
  readonly closedBy: number | null;
  /** One per student. */
  readonly records: readonly {
    readonly studentId: number;
    readonly status: Status;
    readonly note: string | null;
    readonly markedBy: number | null;
    readonly markedAt: string;
  }[];
  /** What led there, oldest first; becomes the start of the trail. */
  readonly changes: readonly {
    readonly studentId: number;
    readonly from: Status | null;
    readonly to: Status | "unmarked";
    readonly by: number | null;
    readonly at: string;
    readonly source: Source;
  }[];
  /** The last entry of its journal that it holds, where it has one; see `JournalStore`. */
  readonly journal?: JournalPosition;
}

export interface StoredSession {
  readonly sessionId: string;
  readonly classId: number;
  readonly title: string | null;
  readonly startedAt: string;
  readonly startedBy: number;
  readonly closedAt: string;
  readonly closedBy: number;
  /** Counts of its records now, corrections included. */
  readonly counts: Counts;
}

export interface SessionArchive {
  /**
   * Saves session, records and trail in one transaction and counts it on the class. Safe to repeat:
   * a session id that is there already changes nothing. Returns what is stored. The session's
   * journal is closed in the same transaction.
   * @throws AppError `live_unavailable` (its journal has more, or is in a later epoch)
   */
  saveSession(closed: ClosedSession): Promise<StoredSession>;
  /**
   * Writes one audit line, once per (kind, subject). The session's journal is closed in
   * the same transaction.
   * @throws AppError `live_unavailable` (its journal has more, or is in a later epoch)
   */
  audit(entry: {
    readonly kind: "session_cancelled";
    /** What it is about: the session id. */
    readonly subject: string;
    readonly classId: number;
    readonly by: number | null;
    readonly at: string;
    readonly detail: Readonly<Record<string, unknown>>;
    /** As in `ClosedSession`. */
    readonly journal?: JournalPosition;
  }): Promise<void>;
}
