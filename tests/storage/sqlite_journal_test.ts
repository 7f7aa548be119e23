import { assert } from "@std/assert";
import { openDatabase } from "../../src/storage/sqlite/database.ts";
import { createSqliteStorage } from "../../src/storage/sqlite/storage.ts";

Deno.test("append() costs no more for all that is in the journal already", async () => {
  const storage = createSqliteStorage(openDatabase({ path: ":memory:" }));
  try {
    const at = new Date().toISOString();
    const teacher = await storage.users.create({
      username: "teacher",
      email: "teacher@school.example",
      passwordHash: "",
      role: "TEACHER",
      at,
    });
    const { id: classId } = await storage.classes.create({ teacherId: teacher.id, name: "A", at });
    const session = { sessionId: crypto.randomUUID(), classId, epoch: 1 };
    const append = async (from: number, count: number) => {
      const entries = Array.from({ length: count }, (_, i) => ({
        place: from + i,
        payload: JSON.stringify({ place: from + i, pad: "x".repeat(400) }),
      }));
      const started = performance.now();
      await storage.journal.append(session, entries);
      return performance.now() - started;
    };
    for (let place = 0; place < 10_000; place += 1_000) await append(place, 1_000);
    // A few milliseconds; with the look-ups the other way round, seconds.
    const tookMs = await append(10_000, 100);
    assert(tookMs < 250, `${tookMs} ms`);
  } finally {
    await storage.close();
  }
});
