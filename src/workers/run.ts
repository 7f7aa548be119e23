/** `WORKERS` above 1: starts and watches that many processes on one port. */
import deno from "../../deno.json" with { type: "json" };
import { dataDirectory } from "../open_adapters.ts";
import type { Config } from "../config.ts";
import { createLogger } from "../kernel/logger.ts";
import { addressOf, banner, listeningOn, untilStopped, writeAtomically } from "../process.ts";
import { timers } from "../kernel/schedule.ts";
import { startWorker } from "./child.ts";
import { createSupervisor } from "./supervisor.ts";

/** This very program, whatever it is called and wherever it lies. */
const PROGRAM = "/proc/self/exe";

/** What the service may do, and nothing of starting programs; its data lie in this directory. */
export const workerPermissions = (directory: string): string[] => [
  "-P=service",
  // A flag takes the place of what the permission set says of its kind.
  `--allow-read=${[...deno.permissions.service.read, directory]}`,
  `--allow-write=${directory}`,
];

/**
 * A port that nobody listens on: the one asked for, or any. Workers share theirs with whoever asks
 * for it in the same way, so a second service would not be noticed otherwise.
 * @throws Error naming the setting to change
 */
function freePort({ HOST: hostname, PORT: port }: Config): number {
  using listener = listeningOn(
    { hostname, port, portSetting: "PORT" },
    () => Deno.listen({ hostname, port }),
  );
  return listener.addr.port;
}

/**
 * Starts them, and ends them when this process is told to end. Should it be killed, they end by
 * themselves.
 */
export async function runWorkers(config: Config): Promise<void> {
  if (Deno.build.os !== "linux") {
    throw new Error(
      "Cannot start several workers: only Linux spreads connections over processes on one port. " +
        "Start one service per port, behind a proxy, instead",
    );
  }
  const directory = dataDirectory(config);
  // Asked for here, where someone may be asked.
  await Deno.mkdir(directory, { recursive: true });
  const port = freePort(config);
  const logger = createLogger({ level: config.LOG_LEVEL, write: writeAtomically });
  const supervisor = createSupervisor({
    count: config.WORKERS,
    spawn: () =>
      startWorker({
        program: PROGRAM,
        args: [
          "run",
          // The parent has warned of permission sets already.
          "--quiet",
          "--no-prompt",
          // Without it several processes may not share a port.
          "--unstable-net",
          ...workerPermissions(directory),
          new URL("./worker.ts", import.meta.url).href,
        ],
        env: { PORT: `${port}` },
        say: (line) => console.error(line),
      }),
    schedule: timers,
    now: Date.now,
    logger,
  });
  untilStopped(async () => {
    await supervisor.stop();
    logger.log("info", "stopped");
    logger.flush();
  });
  try {
    await supervisor.start();
  } catch {
    // The worker has said why.
    await supervisor.stop().catch(() => {});
    Deno.exit(1);
  }
  console.error(banner(addressOf(config.HOST, port), config.WORKERS));
}
