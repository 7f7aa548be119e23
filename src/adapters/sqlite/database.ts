/**
 * The embedded database file: opened, configured, migrated. History and live state share it, on one
 * synchronous connection, so a transaction must never span an await.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { AppError } from "../../kernel/errors.ts";
import { migrate } from "./migrate.ts";

export interface Database {
  /** Runs a statement; prepared once per text. */
  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastId: number };
  get<T extends object>(sql: string, ...values: SQLInputValue[]): T | undefined;
  all<T extends object>(sql: string, ...values: SQLInputValue[]): T[];
  /**
   * All or nothing; not to be nested. `work` must be synchronous; what it throws rolls back and
   * passes through.
   */
  transaction<T>(work: () => T): T;
  /** Statements fail from then on; closing again is no error. */
  close(): void;
}

/** SQLite's primary result code for a broken rule of the schema; the low byte of the extended ones. */
const SQLITE_CONSTRAINT = 19;

/** Milliseconds to wait, blocking, for another process that is writing. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * The broken constraint in SQLite's words (`UNIQUE constraint failed: users.email_key`), or null for
 * any other error.
 */
export function brokenConstraint(error: unknown): string | null {
  if (!(error instanceof Error) || !("errcode" in error)) return null;
  if (typeof error.errcode !== "number") return null;
  return (error.errcode & 0xff) === SQLITE_CONSTRAINT ? error.message : null;
}

/** Passes AppErrors through and turns any other into `storage_unavailable`. */
export function storageError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError("storage_unavailable", { cause: error });
}

/**
 * Opens (and creates) the file and brings its schema up to date. The folder must exist.
 * @param options.sync `full` survives a power cut, `normal` survives the process being killed
 * @throws Error when the file is no database, or one that a newer version made
 */
export function openDatabase(
  { path, sync = "normal", now = Date.now }: {
    path: string;
    sync?: "normal" | "full";
    now?: () => number;
  },
): Database {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${sync.toUpperCase()};
      PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000;`);
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
    // The two places where a row's type is taken on trust: each statement names its own columns.
    get: <T extends object>(sql: string, ...values: SQLInputValue[]) =>
      prepare(sql).get(...values) as T | undefined,
    all: <T extends object>(sql: string, ...values: SQLInputValue[]) =>
      prepare(sql).all(...values) as T[],
    transaction(work) {
      prepare("BEGIN IMMEDIATE").run();
      try {
        const result = work();
        prepare("COMMIT").run();
        return result;
      } catch (error) {
        if (db.isOpen && db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    close() {
      statements.clear();
      if (db.isOpen) db.close();
    },
  };
}
