import { type Database, openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { closeJournal } from "../../../src/adapters/sqlite/journal.ts";
import type { Storage } from "../../../src/adapters/storage.ts";
import { createSqliteStorage } from "../../../src/adapters/sqlite/storage.ts";
import { openRedisLive } from "../../../src/adapters/redis/open.ts";
import { liveContract } from "../../contracts/live_store.ts";
import { redisServer, startRedis, startRedisCluster } from "../../support/redis.ts";

const quiet = () => {};

/** The contract saves no session: what came before a class's next session counts as saved. */
function unsaved(db: Database): Storage {
  const storage = createSqliteStorage(db);
  const { journal } = storage;
  return {
    ...storage,
    journal: {
      ...journal,
      async append(session, entries) {
        for (const { sessionId } of await journal.open(session.classId)) {
          if (sessionId !== session.sessionId) closeJournal(db, sessionId, undefined);
        }
        return await journal.append(session, entries);
      },
    },
  };
}

if (redisServer !== null) {
  liveContract("redis live store", async () => {
    const directory = await Deno.makeTempDir({ prefix: "attendance-redis-" });
    const redis = await startRedis({ directory });
    const records = unsaved(openDatabase({ path: ":memory:" }));
    const open = () => openRedisLive({ url: redis.url, records, onError: quiet });
    const stores = [await open(), await open()] as const;
    const reopened: Awaited<ReturnType<typeof open>>[] = [];
    return {
      live: stores[0],
      other: stores[1],
      async reopen() {
        await stores[0].close();
        const again = await open();
        reopened.push(again);
        return again;
      },
      async close() {
        for (const store of [...stores, ...reopened]) await store.close();
        await records.close();
        await redis.kill("SIGKILL");
        await Deno.remove(directory, { recursive: true });
      },
    };
  }, { several: true, restarts: true });

  const cluster = await startRedisCluster();
  globalThis.addEventListener("unload", () => cluster.kill());
  liveContract("redis cluster live store", async () => {
    const records = unsaved(openDatabase({ path: ":memory:" }));
    const open = () => openRedisLive({ url: cluster.url, records, onError: quiet });
    const stores = [await open(), await open()] as const;
    return {
      live: stores[0],
      other: stores[1],
      async close() {
        for (const store of stores) await store.close();
        await records.close();
      },
    };
    // ioredis gives each connection of a cluster two seconds to close and cannot be awaited.
  }, { several: true, sanitize: false });
}
