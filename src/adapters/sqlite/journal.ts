import { AppError } from "../../kernel/errors.ts";
import type {
  JournalOutcome,
  JournalPosition,
  JournalSession,
  JournalStore,
} from "../../sessions/journal.ts";
import type { Database } from "./database.ts";
import { verb } from "./verb.ts";

interface Journal {
  readonly id: number;
  readonly epoch: number;
  readonly closed: number;
}

const BY_SESSION = "SELECT id, epoch, closed FROM journals WHERE session_id = ?";

/** No row where the class has another open journal. */
const OPEN = `INSERT INTO journals (session_id, class_id, epoch) VALUES (?, ?, ?)
  ON CONFLICT DO NOTHING RETURNING id, epoch, closed`;

const APPEND = `INSERT INTO journal_entries (journal, epoch, "offset", payload)
  SELECT ?, ?, value ->> 0, value ->> 1 FROM json_each(?)
  WHERE true ON CONFLICT DO NOTHING`;

const LAST =
  `SELECT max("offset") AS "offset" FROM journal_entries WHERE journal = ? AND epoch = ?`;

/**
 * Entries whose offset holds something else. CROSS JOIN keeps the order of look-ups: by itself SQLite
 * reads the JSON anew for each entry that the journal has.
 */
export const CONFLICTS = `SELECT count(*) AS conflicts FROM json_each(?3) AS new
  CROSS JOIN journal_entries AS known
    ON known.journal = ?1 AND known.epoch = ?2 AND known."offset" = new.value ->> 0
  WHERE known.payload <> new.value ->> 1`;

const CLAIM = "UPDATE journals SET epoch = ? WHERE session_id = ? AND epoch = ? AND closed = 0";

const ALL = `SELECT session_id AS sessionId, class_id AS classId, epoch FROM journals
  WHERE closed = 0`;

const READ = `SELECT payload FROM journal_entries
  WHERE journal = (SELECT id FROM journals WHERE session_id = ?) ORDER BY epoch, "offset"`;

/**
 * Part of the transaction that saves a session or its cancelling.
 * @param seen the last entry of what is saved
 * @throws AppError `live_unavailable` where the journal has more, or the session was rebuilt since
 */
export function closeJournal(
  db: Database,
  sessionId: string,
  seen: JournalPosition | undefined,
): void {
  const journal = db.get<Journal>(BY_SESSION, sessionId);
  if (!journal || journal.closed) return;
  if (seen && (journal.epoch > seen.epoch || lastOffset(db, journal) > seen.offset)) {
    throw new AppError("live_unavailable");
  }
  db.run("DELETE FROM journal_entries WHERE journal = ?", journal.id);
  db.run("UPDATE journals SET closed = 1 WHERE id = ?", journal.id);
}

/** Of its present epoch; 0 where that has none. */
const lastOffset = (db: Database, { id, epoch }: Journal): number =>
  db.get<{ offset: number | null }>(LAST, id, epoch)?.offset ?? 0;

export function createJournalStore(db: Database): JournalStore {
  const conflicts = ({ id, epoch }: Journal, rows: string): boolean =>
    db.get<{ conflicts: number }>(CONFLICTS, id, epoch, rows)?.conflicts !== 0;

  return {
    append: verb(({ sessionId, classId, epoch }, entries) =>
      db.transaction((): JournalOutcome => {
        const journal = db.get<Journal>(BY_SESSION, sessionId) ??
          db.get<Journal>(OPEN, sessionId, classId, epoch);
        if (journal?.epoch !== epoch) return "outdated";
        if (journal.closed) return "closed";
        const rows = JSON.stringify(entries.map(({ offset, payload }) => [offset, payload]));
        const last = lastOffset(db, journal);
        if (entries.some(({ offset }) => offset <= last) && conflicts(journal, rows)) {
          return "outdated";
        }
        db.run(APPEND, journal.id, epoch, rows);
        return "stored";
      })
    ),
    claim: verb((sessionId, from, to) =>
      db.transaction((): JournalOutcome => {
        if (db.run(CLAIM, to, sessionId, from).changes === 1) return "stored";
        return db.get<Journal>(BY_SESSION, sessionId)?.closed ? "closed" : "outdated";
      })
    ),
    open: verb((classId) =>
      (classId === undefined
        ? db.all<JournalSession>(`${ALL} ORDER BY id`)
        : db.all<JournalSession>(`${ALL} AND class_id = ?`, classId)).map((row) => ({ ...row }))
    ),
    read: verb((sessionId) =>
      db.all<{ payload: string }>(READ, sessionId).map(({ payload }) => payload)
    ),
  };
}
