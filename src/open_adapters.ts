/** Config → adapters. It is the only module that opens one; `config.ts` asks two what a good URL is. */
import { dirname, join } from "node:path";
import { createLocalLoginMemory } from "./accounts/local_login_memory.ts";
import type { LoginMemory } from "./accounts/login_memory.ts";
import type { Config } from "./config.ts";
import { createEmbeddedLive } from "./adapters/embedded/live_store.ts";
import type { LiveStore } from "./sessions/live_store.ts";
import { copyDatabase } from "./adapters/sqlite/backup.ts";
import { type Database, openDatabase } from "./adapters/sqlite/database.ts";
import { createSqliteStorage } from "./adapters/sqlite/storage.ts";
import type { Storage } from "./adapters/storage.ts";

export interface Adapters {
  readonly storage: Storage;
  readonly live: LiveStore;
  close(): Promise<void>;
}

const DATA_DIRECTORY = "data";

/** The embedded database's path; null where the records are in SQL Server. */
const sqlitePath = ({ DATABASE_URL }: Config): string | null =>
  DATABASE_URL.startsWith("sqlite:") ? DATABASE_URL.slice("sqlite:".length) : null;

/** Where files of the service's own lie: beside the embedded database. */
export function dataDirectory(config: Config): string {
  const path = sqlitePath(config);
  return path === null ? DATA_DIRECTORY : dirname(path);
}

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

interface Opening {
  /** True for the server: refuses an embedded live store that another server has open. */
  readonly exclusive: boolean;
  readonly onError: (error: unknown) => void;
  /** Looks on at calls to the records, those of the live store's journal among them. */
  readonly watch?: (storage: Storage) => Storage;
}

async function openStorage(
  config: Config,
  embedded: () => Database,
  { onError }: Opening,
): Promise<Storage> {
  if (sqlitePath(config) !== null) return createSqliteStorage(embedded());
  // Loaded only when used: the driver is large.
  const { createMssqlStorage } = await import("./adapters/mssql/storage.ts");
  return await createMssqlStorage({ url: config.DATABASE_URL, onError });
}

async function openLive(
  config: Config,
  embedded: () => Database,
  records: Storage,
  { onError }: Opening,
): Promise<LiveStore> {
  if (config.REDIS_URL === undefined) return createEmbeddedLive({ db: embedded(), onError });
  const { openRedisLive } = await import("./adapters/redis/open.ts");
  return await openRedisLive({ url: config.REDIS_URL, records, onError });
}

/** Opens what the config names. The embedded database is migrated and ready. */
export async function openAdapters(config: Config, opening: Opening): Promise<Adapters> {
  const directory = dataDirectory(config);
  // It holds password hashes and the signing secret: nobody else's business.
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  const path = sqlitePath(config) ?? join(directory, "live.db");
  const lock = opening.exclusive && config.REDIS_URL === undefined ? lockFile(path) : null;
  let db: Database | null = null;
  const embedded = () => db ??= openDatabase({ path, sync: config.SQLITE_SYNC });
  const { watch = (unwatched) => unwatched } = opening;
  const storage = watch(await openStorage(config, embedded, opening));
  const live = await openLive(config, embedded, storage, opening);
  return {
    storage,
    live,
    async close() {
      await live.close();
      await storage.close();
      db?.close();
      lock?.[Symbol.dispose]();
    },
  };
}

/** What the limits on guessing remember: with Redis of all instances together. */
export async function openLoginMemory(
  { REDIS_URL }: Config,
  { onError }: Pick<Opening, "onError">,
): Promise<LoginMemory> {
  const local = createLocalLoginMemory();
  if (REDIS_URL === undefined) return local;
  const { openRedisLoginMemory } = await import("./adapters/redis/login_memory.ts");
  return await openRedisLoginMemory({ url: REDIS_URL, local, onError });
}

/**
 * Copies the embedded database to a file that is not there yet.
 * @throws Error where the records are kept elsewhere, or it cannot be done
 */
export async function backUpRecords(config: Config, to: string): Promise<void> {
  const path = sqlitePath(config);
  if (path === null) throw new Error("The records are in SQL Server: they are backed up there");
  await copyDatabase(path, to);
}
