/** Port: the journal of running sessions. Part of `Storage`, with whose contract it is tested. */

/**
 * How the journal took it. `outdated`: it is in another epoch, or one of the offsets holds something
 * else, or the class has another session. `closed`: the session is in history, or its cancelling in
 * the audit, with everything of this epoch.
 */
export type JournalOutcome = "stored" | "outdated" | "closed";

/** A running session that the journal knows. */
export interface JournalSession {
  /** UUID. */
  readonly sessionId: string;
  readonly classId: number;
  /** Counts up with each rebuilding; in milliseconds since 1970 or so, but only its order counts. */
  readonly epoch: number;
}

/** The last entry that somebody has seen; saving a session names it. */
export interface JournalPosition {
  readonly epoch: number;
  readonly offset: number;
}

/**
 * What happened in running sessions whose live state is kept elsewhere, written before anyone hears
 * of it, so that a session can be rebuilt where its live state is lost. Each rebuilding opens a new
 * epoch; writing in an older one is refused, so that what lives on in two places is never mixed up.
 * A class has one open journal at most.
 */
export interface JournalStore {
  /**
   * Adds entries to a session's journal, all or none, in one commit; those that are there already
   * are no error. The first ones open it with their epoch.
   */
  append(
    session: JournalSession,
    entries: readonly {
      /** Where it stands in its epoch, counted from 1. */
      readonly offset: number;
      readonly payload: string;
    }[],
  ): Promise<JournalOutcome>;
  /**
   * Opens a later epoch. Of several who want to leave the same one, one gets `stored`.
   * @param from the epoch in which the journal must be, else `outdated`
   */
  claim(sessionId: string, from: number, to: number): Promise<JournalOutcome>;
  /** Sessions with an open journal: of all classes, or of one. What is closed has none. */
  open(classId?: number): Promise<readonly JournalSession[]>;
  /** A session's payloads, by epoch and offset. */
  read(sessionId: string): Promise<readonly string[]>;
}
