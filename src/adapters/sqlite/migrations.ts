/** Schema changes of the embedded database, in order; forward only. Never edit one that shipped. */
import { HISTORY } from "./migrations/0001_history.ts";
import { LIVE } from "./migrations/0002_live.ts";
import { JOURNAL } from "./migrations/0003_journal.ts";

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: "users, classes, history", sql: HISTORY },
  { number: 2, name: "live sessions", sql: LIVE },
  { number: 3, name: "journals of live sessions elsewhere", sql: JOURNAL },
];
