import { assert, assertEquals } from "@std/assert";
import { markInput, startInput } from "../contracts/live/fixture.ts";
import { redisServer, startRedisCluster } from "../support/redis.ts";
import { withStore } from "./redis_store.ts";

Deno.test({
  name: "a master of a Redis Cluster that is killed and comes back empty has its sessions again",
  ignore: redisServer === null,
  // ioredis gives each connection of a cluster two seconds to close and cannot be awaited.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const cluster = await startRedisCluster();
    try {
      await withStore(cluster.url, async (live) => {
        const classes = Array.from({ length: 12 }, (_, index) => index + 1);
        await Promise.all(classes.map((id) => live.start(startInput(id))));
        await Promise.all(classes.map((id) => live.mark(markInput(id, 11, "late"))));
        await cluster.nodes[1]?.kill("SIGKILL");
        await cluster.revive(1);
        const deadline = Date.now() + 20_000;
        for (const id of classes) {
          let snapshot = null;
          while (!snapshot) {
            assert(Date.now() < deadline, `class ${id} did not come back in time`);
            // A call waits for a while by itself.
            snapshot = await live.snapshot(id).catch(() => null);
          }
          assertEquals(snapshot.marks.map(({ studentId }) => studentId), [11]);
        }
        for (const id of classes) {
          const { seq, summary } = await live.publishSummary(id);
          assertEquals([seq, summary.late], [2, 1]);
        }
      });
    } finally {
      cluster.kill();
    }
  },
});
