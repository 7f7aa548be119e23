import { assert, assertEquals } from "@std/assert";
import { markInput, startInput } from "../../contracts/live/fixture.ts";
import { ownPort } from "../../support/ports.ts";
import { redisServer, startRedis } from "../../support/redis.ts";
import { until } from "../../e2e/faults/readiness.ts";
import { withStore } from "./store.ts";

async function cli(port: number, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("redis-cli", { args: ["-p", `${port}`, ...args] })
    .output();
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "behind Sentinel the store follows a failover, and every mark is there",
  ignore: redisServer === null,
  // ioredis leaves timers for its connections to the sentinels that end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const directory = await Deno.makeTempDir({ prefix: "attendance-sentinel-" });
    const own = async (name: string) => {
      await Deno.mkdir(`${directory}/${name}`);
      return `${directory}/${name}`;
    };
    const master = await startRedis({ directory: await own("master") });
    const replica = await startRedis({
      directory: await own("replica"),
      options: ["--replicaof", "127.0.0.1", `${master.port}`],
    });
    const sentinelPort = ownPort();
    const config = `${await own("sentinel")}/sentinel.conf`;
    await Deno.writeTextFile(
      config,
      [
        `port ${sentinelPort}`,
        "bind 127.0.0.1",
        "requirepass guarded",
        `sentinel monitor main 127.0.0.1 ${master.port} 1`,
        "sentinel down-after-milliseconds main 500",
        "sentinel failover-timeout main 3000",
      ].join("\n"),
    );
    const sentinel = new Deno.Command(redisServer ?? "", {
      args: [config, "--sentinel"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const url = `redis-sentinel://127.0.0.1:${sentinelPort}/main?sentinel-password=guarded`;
      // A replica that Sentinel has not seen in step with its master would not be promoted.
      await until(
        () => cli(sentinelPort, ..."-a guarded sentinel replicas main".split(" ")),
        (text) => text.includes(`${replica.port}`) && /master-link-status\nok\n/.test(text),
      );
      await withStore(url, async (live) => {
        await live.start(startInput(5));
        for (const id of [11, 12, 13]) await live.mark(markInput(5, id, "late"));
        assertEquals((await cli(master.port, "wait", "1", "5000")).trim(), "1");
        await master.kill("SIGKILL");
        const found = await until(() => live.snapshot(5).catch(() => null), (one) => one !== null);
        assertEquals(found?.marks.map(({ studentId }) => studentId), [11, 12, 13]);
        assertEquals(await live.session(5).then((session) => session?.seq), 4);
        assert((await cli(replica.port, "role")).startsWith("master"));
      });
    } finally {
      sentinel.kill("SIGKILL");
      await sentinel.status;
      await master.kill("SIGKILL");
      await replica.kill("SIGKILL");
      await Deno.remove(directory, { recursive: true });
    }
  },
});
