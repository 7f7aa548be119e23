/** Port: where ended sessions go. Part of `HistoryStore`, which reads them. */
import type { WithMessages } from "../kernel/outbox.ts";
import type { ChangedTo, Counts, Source, Status } from "../kernel/status.ts";
import type { SessionOptions } from "./options.ts";

/** What stores of a mark keep whole. */
export interface RecordFacts {
  readonly note: string | null;
  /** Null: by nobody, automatically. */
  readonly markedBy: number | null;
  /** By the server's clock. */
  readonly markedAt: string;
  readonly source: Source;
  /** UUID that the client gave it. */
  readonly markId: string | null;
  /** By the client's clock. */
  readonly clientTime: string | null;
  readonly flags: readonly string[];
  /** When the student came and went. */
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  /** The school's own code, of which the status is the meaning. */
  readonly code: string | null;
}

/** One step of a trail: a student's status changed from (null = unmarked) to. */
export interface ChangeFacts
  extends Pick<RecordFacts, "source" | "markId" | "clientTime" | "flags"> {
  readonly studentId: number;
  readonly from: Status | null;
  readonly to: ChangedTo;
  /** Null: by nobody, automatically. */
  readonly by: number | null;
  readonly at: string;
}

interface SessionFacts {
  readonly sessionId: string;
  readonly classId: number;
  readonly options: SessionOptions;
  readonly startedAt: string;
  /** Null: by nobody, on schedule. */
  readonly startedBy: number | null;
  /** When it was to start; null where that was not planned. */
  readonly plannedStart: string | null;
  readonly closedAt: string;
  /** Null: by nobody, automatically. */
  readonly closedBy: number | null;
  /**
   * Which occurrence of a schedule it is. Of several sessions of one occurrence the first saved has
   * it, and the others have none.
   */
  readonly occurrence: string | null;
}

/** A session as it goes into history, whole. */
export interface ClosedSession extends SessionFacts, WithMessages {
  /** One per student. */
  readonly records: readonly (RecordFacts & {
    readonly studentId: number;
    readonly status: Status;
  })[];
  /** What led there, oldest first; becomes the start of the trail. */
  readonly changes: readonly ChangeFacts[];
  /** The journal's epoch in which it was closed, where it has one; see `JournalStore`. */
  readonly epoch?: number;
}

export interface StoredSession extends SessionFacts {
  /** Counts of its records now, corrections included. */
  readonly counts: Counts;
}

export interface SessionArchive {
  /**
   * Saves session, records, trail and messages in one transaction and counts it on the class. Safe
   * to repeat: a session id that is there already changes nothing. Returns what is stored. The
   * session's journal goes in the same transaction.
   * @throws AppError `live_unavailable` (its journal is in a later epoch: there may be more to save)
   */
  saveSession(closed: ClosedSession): Promise<StoredSession>;
  /**
   * Writes one audit line, once per (kind, subject). The session's journal goes in the same
   * transaction.
   * @throws AppError `live_unavailable` (its journal is in a later epoch)
   */
  audit(entry: {
    readonly kind: "session_cancelled";
    /** What it is about: the session id. */
    readonly subject: string;
    readonly classId: number;
    /** Null: by nobody, automatically. */
    readonly by: number | null;
    readonly at: string;
    readonly detail: Readonly<Record<string, unknown>>;
    /** As in `ClosedSession`. */
    readonly epoch?: number;
  }): Promise<void>;
}
