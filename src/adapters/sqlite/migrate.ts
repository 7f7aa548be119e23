import type { DatabaseSync } from "node:sqlite";
import { type Migration, MIGRATIONS } from "./migrations.ts";

const newestOf = (migrations: readonly Migration[]): number => migrations.at(-1)?.number ?? 0;

export const NEWEST_MIGRATION = newestOf(MIGRATIONS);

/**
 * Applies what is missing, all or nothing, and records it in the table `migrations`.
 * @throws Error when the database has migrations that this version doesn't know
 */
export function migrate(
  db: DatabaseSync,
  now: () => number,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  const newest = newestOf(migrations);
  // The lock is taken before the look, so that of two processes that start together one migrates.
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(`CREATE TABLE IF NOT EXISTS migrations (
      number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT`);
    const row = db.prepare("SELECT coalesce(max(number), 0) AS last FROM migrations").get();
    const last = Number(row?.["last"] ?? 0);
    if (last > newest) {
      throw new Error(
        "Cannot open the database: it was made by a newer version " +
          `(migration ${last}, this one knows ${newest})`,
      );
    }
    const record = db.prepare("INSERT INTO migrations VALUES (?, ?, ?)");
    for (const { number, name, sql } of migrations) {
      if (number <= last) continue;
      db.exec(sql);
      record.run(number, name, new Date(now()).toISOString());
    }
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
