import type { JournalOutcome, JournalStore } from "../../sessions/journal.ts";
import type { Database } from "./database.ts";
import { verb } from "./errors.ts";
import { escaped } from "./lists.ts";
import { JOURNAL_STATEMENTS } from "./statements/journal.ts";

const outcomeOf = (row: { readonly outcome: JournalOutcome } | undefined): JournalOutcome => {
  if (!row) throw new Error("Cannot tell what became of a journal: the batch returned no row");
  return row.outcome;
};

/** Of a payload in one row: characters of which each may take two places, for its escape or by nature. */
const PART = /[^]{1,1000}/gu;

const partList = (entries: Parameters<JournalStore["append"]>[1]): string =>
  JSON.stringify(
    entries.flatMap(({ offset, payload }) =>
      (payload.match(PART) ?? []).map((text, part) => [offset, part, escaped(text)])
    ),
  );

export function createJournalStore(db: Database): JournalStore {
  return {
    append: verb(async ({ sessionId: uuid, classId, epoch }, entries) => {
      const offsets = entries.map(({ offset }) => offset);
      return outcomeOf(
        await db.get(JOURNAL_STATEMENTS.append, {
          uuid,
          class: classId,
          epoch,
          first: offsets.reduce((a, b) => Math.min(a, b), offsets[0] ?? 0),
          last: offsets.reduce((a, b) => Math.max(a, b), offsets[0] ?? 0),
          parts: partList(entries),
        }),
      );
    }),
    claim: verb(async (uuid, from, to) =>
      outcomeOf(await db.get(JOURNAL_STATEMENTS.claim, { uuid, from, to }))
    ),
    open: verb(async (classId) =>
      (classId === undefined
        ? await db.all(JOURNAL_STATEMENTS.open, {})
        : await db.all(JOURNAL_STATEMENTS.openOf, { class: classId })).map((
          { sessionId, classId, epoch },
        ) => (
          { sessionId, classId: Number(classId), epoch: Number(epoch) }
        ))
    ),
    read: verb(async (uuid) => {
      const payloads: string[] = [];
      for (const { part, payload } of await db.all(JOURNAL_STATEMENTS.read, { uuid })) {
        if (part === 0) payloads.push(payload);
        else payloads.push((payloads.pop() ?? "") + payload);
      }
      return payloads;
    }),
  };
}
