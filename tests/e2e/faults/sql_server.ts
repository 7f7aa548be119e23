/** Servers on a SQL Server that can be taken away from them. */
import { assert, assertEquals } from "@std/assert";
import { MSSQL_TEST_URL, warnNotRun, withDatabase } from "../../support/mssql.ts";
import { redisServer, withRedis } from "../../support/redis.ts";
import { createTcpProxy, type TcpProxy } from "../../support/tcp_proxy.ts";
import { type Instances, withInstances } from "../instances/instances.ts";

/** A call may wait for a connection, then for an answer. */
export const REFUSAL_MS = 12_000;
/** Connections. */
export const POOL = 3;

/** A test with one server, on a database of its own behind a proxy, where there is SQL Server. */
export function testOutage(
  name: string,
  work: (all: Instances, proxy: TcpProxy) => Promise<void>,
): void {
  if (MSSQL_TEST_URL === null) return;
  const base = MSSQL_TEST_URL;
  Deno.test({
    name: `SQL Server ${name}`,
    ignore: redisServer === null,
    fn: () =>
      withRedis((redis) =>
        withDatabase(base, async (url) => {
          const { hostname, port } = new URL(url);
          const proxy = createTcpProxy({ hostname, port: Number(port || 1433) });
          proxy.set("forward");
          const proxied = new URL(url);
          proxied.hostname = "127.0.0.1";
          proxied.port = `${proxy.port}`;
          proxied.searchParams.set("pool", `${POOL}`);
          try {
            const options = { redis, databaseUrl: proxied.href };
            await withInstances(1, (all) => work(all, proxy), options);
          } finally {
            await proxy.close();
          }
        })
      ),
  });
}

/** Breaks what is open and lets nobody in. */
export function away(proxy: TcpProxy): void {
  proxy.set("refuse");
  proxy.cut();
}

/** Every call is refused in time. */
export async function assertRefused(all: Instances, calls: number): Promise<void> {
  const started = performance.now();
  const answers = await Promise.all(
    Array.from(
      { length: calls },
      () => all.call(0, all.people.teacher, "GET", "/api/class/list_classes/"),
    ),
  );
  const took = performance.now() - started;
  assert(took < REFUSAL_MS, `refusals took ${Math.round(took)} ms`);
  for (const { status, headers, body } of answers) {
    assertEquals([status, body.code], [503, "storage_unavailable"]);
    assert(Number(headers.get("retry-after")) >= 1);
  }
}

if (MSSQL_TEST_URL === null) warnNotRun("Outages of SQL Server");
