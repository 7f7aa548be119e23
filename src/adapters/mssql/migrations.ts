/** Schema changes of the SQL Server database, in order; forward only. Never edit one that shipped. */
import { HISTORY } from "./migrations/0001_history.ts";
import { JOURNAL } from "./migrations/0002_journal.ts";

export interface Migration {
  readonly number: number;
  readonly name: string;
  /** Each is sent as a batch of its own. */
  readonly batches: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: "users, classes, history", batches: HISTORY },
  { number: 2, name: "journals of live sessions", batches: JOURNAL },
];
