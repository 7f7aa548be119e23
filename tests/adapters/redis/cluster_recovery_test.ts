/** One master of a Redis Cluster loses what it had, and the others go on. */
import { assert, assertEquals } from "@std/assert";
import type { LiveStore } from "../../../src/sessions/live_store.ts";
import { markInput, startInput } from "../../contracts/live/fixture.ts";
import { redisServer, startRedisCluster } from "../../support/redis.ts";
import { withStore } from "./store.ts";

/** @param lost number of the master that is killed and comes back empty */
const test = (
  name: string,
  lost: number,
  { before, during = () => Promise.resolve(), after }: {
    before: (live: LiveStore) => Promise<unknown>;
    during?: (live: LiveStore) => Promise<unknown>;
    after: (live: LiveStore) => Promise<void>;
  },
) =>
  Deno.test({
    name,
    ignore: redisServer === null,
    // ioredis gives each connection of a cluster two seconds to close and cannot be awaited.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const cluster = await startRedisCluster();
      try {
        await withStore(cluster.url, async (live) => {
          await before(live);
          await cluster.nodes[lost]?.kill("SIGKILL");
          await during(live);
          await cluster.revive(lost);
          await after(live);
        });
      } finally {
        cluster.kill();
      }
    },
  });

/** Asks until there is an answer. */
async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + 20_000;;) {
    assert(Date.now() < deadline, `${what} did not come back in time`);
    // A call waits for a while by itself.
    const found = await ask().catch(() => null);
    if (found !== null) return found;
  }
}

const classes = Array.from({ length: 12 }, (_, index) => index + 1);

test("a master of a Redis Cluster that is killed and comes back empty has its sessions again", 1, {
  async before(live) {
    await Promise.all(classes.map((id) => live.start(startInput(id))));
    await Promise.all(classes.map((id) => live.mark(markInput(id, 11, "late"))));
  },
  async after(live) {
    for (const id of classes) {
      const { marks } = await until(`class ${id}`, () => live.snapshot(id));
      assertEquals(marks.map(({ studentId }) => studentId), [11]);
    }
    for (const id of classes) {
      const { seq, summary } = await live.publishSummary(id);
      assertEquals([seq, summary.late], [2, 1]);
    }
  },
});

// By their slots, class 1 is on the second master and the list of closing sessions on the first.
// By their slots, class 1 is on the second master and the list of closing sessions on the first.
test("a close needs no other master of a Redis Cluster, and is known when that is back", 0, {
  before: (live) => live.start(startInput(1)),
  async during(live) {
    const closedAt = "2026-03-02T08:45:00.000Z";
    const { session } = await live.beginClose({
      classId: 1,
      outcome: "done",
      closedBy: 1,
      closedAt,
    });
    assertEquals(session.state, "closing");
  },
  async after(live) {
    await until("what is closing", async () => (await live.closing()).length > 0 || null);
    assertEquals(await live.closing(), [1]);
  },
});
