/** What keeps the journal up. */
import { assertEquals } from "@std/assert";
import { AppError } from "../../../src/kernel/errors.ts";
import { openRedisLive } from "../../../src/adapters/redis/open.ts";
import { openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../../src/adapters/sqlite/storage.ts";
import type { JournalStore } from "../../../src/sessions/journal.ts";
import { markInput, ROSTER, startInput } from "../../contracts/live/fixture.ts";
import { liveCollector } from "../../support/events.ts";
import { redisServer, withRedis } from "../../support/redis.ts";

const ignore = redisServer === null;

/** A store whose way to the journal a test can hold up, class by class. */
async function withHeldJournal(
  append: (journal: JournalStore) => JournalStore["append"],
  work: (
    live: Awaited<ReturnType<typeof openRedisLive>>,
    journal: JournalStore,
    errors: unknown[],
  ) => Promise<void>,
): Promise<void> {
  await withRedis(async ({ url }) => {
    const storage = createSqliteStorage(openDatabase({ path: ":memory:" }));
    const errors: unknown[] = [];
    const live = await openRedisLive({
      url,
      records: { ...storage, journal: { ...storage.journal, append: append(storage.journal) } },
      onError: (error) => errors.push(error),
    });
    try {
      await work(live, storage.journal, errors);
    } finally {
      await live.close();
      await storage.close();
    }
  });
}

for (const trouble of ["hangs", "fails"] as const) {
  Deno.test({
    name: `redis: a class whose journal ${trouble} keeps no other one waiting`,
    ignore,
    async fn() {
      let well = false;
      const released = Promise.withResolvers<void>();
      await withHeldJournal(
        (journal) => async (session, entries) => {
          if (session.classId === 5 && entries[0]?.place !== 1 && !well) {
            if (trouble === "fails") throw new AppError("storage_unavailable");
            await released.promise;
          }
          return await journal.append(session, entries);
        },
        async (live, journal, errors) => {
          const heard = liveCollector({ deadlineMs: 10_000 });
          live.listen(heard.listener);
          for (const classId of [5, 6]) {
            await live.join(classId);
            await live.start(startInput(classId));
          }
          const durable = (classId: number, seq: number) =>
            heard.events.until(
              (items) =>
                items.some((event) =>
                  event.type === "durable" && event.classId === classId && event.seq === seq
                ),
              `news that ${seq} of class ${classId} is durable`,
            );
          await live.mark(markInput(5, ROSTER[0] ?? 0, "late"));
          for (const seq of [2, 3, 4]) {
            await live.mark(markInput(6, ROSTER[seq] ?? 0, "late"));
            await durable(6, seq);
          }
          const [held] = (await journal.open()).filter(({ classId }) => classId === 5);
          assertEquals((await journal.read(held?.sessionId ?? "")).length, 1);
          well = true;
          released.resolve();
          await durable(5, 2);
          // Told once, however often it failed.
          assertEquals(errors.length, trouble === "fails" ? 1 : 0);
        },
      );
    },
  });
}
