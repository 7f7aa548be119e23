import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { onStage } from "./stage.ts";

/**
 * How long a close delays others is measured by bench/close.ts; here is what makes the delay short: a
 * close is one transaction, not a conversation of hundreds.
 */
Deno.test("closing 500 students is one step, and marks of another class go on", async () => {
  await onStage(async (stage) => {
    const { teacher, student } = stage.people;
    const big = await stage.newClass({ pupils: true });
    const other = await stage.newClass();
    await stage.start(big);
    await stage.start(other);
    const closer = await stage.connect(teacher);
    const marker = await stage.connect(teacher);
    using db = new DatabaseSync(`${stage.server.directory}/attendance.db`, { readOnly: true });
    const look = db.prepare(
      "SELECT (SELECT count(*) FROM sessions) || ' ' || (SELECT count(*) FROM records) AS seen",
    );
    const mark = { classId: other.id, studentId: student.id, status: "late" };
    let closed = false;
    const closing = closer.request("DONE", { classId: big.id }).finally(() => closed = true);
    const seen = new Set<unknown>();
    const seqs: number[] = [];
    do {
      const { data } = await marker.request("ATTENDANCE_MARKED", mark);
      seqs.push(data.seq);
      seen.add(look.get()?.seen);
    } while (!closed);
    seen.add(look.get()?.seen);
    assertEquals((await closing).data.absent, 502);
    assertEquals(seqs, seqs.map((_, i) => i + 2));
    assertEquals([...seen].filter((found) => found !== "0 0"), ["1 502"]);
  }, { pupils: 500 });
});
