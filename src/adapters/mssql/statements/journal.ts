import { unescaped } from "../lists.ts";
import { ID, INT, MAX_TEXT, reading, returning } from "../statement.ts";
import type { JournalOutcome } from "../../../sessions/journal.ts";
import { UUID } from "./records.ts";
import { lock, sessionLock, transaction } from "./transaction.ts";

interface OutcomeRow {
  readonly outcome: JournalOutcome;
}

/** BIGINTs come as strings. */
interface JournalRow {
  readonly sessionId: string;
  readonly classId: string;
  readonly epoch: string;
}

interface PartRow {
  readonly part: number;
  readonly payload: string;
}

const PARTS = `OPENJSON(@parts)
    WITH (place INT '$[0]', part INT '$[1]', payload NVARCHAR(2000) '$[2]')`;

// The bounds say nothing new. But whichever way the server joins, what the journal has besides is
// not read, nor the JSON once for each entry of it.
const SAME_PLACE = `known.journal_id = @journal AND known.epoch = @epoch
    AND known.place BETWEEN @first AND @last AND known.place = new.place`;

const IS_CLOSED = `(EXISTS (SELECT 1 FROM dbo.sessions AS sessions WHERE sessions.uuid = @uuid)
  OR EXISTS (SELECT 1 FROM dbo.audit AS audit
    WHERE audit.kind = 'session_cancelled' AND audit.subject = @uuid))`;

/** Part of the batch that saves the session of `@uuid`, under its lock; `@epoch` may be null. */
export const REBUILT_SINCE = (uuid: string): string =>
  `EXISTS (SELECT 1 FROM dbo.journals AS journals
  WHERE journals.session_uuid = ${uuid} AND journals.epoch > @epoch)`;

export const REMOVE_JOURNAL = (uuid: string): string =>
  `DELETE FROM dbo.journal_entries WHERE journal_id IN
    (SELECT journals.id FROM dbo.journals AS journals WHERE journals.session_uuid = ${uuid});
  DELETE FROM dbo.journals WHERE session_uuid = ${uuid};`;

export const JOURNAL_STATEMENTS = {
  append: returning<[OutcomeRow]>()(
    { uuid: UUID, class: ID, epoch: ID, first: INT, last: INT, parts: MAX_TEXT },
    transaction(`DECLARE @journal BIGINT, @current BIGINT, @outcome VARCHAR(8) = 'stored';
${lock("Exclusive", sessionLock("@uuid"))}
SELECT @journal = journals.id, @current = journals.epoch FROM dbo.journals AS journals
WHERE journals.session_uuid = @uuid;
IF ${IS_CLOSED}
  SET @outcome = 'closed';
ELSE IF @journal IS NULL
BEGIN
  INSERT INTO dbo.journals (session_uuid, class_id, epoch) VALUES (@uuid, @class, @epoch);
  SET @journal = SCOPE_IDENTITY();
END
ELSE IF @current <> @epoch OR EXISTS (SELECT 1 FROM ${PARTS} AS new
  JOIN dbo.journal_entries AS known ON ${SAME_PLACE} AND known.part = new.part
  WHERE known.payload <> ${unescaped("new.payload")})
  SET @outcome = 'outdated';
IF @outcome = 'stored'
  INSERT INTO dbo.journal_entries (journal_id, epoch, place, part, payload)
  SELECT @journal, @epoch, new.place, new.part, ${unescaped("new.payload")}
  FROM ${PARTS} AS new
  WHERE NOT EXISTS (SELECT 1 FROM dbo.journal_entries AS known WHERE ${SAME_PLACE});
SELECT @outcome AS outcome;`),
    { repeatable: true },
  ),
  claim: returning<[OutcomeRow]>()(
    { uuid: UUID, from: ID, to: ID },
    transaction(`DECLARE @outcome VARCHAR(8) = 'closed';
${lock("Exclusive", sessionLock("@uuid"))}
IF NOT ${IS_CLOSED}
BEGIN
  UPDATE dbo.journals SET epoch = @to WHERE session_uuid = @uuid AND epoch = @from;
  SET @outcome = CASE WHEN @@ROWCOUNT = 1 THEN 'stored' ELSE 'outdated' END;
END;
SELECT @outcome AS outcome;`),
  ),
  open: reading<[JournalRow]>()(
    {},
    `SELECT journals.session_uuid AS [sessionId], journals.class_id AS [classId], journals.epoch
FROM dbo.journals AS journals ORDER BY journals.id;`,
  ),
  read: reading<[PartRow]>()(
    { uuid: UUID },
    `SELECT entries.part, entries.payload
FROM dbo.journals AS journals JOIN dbo.journal_entries AS entries
  ON entries.journal_id = journals.id
WHERE journals.session_uuid = @uuid ORDER BY entries.epoch, entries.place, entries.part;`,
  ),
};
