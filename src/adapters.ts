/** Config → adapters. With main.ts the only place that names one. */
import { dirname } from "node:path";
import type { Config } from "./config.ts";
import { createEmbeddedLive } from "./live/embedded/live_store.ts";
import type { LiveStore } from "./live/live_store.ts";
import { openDatabase } from "./storage/sqlite/database.ts";
import { createSqliteStorage } from "./storage/sqlite/storage.ts";
import type { Storage } from "./storage/storage.ts";

export interface Adapters {
  readonly storage: Storage;
  readonly live: LiveStore;
  close(): Promise<void>;
}

const sqlitePath = (config: Config): string => config.DATABASE_URL.slice("sqlite:".length);

/** Where files of the service's own lie: beside the database. */
export const dataDirectory = (config: Config): string => dirname(sqlitePath(config));

/**
 * Takes the database file for this process alone: live state is kept in it, and two processes
 * would each miss the other's events. The lock ends with the process, however it ends.
 */
function lockFile(path: string): Disposable {
  const file = Deno.openSync(`${path}.lock`, { create: true, write: true });
  if (!file.tryLockSync(true)) {
    file.close();
    throw new Error(`Cannot open ${path}: another process is serving from it`);
  }
  return file;
}

/**
 * Opens what the config names, migrated and ready.
 * @param exclusive true for the server: refuses a database file that another server has open
 */
export async function openAdapters(
  config: Config,
  { exclusive, onError }: { exclusive: boolean; onError: (error: unknown) => void },
): Promise<Adapters> {
  const path = sqlitePath(config);
  await Deno.mkdir(dirname(path), { recursive: true });
  const lock = exclusive ? lockFile(path) : null;
  const db = openDatabase({ path, sync: config.SQLITE_SYNC });
  const storage = createSqliteStorage(db);
  const live = createEmbeddedLive({ db, onError });
  return {
    storage,
    live,
    async close() {
      await live.close();
      await storage.close();
      lock?.[Symbol.dispose]();
    },
  };
}
