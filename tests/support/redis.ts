/** A real redis-server on a port and with files of its own. */
import { ownPort } from "./ports.ts";
import { requirement } from "./requirement.ts";
import { textLines } from "./text_lines.ts";

/** Where redis-server is, or null: then tests that need it are to be ignored. */
export const redisServer = requirement("redis-server", "apt-get install redis-server");

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  readonly directory: string;
  /** Ends it with this signal and waits. */
  kill(signal?: Deno.Signal): Promise<void>;
  signal(signal: Deno.Signal): void;
}

/**
 * Starts one and waits until it takes connections.
 * @param options more lines of its configuration, as `["--appendonly", "yes"]`
 */
export async function startRedis(
  { port = ownPort(), directory, options = [] }: {
    port?: number;
    directory: string;
    options?: readonly string[];
  },
): Promise<RedisServer> {
  if (redisServer === null) throw new Error("Cannot start redis-server: it is not installed");
  const child = new Deno.Command(redisServer, {
    args: [
      ...["--port", `${port}`, "--bind", "127.0.0.1", "--dir", directory, "--save", ""],
      ...["--daemonize", "no", ...options],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const ready = Promise.withResolvers<void>();
  const said: string[] = [];
  const reading = (async () => {
    for await (const line of child.stdout.pipeThrough(textLines())) {
      said.push(line);
      if (line.includes("Ready to accept connections")) ready.resolve();
    }
    ready.reject(new Error(`redis-server ended:\n${said.join("\n")}`));
  })();
  await ready.promise;
  return {
    port,
    url: `redis://127.0.0.1:${port}/0`,
    pid: child.pid,
    directory,
    signal: (signal) => child.kill(signal),
    async kill(signal = "SIGTERM") {
      try {
        child.kill(signal);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
      await child.status;
      await reading;
    },
  };
}

/** Runs `work` with a fresh, empty Redis and ends it. */
export async function withRedis(
  work: (redis: RedisServer) => Promise<void>,
  options: readonly string[] = [],
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-redis-" });
  const redis = await startRedis({ directory, options });
  try {
    await work(redis);
  } finally {
    await redis.kill("SIGKILL");
    await Deno.remove(directory, { recursive: true });
  }
}

/** Asks a server on this machine. */
export async function redisCli(port: number, ...args: string[]): Promise<string> {
  const { stdout, success } = await new Deno.Command("redis-cli", {
    args: ["-h", "127.0.0.1", "-p", `${port}`, ...args],
    stdout: "piped",
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`redis-cli ${args.join(" ")}: ${text}`);
  return text;
}

export interface RedisCluster {
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  /** Starts the node of this number again, where it was. */
  revive(number: number): Promise<void>;
  /** Ends them all and waits for nothing. */
  kill(): void;
}

/** Three masters that form a Redis Cluster, every slot served. */
export async function startRedisCluster(
  { options = [] }: { options?: readonly string[] } = {},
): Promise<RedisCluster> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-cluster-" });
  const nodes: RedisServer[] = [];
  const start = (number: number, port: number) =>
    startRedis({
      port,
      directory: `${directory}/${number}`,
      options: ["--cluster-enabled", "yes", "--cluster-node-timeout", "5000", ...options],
    });
  for (let n = 0; n < 3; n++) {
    await Deno.mkdir(`${directory}/${n}`);
    nodes.push(await start(n, ownPort()));
  }
  const [first] = nodes;
  if (!first) throw new Error("Cannot make a cluster of no nodes");
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await redisCli(first.port, "--cluster", "create", ...addresses, "--cluster-yes");
  // Every node must have heard of every other before clients ask any of them.
  for (const node of nodes) {
    while (!(await redisCli(node.port, "cluster", "info")).includes("cluster_state:ok")) {
      await redisCli(node.port, "ping");
    }
  }
  return {
    url: `redis-cluster://${addresses.join(",")}`,
    nodes,
    async revive(number) {
      const { port } = nodes[number] ?? first;
      nodes[number] = await start(number, port);
    },
    kill() {
      for (const node of nodes) node.signal("SIGKILL");
      Deno.removeSync(directory, { recursive: true });
    },
  };
}
