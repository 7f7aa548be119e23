/** Port: the journal of running sessions. Part of `Storage`, with whose contract it is tested. */

/** How the journal took it; `closed`: the session is in history, or its cancelling in the audit. */
export type JournalOutcome = "stored" | "outdated" | "closed";

/** A running session that the journal knows. */
export interface JournalSession {
  /** UUID. */
  readonly sessionId: string;
  readonly classId: number;
  readonly epoch: number;
}

/**
 * What happened in running sessions whose live state is kept elsewhere, so that it can be rebuilt
 * where that is lost. Each rebuilding opens a new epoch; writing in an older one is refused, also
 * saving the session, so that what lives on in two places is never mixed up.
 */
export interface JournalStore {
  /**
   * Adds entries to a session's journal, all or none; those that are there already are no error. The
   * first ones open it with their epoch. `outdated`: the journal is in another epoch, or one of the
   * places holds something else.
   */
  append(
    session: JournalSession,
    entries: readonly {
      /** Where it stands in its epoch, counted from 1; 0 is for a start that is made up. */
      readonly place: number;
      readonly payload: string;
    }[],
  ): Promise<JournalOutcome>;
  /**
   * Opens a later epoch. Of several who want to leave the same one, one gets `stored`.
   * @param from the epoch in which the journal must be, else `outdated`
   */
  claim(sessionId: string, from: number, to: number): Promise<JournalOutcome>;
  /** Sessions with a journal. What is in history or in the audit has none. */
  open(): Promise<readonly JournalSession[]>;
  /** A session's payloads, by epoch and place. */
  read(sessionId: string): Promise<readonly string[]>;
}
