import type { ClaimedMessage, Message, OutboxStore } from "../../kernel/outbox.ts";
import type { Database } from "./database.ts";
import { verb } from "./verb.ts";

const INSERT = `INSERT INTO outbox (topic, subject, payload, created_at, due)
  VALUES (?, ?, ?, ?, ?)`;

/** Part of the transaction that causes the messages. */
export function addMessages(
  db: Database,
  subject: number | string,
  messages: readonly Message[] = [],
): void {
  for (const { topic, payload, at, due = at } of messages) {
    db.run(INSERT, topic, String(subject), JSON.stringify(payload), at, due);
  }
}

interface MessageRow extends Omit<ClaimedMessage, "payload"> {
  readonly payload: string;
}

const CLAIM = `UPDATE outbox SET claim = ?, due = ?, attempts = attempts + 1
  WHERE id IN (SELECT id FROM outbox WHERE due <= ? ORDER BY due, id LIMIT ?)
  RETURNING id, topic, subject, payload, created_at AS createdAt, attempts`;

export function createOutboxStore(db: Database): OutboxStore {
  return {
    claim: verb(({ claim, limit, at, leaseUntil }) =>
      db.all<MessageRow>(CLAIM, claim, leaseUntil, at, limit)
        .map((row): ClaimedMessage => ({ ...row, payload: JSON.parse(row.payload) }))
        .toSorted((a, b) => a.id - b.id)
    ),
    finish: verb((id, claim) =>
      db.run("DELETE FROM outbox WHERE id = ? AND claim = ?", id, claim).changes > 0
    ),
    fail: verb((id, claim, due) =>
      db.run("UPDATE outbox SET due = ?, claim = NULL WHERE id = ? AND claim = ?", due, id, claim)
        .changes > 0
    ),
  };
}
