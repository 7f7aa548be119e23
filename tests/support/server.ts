/** The real server as a process of its own, started the way `deno task start` starts it. */
import { taskArguments } from "./task.ts";
import { textLines } from "./text_lines.ts";

const root = new URL("../../", import.meta.url);

export interface ServerProcess {
  readonly url: string;
  readonly wsUrl: string;
  readonly pid: number;
  readonly directory: string;
  /** What it wrote to standard output so far: JSON log lines. */
  readonly logs: string[];
  readonly stderr: string[];
  /** Sends a signal and waits until it has ended. */
  kill(signal: Deno.Signal): Promise<Deno.CommandStatus>;
  readonly status: Promise<Deno.CommandStatus>;
}

/**
 * Starts the server and waits for the addresses it prints.
 * @param env settings besides PORT=0, HOST=127.0.0.1, RATE_LIMIT=off and a database in `directory`
 * @param openFiles how many files and sockets it may have open at once
 */
export async function startServer(
  { directory, env = {}, openFiles }: {
    directory: string;
    env?: Record<string, string>;
    openFiles?: number;
  },
): Promise<ServerProcess> {
  const args = taskArguments("start", directory);
  const limited = ["-c", 'ulimit -n "$0" && exec "$@"', `${openFiles}`, Deno.execPath(), ...args];
  const child = new Deno.Command(openFiles === undefined ? Deno.execPath() : "sh", {
    args: openFiles === undefined ? args : limited,
    cwd: root,
    env: {
      PORT: "0",
      HOST: "127.0.0.1",
      RATE_LIMIT: "off",
      DATABASE_URL: `sqlite:${directory}/attendance.db`,
      ...env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const logs: string[] = [];
  const stderr: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const drained = Promise.all([
    (async () => {
      for await (const line of child.stdout.pipeThrough(textLines())) logs.push(line);
    })(),
    (async () => {
      for await (const line of child.stderr.pipeThrough(textLines())) {
        stderr.push(line);
        const found = /Test page\s+(http:\S+)/.exec(line)?.[1];
        if (found) resolve(found.replace(/\/$/, ""));
      }
    })(),
  ]);
  const status = drained.then(() => child.status);
  const url = await Promise.race([
    promise,
    status.then(({ code }) => {
      throw new Error(`The server ended with code ${code}:\n${stderr.join("\n")}`);
    }),
  ]);
  return {
    url,
    wsUrl: url.replace("http", "ws") + "/ws/",
    pid: child.pid,
    directory,
    logs,
    stderr,
    status,
    async kill(signal) {
      try {
        child.kill(signal);
      } catch (error) {
        // It has ended by itself: the status says how.
        if (!(error instanceof TypeError)) throw error;
      }
      return await status;
    },
  };
}

/** Runs `work` against a fresh server on a fresh database and ends both. */
export async function withServer(
  work: (server: ServerProcess) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-" });
  try {
    const server = await startServer({ directory, env });
    try {
      await work(server);
    } finally {
      await server.kill("SIGTERM");
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
