/**
 * The contract of the storage ports: every verb, rule and error, for every adapter. The tests use
 * names of their own, so that they can run again and again on one database that others use too.
 */
import type { Storage } from "../../src/adapters/storage.ts";
import { classTests } from "./storage_classes.ts";
import { enrolmentTests } from "./storage_enrolments.ts";
import { saveSessionTests } from "./storage_save_session.ts";
import { correctionTests } from "./storage_corrections.ts";
import { historyTests } from "./storage_history.ts";
import { idempotencyTests } from "./storage_idempotency.ts";
import { importTests } from "./storage_imports.ts";
import { journalTests } from "./storage_journal.ts";
import { lifeTests } from "./storage_life.ts";
import { linkTests } from "./storage_links.ts";
import { outboxTests } from "./storage_outbox.ts";
import { schoolTests } from "./storage_schools.ts";
import { staffTests } from "./storage_staff.ts";
import { textTests } from "./storage_text.ts";
import { tokenTests } from "./storage_tokens.ts";
import { updateUserTests } from "./storage_update_user.ts";
import { userTests } from "./storage_users.ts";
import { type ContractTests, createWorld } from "./storage_world.ts";

const PARTS: Readonly<Record<string, ContractTests>> = {
  users: userTests,
  "users.update": updateUserTests,
  tokens: tokenTests,
  links: linkTests,
  schools: schoolTests,
  classes: classTests,
  staff: staffTests,
  enrolments: enrolmentTests,
  "history.saveSession": saveSessionTests,
  history: historyTests,
  "history.correct": correctionTests,
  imports: importTests,
  outbox: outboxTests,
  idempotency: idempotencyTests,
  journal: journalTests,
  text: textTests,
  storage: lifeTests,
};

/**
 * Registers the contract's tests.
 * @param open opens the storage for one test, on a database that may hold anything
 * @param options.skip test name (`users: byId() …`) → why this adapter can't pass it
 */
export function storageContract(
  name: string,
  open: () => Promise<{ storage: Storage; close(): Promise<void> }>,
  { skip = {} }: { skip?: Readonly<Record<string, string>> } = {},
): void {
  const unknown = new Set(Object.keys(skip));
  for (const [part, tests] of Object.entries(PARTS)) {
    for (const [label, run] of Object.entries(tests)) {
      const title = `${part}: ${label}`;
      unknown.delete(title);
      const reason = skip[title];
      Deno.test({
        name: `${name} ${title}${reason === undefined ? "" : ` (skipped: ${reason})`}`,
        ignore: reason !== undefined,
        async fn() {
          const { storage, close } = await open();
          try {
            await run(createWorld(storage));
          } finally {
            await close();
          }
        },
      });
    }
  }
  if (unknown.size > 0) throw new Error(`No such tests to skip: ${[...unknown].join("; ")}`);
}
