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
    WITH ([offset] INT '$[0]', part INT '$[1]', payload NVARCHAR(2000) '$[2]')`;

// The bounds say nothing new. But whichever way the server joins, what the journal has besides is
// not read, nor the JSON once for each entry of it.
const SAME_OFFSET = `known.journal_id = @journal AND known.epoch = @epoch
    AND known.[offset] BETWEEN @first AND @last AND known.[offset] = new.[offset]`;

/** Part of the batch that saves the session of `@uuid`, under its lock; `@epoch` may be null. */
export const JOURNAL_HAS_MORE = (uuid: string): string =>
  `EXISTS (SELECT 1 FROM dbo.journals AS journals
  WHERE journals.session_uuid = ${uuid} AND journals.closed = 0 AND (journals.epoch > @epoch
    OR EXISTS (SELECT 1 FROM dbo.journal_entries AS entries WHERE entries.journal_id = journals.id
      AND entries.epoch = @epoch AND entries.[offset] > @offset)))`;

export const CLOSE_JOURNAL = (uuid: string): string =>
  `DELETE FROM dbo.journal_entries WHERE journal_id IN
    (SELECT journals.id FROM dbo.journals AS journals WHERE journals.session_uuid = ${uuid});
  UPDATE dbo.journals SET closed = 1 WHERE session_uuid = ${uuid};`;

const OPEN = `SELECT journals.session_uuid AS [sessionId], journals.class_id AS [classId],
  journals.epoch
FROM dbo.journals AS journals WHERE journals.closed = 0`;

export const JOURNAL_STATEMENTS = {
  append: returning<[OutcomeRow]>()(
    { uuid: UUID, class: ID, epoch: ID, first: INT, last: INT, parts: MAX_TEXT },
    transaction(`DECLARE @journal BIGINT, @current BIGINT, @closed BIT,
  @outcome VARCHAR(8) = 'stored';
${lock("Exclusive", sessionLock("@uuid"))}
SELECT @journal = journals.id, @current = journals.epoch, @closed = journals.closed
FROM dbo.journals AS journals WHERE journals.session_uuid = @uuid;
IF @current <> @epoch
  SET @outcome = 'outdated';
ELSE IF @closed = 1
  SET @outcome = 'closed';
ELSE IF @journal IS NULL
BEGIN
  INSERT INTO dbo.journals (session_uuid, class_id, epoch)
  SELECT @uuid, @class, @epoch WHERE NOT EXISTS (SELECT 1 FROM dbo.journals AS others
    WHERE others.class_id = @class AND others.closed = 0);
  IF @@ROWCOUNT = 0 SET @outcome = 'outdated';
  SET @journal = SCOPE_IDENTITY();
END
ELSE IF EXISTS (SELECT 1 FROM ${PARTS} AS new
  JOIN dbo.journal_entries AS known ON ${SAME_OFFSET} AND known.part = new.part
  WHERE known.payload <> ${unescaped("new.payload")})
  SET @outcome = 'outdated';
IF @outcome = 'stored'
  INSERT INTO dbo.journal_entries (journal_id, epoch, [offset], part, payload)
  SELECT @journal, @epoch, new.[offset], new.part, ${unescaped("new.payload")}
  FROM ${PARTS} AS new
  WHERE NOT EXISTS (SELECT 1 FROM dbo.journal_entries AS known WHERE ${SAME_OFFSET});
SELECT @outcome AS outcome;`),
    { repeatable: true },
  ),
  claim: returning<[OutcomeRow]>()(
    { uuid: UUID, from: ID, to: ID },
    transaction(`DECLARE @outcome VARCHAR(8) = 'stored';
${lock("Exclusive", sessionLock("@uuid"))}
UPDATE dbo.journals SET epoch = @to WHERE session_uuid = @uuid AND epoch = @from AND closed = 0;
IF @@ROWCOUNT = 0
  SET @outcome = CASE WHEN EXISTS (SELECT 1 FROM dbo.journals AS journals
    WHERE journals.session_uuid = @uuid AND journals.closed = 1) THEN 'closed' ELSE 'outdated' END;
SELECT @outcome AS outcome;`),
  ),
  open: reading<[JournalRow]>()({}, `${OPEN} ORDER BY journals.id;`),
  openOf: reading<[JournalRow]>()({ class: ID }, `${OPEN} AND journals.class_id = @class;`),
  read: reading<[PartRow]>()(
    { uuid: UUID },
    `SELECT entries.part, entries.payload
FROM dbo.journals AS journals JOIN dbo.journal_entries AS entries
  ON entries.journal_id = journals.id
WHERE journals.session_uuid = @uuid ORDER BY entries.epoch, entries.[offset], entries.part;`,
  ),
};
