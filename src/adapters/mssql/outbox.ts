import type { Message, OutboxStore } from "../../kernel/outbox.ts";
import type { Database } from "./database.ts";
import { verb } from "./errors.ts";
import { escaped, timeInList } from "./lists.ts";
import { OUTBOX_STATEMENTS } from "./statements/outbox.ts";

/** The parameter `@messages` of a batch that adds them. */
export const messageList = (messages: readonly Message[] = []): string =>
  JSON.stringify(messages.map(({ topic, payload, at, due = at }, position) => [
    position,
    topic,
    escaped(JSON.stringify(payload)),
    timeInList(at),
    timeInList(due),
  ]));

export function createOutboxStore(db: Database): OutboxStore {
  return {
    claim: verb(async ({ claim, limit, at, leaseUntil: until }) => {
      const rows = await db.all(OUTBOX_STATEMENTS.claim, { claim, limit, at, until });
      return rows.map(({ id, payload, createdAt, ...row }) => ({
        ...row,
        id: Number(id),
        payload: JSON.parse(payload),
        createdAt: createdAt.toISOString(),
      })).toSorted((a, b) => a.id - b.id);
    }),
    finish: verb(async (id, claim) => await db.run(OUTBOX_STATEMENTS.finish, { id, claim }) > 0),
    fail: verb(async (id, claim, due) =>
      await db.run(OUTBOX_STATEMENTS.fail, { id, claim, due }) > 0
    ),
  };
}
