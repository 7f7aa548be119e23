import type { LiveStore } from "../../../src/sessions/live_store.ts";
import { openRedisLive } from "../../../src/adapters/redis/open.ts";
import { openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../../src/adapters/sqlite/storage.ts";

/** A store on an address; `errors` holds what it complains of. */
export async function withStore(
  url: string,
  work: (live: LiveStore, errors: unknown[]) => Promise<void>,
): Promise<void> {
  const records = createSqliteStorage(openDatabase({ path: ":memory:" }));
  const errors: unknown[] = [];
  const live = await openRedisLive({ url, records, onError: (error) => errors.push(error) });
  try {
    await work(live, errors);
  } finally {
    await live.close();
    await records.close();
  }
}
