import { ascii, ID, INT, returning, TIME } from "../statement.ts";
import { unescaped } from "../lists.ts";

/** BIGINTs come as strings. */
export interface MessageRow {
  readonly id: string;
  readonly topic: string;
  readonly subject: string;
  readonly payload: string;
  readonly createdAt: Date;
  readonly attempts: number;
}

const CLAIM = ascii(36);

/** Part of the batch that causes the messages, whose parameter `@messages` they are. */
export const ADD_MESSAGES = (subject: string): string =>
  `INSERT INTO dbo.outbox (topic, subject, payload, created_at, due)
  SELECT new.topic, CAST(${subject} AS VARCHAR(36)), ${unescaped("new.payload")}, new.created_at,
    new.due
  FROM OPENJSON(@messages) WITH (position INT '$[0]', topic VARCHAR(64) '$[1]',
    payload NVARCHAR(MAX) '$[2]', created_at DATETIME2(3) '$[3]', due DATETIME2(3) '$[4]') AS new
  ORDER BY new.position;`;

export const OUTBOX_STATEMENTS = {
  // The outer condition decides: of two at the same moment the second waits, and finds it moved.
  claim: returning<[MessageRow]>()(
    { claim: CLAIM, limit: INT, at: TIME, until: TIME },
    `UPDATE dbo.outbox SET claim = @claim, due = @until, attempts = attempts + 1
OUTPUT INSERTED.id, INSERTED.topic, INSERTED.subject, INSERTED.payload,
  INSERTED.created_at AS [createdAt], INSERTED.attempts
WHERE due <= @at AND id IN (SELECT TOP (@limit) messages.id FROM dbo.outbox AS messages
  WHERE messages.due <= @at ORDER BY messages.due, messages.id);`,
  ),
  finish: returning<[]>()(
    { id: ID, claim: CLAIM },
    "DELETE FROM dbo.outbox WHERE id = @id AND claim = @claim;",
  ),
  fail: returning<[]>()(
    { id: ID, claim: CLAIM, due: TIME },
    "UPDATE dbo.outbox SET due = @due, claim = NULL WHERE id = @id AND claim = @claim;",
  ),
};
