/** What becomes of the SQL Server adapter where there is no SQL Server: needs none to run. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createMssqlStorage } from "../../../src/adapters/mssql/storage.ts";
import type { Storage } from "../../../src/adapters/storage.ts";
import { at, endings, refused, times } from "../../contracts/storage_world.ts";
import { createTcpProxy } from "../../support/tcp_proxy.ts";

/** Milliseconds in which a verb has to give up: those that connecting may take, and some more. */
const DEADLINE_MS = 6_000;

/** Runs with a storage on a local port, and what its `onError` heard. */
async function withStorage(
  port: number,
  work: (storage: Storage, errors: unknown[]) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  const url = `mssql://sa:secret@127.0.0.1:${port}/attendance?encrypt=false`;
  const storage = await createMssqlStorage({ url, onError: (error) => errors.push(error) });
  try {
    await work(storage, errors);
  } finally {
    await storage.close();
  }
}

const nowhere = { hostname: "127.0.0.1", port: 1 };

/** A read, a write and a transaction. */
const verbs = ({ users, classes, ready }: Storage): (() => Promise<unknown>)[] => [
  ready,
  () => users.byId(1),
  () => users.update(1, { active: false }),
  () => classes.create({ teacherId: 1, name: "5b", at: at(0) }),
];

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

Deno.test("mssql: a refused connection is storage_unavailable at once, and heard of once", async () => {
  const proxy = createTcpProxy(nowhere);
  await withStorage(proxy.port, async (storage, errors) => {
    for (const verb of verbs(storage)) {
      assert(await elapsed(() => refused("storage_unavailable", verb)) < 2_000);
    }
    assertEquals(errors.length, 1);
    assert(!String(errors[0]).includes("secret"));
  });
  await proxy.close();
});

Deno.test("mssql: a silent peer is storage_unavailable within the deadline", async () => {
  const proxy = createTcpProxy(nowhere);
  proxy.set("stall");
  await withStorage(proxy.port, async (storage) => {
    const all = () => endings([...verbs(storage), ...verbs(storage)]);
    const ms = await elapsed(async () =>
      assertEquals(await all(), times(8, () => "storage_unavailable"))
    );
    assert(ms < DEADLINE_MS, `took ${ms} ms`);
  });
  await proxy.close();
});

Deno.test("mssql: a peer that hangs up, or talks nonsense, is storage_unavailable", async () => {
  for (const reply of ["", "HTTP/1.1 400 Bad Request\r\n\r\n", "\u0004\u0001\u0000\u0009x"]) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const served = (async () => {
      for await (const conn of listener) {
        try {
          await conn.read(new Uint8Array(1024));
          if (reply !== "") await conn.write(new TextEncoder().encode(reply));
        } catch {
          // Closed by the client.
        }
        conn.close();
      }
    })();
    await withStorage(listener.addr.port, async (storage) => {
      const ms = await elapsed(() => refused("storage_unavailable", () => storage.users.byId(1)));
      assert(ms < DEADLINE_MS, `took ${ms} ms`);
    });
    listener.close();
    await served;
  }
});

Deno.test("mssql: close() while it connects ends it", async () => {
  const proxy = createTcpProxy(nowhere);
  proxy.set("stall");
  await withStorage(proxy.port, async (storage) => {
    const verb = refused("storage_unavailable", () => storage.users.byId(1));
    await storage.close();
    await verb;
    await refused("storage_unavailable", () => storage.ready());
  });
  await proxy.close();
});

Deno.test("createMssqlStorage() refuses a URL that it can't read", async () => {
  const url = "mssql://sa:secret@host";
  await assertRejects(() => createMssqlStorage({ url, onError: () => {} }), Error, "no database");
});
