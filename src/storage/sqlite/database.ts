/**
 * The embedded database file: opened, configured, migrated. History and live state share it, on one
 * synchronous connection, so a transaction must never span an await.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { AppError } from "../../errors.ts";
import { MIGRATIONS } from "./migrations.ts";

export type Row = Record<string, unknown>;

export interface Database {
  /** Runs a statement; prepared once per text. */
  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastId: number };
  get<T extends object>(sql: string, ...values: SQLInputValue[]): T | undefined;
  all<T extends object>(sql: string, ...values: SQLInputValue[]): T[];
  /** All or nothing. `work` must be synchronous; what it throws rolls back and passes through. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** Extended result codes that mean "this rule of the schema was broken". */
const CONSTRAINT = 19;

/** The broken constraint as SQLite names it (`users.email_key`), or null for any other error. */
export function brokenConstraint(error: unknown): string | null {
  if (!(error instanceof Error) || !("errcode" in error)) return null;
  if (typeof error.errcode !== "number" || (error.errcode & 0xff) !== CONSTRAINT) return null;
  return error.message;
}

/** Passes AppErrors through and turns any other into `storage_unavailable`. */
export function storageError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError("storage_unavailable", { cause: error });
}

function migrate(db: DatabaseSync, now: () => number): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(`CREATE TABLE IF NOT EXISTS migrations (
      number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT`);
    const row = db.prepare("SELECT coalesce(max(number), 0) AS last FROM migrations").get();
    const last = Number(row?.["last"] ?? 0);
    const newest = MIGRATIONS.at(-1)?.number ?? 0;
    if (last > newest) {
      throw new Error(
        `Cannot open the database: it was made by a newer version (migration ${last}, this one knows ${newest})`,
      );
    }
    for (const { number, name, sql } of MIGRATIONS) {
      if (number <= last) continue;
      db.exec(sql);
      db.prepare("INSERT INTO migrations VALUES (?, ?, ?)")
        .run(number, name, new Date(now()).toISOString());
    }
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Opens (and creates) the file and brings its schema up to date.
 * @param sync `full` survives a power cut, `normal` survives the process being killed
 */
export function openDatabase(
  { path, sync = "normal", now = Date.now }: {
    path: string;
    sync?: "normal" | "full";
    now?: () => number;
  },
): Database {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${sync.toUpperCase()};
    PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32000;`);
  try {
    migrate(db, now);
  } catch (error) {
    db.close();
    throw error;
  }
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const made = db.prepare(sql);
    statements.set(sql, made);
    return made;
  };
  return {
    run(sql, ...values) {
      const { changes, lastInsertRowid } = prepare(sql).run(...values);
      return { changes: Number(changes), lastId: Number(lastInsertRowid) };
    },
    get: <T extends object>(sql: string, ...values: SQLInputValue[]) =>
      prepare(sql).get(...values) as T | undefined,
    all: <T extends object>(sql: string, ...values: SQLInputValue[]) =>
      prepare(sql).all(...values) as T[],
    transaction(work) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    close() {
      statements.clear();
      db.close();
    },
  };
}
