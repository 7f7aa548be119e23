import { assert, assertEquals } from "@std/assert";
import { AppError } from "../../src/kernel/errors.ts";
import { healthApp, type HealthDeps } from "../../src/http/health.ts";
import { withSample } from "./sample.ts";

const fine: HealthDeps = {
  storage: { ready: () => Promise.resolve() },
  live: { ready: () => Promise.resolve() },
  draining: () => false,
};

const withHealth = (
  deps: Partial<HealthDeps>,
  work: (get: (path: string) => Promise<Response>) => Promise<void>,
) =>
  withSample(({ call }) => work((path) => call("GET", path)), {
    pages: [healthApp({ ...fine, ...deps })],
  });

Deno.test("/healthz says that the process lives, whatever its stores do", async () => {
  const storage = { ready: () => Promise.reject(new AppError("storage_unavailable")) };
  await withHealth({ storage, draining: () => true }, async (get) => {
    for (const path of ["/healthz", "/healthz/"]) {
      const response = await get(path);
      assertEquals([response.status, await response.json()], [200, { status: "ok" }]);
      assertEquals(response.headers.get("cache-control"), "no-store");
      assert(response.headers.has("x-request-id"));
    }
  });
});

Deno.test("/readyz is ok while storage and live store answer", async () => {
  await withHealth({}, async (get) => {
    const response = await get("/readyz");
    assertEquals([response.status, await response.json()], [200, {
      status: "ok",
      checks: { storage: "ok", live: "ok", draining: false },
    }]);
  });
});

Deno.test("/readyz names the check that failed, without its reason", async () => {
  const live = {
    ready: () => {
      throw new Error("redis://user:hunter2@host");
    },
  };
  await withHealth({ live }, async (get) => {
    const response = await get("/readyz");
    assertEquals(response.headers.get("retry-after"), "1");
    assertEquals([response.status, await response.json()], [503, {
      status: "unavailable",
      checks: { storage: "ok", live: "failed", draining: false },
    }]);
  });
});

Deno.test("/readyz sends no new work to a service that drains", async () => {
  await withHealth({ draining: () => true }, async (get) => {
    const response = await get("/readyz");
    assertEquals([response.status, (await response.json()).checks.draining], [503, true]);
  });
});

Deno.test("/readyz waits no longer than the deadline, and checks once at a time", async () => {
  let runs = 0;
  const hanging = Promise.withResolvers<void>();
  let answer = () => hanging.promise;
  const storage = { ready: () => (runs++, answer()) };
  await withHealth({ storage, deadlineMs: 5 }, async (get) => {
    const verdict = async () => (await (await get("/readyz")).json()).checks.storage;
    assertEquals(await Promise.all([verdict(), verdict()]), ["timeout", "timeout"]);
    assertEquals(await verdict(), "timeout");
    assertEquals(runs, 1);

    hanging.resolve();
    assertEquals(await verdict(), "ok");
    answer = () => Promise.reject(new AppError("storage_unavailable"));
    assertEquals(await verdict(), "failed");
  });
});
