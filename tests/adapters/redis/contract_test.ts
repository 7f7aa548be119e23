import { openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { closeJournal } from "../../../src/adapters/sqlite/journal.ts";
import { createSqliteStorage } from "../../../src/adapters/sqlite/storage.ts";
import { openRedisLive } from "../../../src/adapters/redis/open.ts";
import { liveContract } from "../../contracts/live_store.ts";
import { redisServer, startRedis, startRedisCluster } from "../../support/redis.ts";

const quiet = () => {};

if (redisServer !== null) {
  liveContract("redis live store", async () => {
    const directory = await Deno.makeTempDir({ prefix: "attendance-redis-" });
    const redis = await startRedis({ directory });
    const db = openDatabase({ path: ":memory:" });
    const records = createSqliteStorage(db);
    const open = () => openRedisLive({ url: redis.url, records, onError: quiet });
    const stores = [await open(), await open()] as const;
    const reopened: Awaited<ReturnType<typeof open>>[] = [];
    return {
      live: stores[0],
      other: stores[1],
      saved: (sessionId) => closeJournal(db, sessionId, undefined),
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
    const db = openDatabase({ path: ":memory:" });
    const records = createSqliteStorage(db);
    const open = () => openRedisLive({ url: cluster.url, records, onError: quiet });
    const stores = [await open(), await open()] as const;
    return {
      live: stores[0],
      other: stores[1],
      saved: (sessionId) => closeJournal(db, sessionId, undefined),
      async close() {
        for (const store of stores) await store.close();
        await records.close();
      },
    };
    // ioredis gives each connection of a cluster two seconds to close and cannot be awaited.
  }, { several: true, sanitize: false });
}
