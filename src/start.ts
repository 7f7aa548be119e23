/** What `deno task start` runs: the service in this process, or in several that share the port. */
import { readConfig, run } from "./environment.ts";

await run(async () => {
  const config = readConfig();
  if (config.WORKERS > 1) {
    const { runWorkers } = await import("./workers/run.ts");
    await runWorkers(config);
    return;
  }
  // Who serves starts no programs. Given up before anything of the service is loaded.
  Deno.permissions.revokeSync({ name: "run" });
  const { runService } = await import("./main.ts");
  await runService(config);
});
