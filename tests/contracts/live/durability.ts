import { assert, assertEquals } from "@std/assert";
import { markInput, type Register, ROSTER, startInput } from "./fixture.ts";

export function durabilityContract(test: Register): void {
  test("a mark is durable, or news that it has become so follows", async (t) => {
    t.raw.listen(t.heard.listener);
    await t.raw.start(startInput(t.classId));
    const marked = await Promise.all(
      ROSTER.map((id) => t.raw.mark(markInput(t.classId, id, "late"))),
    );
    const last = Math.max(...marked.map(({ seq }) => seq));
    if (!marked.every(({ durable }) => durable)) {
      await t.heard.events.until(
        (items) => items.some(({ type, seq }) => type === "durable" && seq === last),
        "news that the last mark is durable",
      );
    }
    assertEquals((await t.raw.snapshot(t.classId))?.durableSeq, last);
    const seqs = t.heard.events.items.filter(({ type }) => type === "durable")
      .map(({ seq }) => seq);
    assert(seqs.every((seq, index) => seq > (seqs[index - 1] ?? 0)), `${seqs}`);
  });

  test("a snapshot tells what of it is durable, never more than it holds", async (t) => {
    await t.raw.start(startInput(t.classId));
    for (const id of ROSTER) {
      await t.raw.mark(markInput(t.classId, id, "present"));
      const snapshot = await t.raw.snapshot(t.classId, id);
      assert(snapshot && snapshot.durableSeq <= snapshot.session.seq);
    }
  });
}
