/** Port: where ended sessions go. Part of `HistoryStore`, which reads them. */
import type { WithMessages } from "../kernel/outbox.ts";
import type { Counts } from "../kernel/status.ts";
import type { JournalPosition } from "./journal.ts";
import type { LiveChange, NewMark } from "./live_store.ts";
import type { SessionOptions } from "./options.ts";

/** One step of a trail. */
export type ChangeFacts = Omit<LiveChange, "seq">;

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
  readonly records: readonly NewMark[];
  /** What led there, oldest first; becomes the start of the trail. */
  readonly changes: readonly ChangeFacts[];
  /** The last entry of its journal that it holds, where it has one; see `JournalStore`. */
  readonly journal?: JournalPosition;
}

export interface StoredSession extends SessionFacts {
  /** Counts of its records now, corrections included. */
  readonly counts: Counts;
}

export interface SessionArchive {
  /**
   * Saves session, records, trail and messages in one transaction and counts it on the class. Safe
   * to repeat: a session id that is there already changes nothing. Returns what is stored. The
   * session's journal is closed in the same transaction.
   * @throws AppError `live_unavailable` (its journal has more, or is in a later epoch)
   */
  saveSession(closed: ClosedSession): Promise<StoredSession>;
  /**
   * Writes one audit line, once per (kind, subject). The session's journal is closed in the same
   * transaction.
   * @throws AppError `live_unavailable` (its journal has more, or is in a later epoch)
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
    readonly journal?: JournalPosition;
  }): Promise<void>;
}
