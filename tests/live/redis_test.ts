import { openRedisLive } from "../../src/live/redis/open.ts";
import { liveContract } from "../contracts/live_store.ts";
import { redisServer, startRedis, startRedisCluster } from "../support/redis.ts";

const quiet = () => {};

if (redisServer !== null) {
  liveContract("redis live store", async () => {
    const directory = await Deno.makeTempDir({ prefix: "attendance-redis-" });
    const redis = await startRedis({ directory });
    const open = () => openRedisLive({ url: redis.url, onError: quiet });
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
        await redis.kill("SIGKILL");
        await Deno.remove(directory, { recursive: true });
      },
    };
  }, { several: true, restarts: true });

  const cluster = await startRedisCluster();
  globalThis.addEventListener("unload", () => cluster.kill());
  liveContract("redis cluster live store", async () => {
    const open = () => openRedisLive({ url: cluster.url, onError: quiet });
    const stores = [await open(), await open()] as const;
    return {
      live: stores[0],
      other: stores[1],
      async close() {
        for (const store of stores) await store.close();
      },
    };
    // ioredis gives each connection of a cluster two seconds to close and cannot be awaited.
  }, { several: true, sanitize: false });
}
