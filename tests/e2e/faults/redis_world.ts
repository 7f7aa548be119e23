/** Servers on a Redis that a test kills, pauses and starts again on the same port. */
import { MSSQL_TEST_URL, warnNotRun, withDatabase } from "../../support/mssql.ts";
import { ownPort } from "../../support/ports.ts";
import { type RedisServer, redisServer, startRedis } from "../../support/redis.ts";
import { type Instances, withInstances } from "../instances/instances.ts";

export interface MortalRedis {
  readonly server: RedisServer;
  kill(): Promise<void>;
  /** @param empty without its files */
  revive(options?: { readonly empty?: boolean }): Promise<void>;
}

const AOF = ["--appendonly", "yes", "--appendfsync", "everysec"];

export async function withMortalRedis(
  count: number,
  work: (all: Instances, redis: MortalRedis) => Promise<void>,
  { databaseUrl }: { databaseUrl?: string } = {},
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-redis-" });
  const port = ownPort();
  const start = () => startRedis({ port, directory, options: AOF });
  let server = await start();
  const redis: MortalRedis = {
    get server() {
      return server;
    },
    kill: () => server.kill("SIGKILL"),
    async revive({ empty = false } = {}) {
      if (empty) {
        await Deno.remove(directory, { recursive: true });
        await Deno.mkdir(directory);
      }
      server = await start();
    },
  };
  try {
    await withInstances(count, (all) => work(all, redis), {
      redis: server,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
  } finally {
    await server.kill("SIGKILL");
    await Deno.remove(directory, { recursive: true });
  }
}

/** A test of that many servers, with records and journal on each database there is. */
export function testMortalRedis(
  name: string,
  count: number,
  work: (all: Instances, redis: MortalRedis) => Promise<void>,
): void {
  const ignore = redisServer === null;
  Deno.test({ name, ignore, fn: () => withMortalRedis(count, work) });
  if (MSSQL_TEST_URL === null) return;
  const base = MSSQL_TEST_URL;
  Deno.test({
    name: `${name}, records on SQL Server`,
    ignore,
    fn: () => withDatabase(base, (databaseUrl) => withMortalRedis(count, work, { databaseUrl })),
  });
}

if (MSSQL_TEST_URL === null) warnNotRun("A Redis that dies, with SQL Server as its journal");
