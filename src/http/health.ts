/** Whether the process lives (`/healthz`) and whether it can do its work (`/readyz`). */
import { Hono } from "hono";
import type { AppEnv } from "./kit/context.ts";

export interface HealthDeps {
  readonly storage: { ready(): Promise<void> };
  readonly live: { ready(): Promise<void> };
  /** Whether the service is shutting down and wants no new work. */
  readonly draining: () => boolean;
  /** Milliseconds that a check may take before it counts as failed. */
  readonly deadlineMs?: number;
}

const NOT_KEPT = { "Cache-Control": "no-store" };

type Verdict = "ok" | "failed" | "timeout";

/**
 * Runs a check with a deadline. While one run hangs, later callers wait for that same run: probes
 * come every few seconds and must not pile up behind a database that does not answer.
 */
function bounded(check: () => Promise<void>, deadlineMs: number): () => Promise<Verdict> {
  let running: Promise<Verdict> | null = null;
  return async () => {
    running ??= Promise.try(check)
      .then((): Verdict => "ok", (): Verdict => "failed")
      .finally(() => running = null);
    const late = Promise.withResolvers<Verdict>();
    const timer = setTimeout(() => late.resolve("timeout"), deadlineMs);
    try {
      return await Promise.race([running, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

export function healthApp(
  { storage, live, draining, deadlineMs = 2_000 }: HealthDeps,
): Hono<AppEnv> {
  const checkStorage = bounded(() => storage.ready(), deadlineMs);
  const checkLive = bounded(() => live.ready(), deadlineMs);
  const app = new Hono<AppEnv>({ strict: false });

  app.get("/healthz", (c) => {
    c.get("info").route = "/healthz";
    return c.json({ status: "ok" }, 200, NOT_KEPT);
  });

  app.get("/readyz", async (c) => {
    c.get("info").route = "/readyz";
    const [storageVerdict, liveVerdict] = await Promise.all([checkStorage(), checkLive()]);
    const checks = { storage: storageVerdict, live: liveVerdict, draining: draining() };
    const ready = checks.storage === "ok" && checks.live === "ok" && !checks.draining;
    return c.json(
      { status: ready ? "ok" : "unavailable", checks },
      ready ? 200 : 503,
      { ...NOT_KEPT, ...(ready ? {} : { "Retry-After": "1" }) },
    );
  });
  return app;
}
