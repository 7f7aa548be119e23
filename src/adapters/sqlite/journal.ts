import { AppError } from "../../kernel/errors.ts";
import type { JournalOutcome, JournalSession, JournalStore } from "../../sessions/journal.ts";
import type { Database } from "./database.ts";
import { verb } from "./verb.ts";

interface Journal {
  readonly id: number;
  readonly epoch: number;
}

const BY_SESSION = "SELECT id, epoch FROM journals WHERE session_id = ?";

const IS_CLOSED = `SELECT 1 FROM sessions WHERE uuid = ?1
  UNION ALL SELECT 1 FROM audit WHERE kind = 'session_cancelled' AND subject = ?1`;

const OPEN = `INSERT INTO journals (session_id, class_id, epoch) VALUES (?, ?, ?)
  RETURNING id, epoch`;

const APPEND = `INSERT INTO journal_entries (journal, epoch, place, payload)
  SELECT ?, ?, value ->> 0, value ->> 1 FROM json_each(?)
  WHERE true ON CONFLICT DO NOTHING`;

/**
 * Entries whose place holds something else. CROSS JOIN keeps the order of look-ups: by itself SQLite
 * reads the JSON anew for each entry that the journal has.
 */
export const CONFLICTS = `SELECT count(*) AS conflicts FROM json_each(?3) AS new
  CROSS JOIN journal_entries AS known
    ON known.journal = ?1 AND known.epoch = ?2 AND known.place = new.value ->> 0
  WHERE known.payload <> new.value ->> 1`;

const CLAIM = "UPDATE journals SET epoch = ? WHERE session_id = ? AND epoch = ?";

const ALL = `SELECT session_id AS sessionId, class_id AS classId, epoch FROM journals ORDER BY id`;

const READ = `SELECT payload FROM journal_entries
  WHERE journal = (SELECT id FROM journals WHERE session_id = ?) ORDER BY epoch, place`;

const REMOVE = "DELETE FROM journals WHERE session_id = ?";

/**
 * Part of the transaction that saves a session or its cancelling.
 * @throws AppError `live_unavailable` where it was rebuilt after it was closed
 */
export function removeJournal(db: Database, sessionId: string, epoch: number | undefined): void {
  const journal = db.get<Journal>(BY_SESSION, sessionId);
  if (!journal) return;
  if (epoch !== undefined && journal.epoch > epoch) throw new AppError("live_unavailable");
  db.run(REMOVE, sessionId);
}

export function createJournalStore(db: Database): JournalStore {
  const isClosed = (sessionId: string) => db.get(IS_CLOSED, sessionId) !== undefined;

  const outdated = (journal: Journal, { epoch }: JournalSession, rows: string): boolean =>
    journal.epoch !== epoch ||
    db.get<{ conflicts: number }>(CONFLICTS, journal.id, epoch, rows)?.conflicts !== 0;

  return {
    append: verb((session, entries) =>
      db.transaction((): JournalOutcome => {
        const { sessionId, classId, epoch } = session;
        if (isClosed(sessionId)) return "closed";
        const rows = JSON.stringify(entries.map(({ place, payload }) => [place, payload]));
        const journal = db.get<Journal>(BY_SESSION, sessionId) ??
          db.get<Journal>(OPEN, sessionId, classId, epoch);
        if (!journal || outdated(journal, session, rows)) return "outdated";
        db.run(APPEND, journal.id, epoch, rows);
        return "stored";
      })
    ),
    claim: verb((sessionId, from, to) =>
      db.transaction((): JournalOutcome => {
        if (isClosed(sessionId)) return "closed";
        return db.run(CLAIM, to, sessionId, from).changes === 1 ? "stored" : "outdated";
      })
    ),
    open: verb(() => db.all<JournalSession>(ALL).map((row) => ({ ...row }))),
    read: verb((sessionId) =>
      db.all<{ payload: string }>(READ, sessionId).map(({ payload }) => payload)
    ),
  };
}
