/** `REDIS_URL` → the live store, connected or not: it comes by itself when Redis does. */
import type { LiveStore } from "../../sessions/live_store.ts";
import { begin, connect, type Connection } from "./connection.ts";
import { createRedisLive } from "./live_store.ts";
import type { Records } from "./recovery.ts";
import { parseRedisUrl } from "./url.ts";

/** Sharded pub/sub came with Redis 7. */
const SHARDED_SINCE = 7;

async function majorVersion(connection: Connection): Promise<number> {
  const info = await connection.info("server");
  return Number(/redis_version:(\d+)/.exec(info)?.[1] ?? 0);
}

/**
 * @param name shown in Redis' client list
 * @param onError told of connection trouble
 */
export async function openRedisLive(
  { url, records, prefix, name = "live-attendance", onError }: {
    url: string;
    records: Records;
    prefix?: string;
    name?: string;
    onError: (error: unknown) => void;
  },
): Promise<LiveStore> {
  const target = parseRedisUrl(url);
  const commands = connect(target, { name, onError });
  const listener = connect(target, { name: `${name}-events`, onError, listening: true });
  await Promise.all([begin(commands), begin(listener)]);
  const sharded = target.kind === "cluster" &&
    await majorVersion(commands).catch(() => SHARDED_SINCE) >= SHARDED_SINCE;
  return createRedisLive({
    commands,
    listener,
    records,
    sharded,
    database: target.db,
    ...(prefix === undefined ? {} : { prefix }),
    onError,
  });
}
