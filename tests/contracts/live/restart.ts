import { assertEquals } from "@std/assert";
import { liveCollector } from "../../support/events.ts";
import {
  assertCode,
  bulkInput,
  closeInput,
  finish,
  markInput,
  newClassId,
  type Register,
  settle,
  startInput,
  summaryOf,
} from "./fixture.ts";

export function restartContract(test: Register): void {
  test("a running session goes on after a restart where it was", async (t) => {
    await t.live.start(startInput(t.classId, { options: { title: "Chemistry" } }));
    await t.live.mark(markInput(t.classId, 11, "late", { note: "bus" }));
    await t.live.mark(bulkInput(t.classId, [[12, "present"], [13, "absent"]]));
    await t.live.updateClass(t.classId, {
      enrol: [21],
      unenrol: [13],
      markVisibility: "class",
    });
    const before = await t.live.snapshot(t.classId);
    const live = await t.reopen();
    assertEquals(await live.snapshot(t.classId), before);
    assertEquals(await live.session(t.classId), before?.session ?? null);
    await assertCode("session_already_active", () => live.start(startInput(t.classId)));
    await assertCode("student_not_enrolled", () => live.mark(markInput(t.classId, 13, "late")));
    const heard = liveCollector();
    live.listen(heard.listener);
    await live.join(t.classId);
    const event = await live.mark(markInput(t.classId, 21, "present"));
    assertEquals(event.seq, 4);
    assertEquals(event.visibility, "class");
    assertEquals(event.summary, summaryOf({ present: 2, late: 1, absent: 1 }, 5));
    assertEquals(heard.events.items, [event]);
    const { changes, roster } = await live.beginClose(closeInput(t.classId));
    assertEquals(changes.map(({ studentId }) => studentId), [11, 12, 13, 21]);
    assertEquals(roster.toSorted(), [11, 12, 14, 15, 21]);
  });

  test("a close that was cut off is finished after a restart, once", async (t) => {
    const session = await t.live.start(startInput(t.classId));
    await t.live.mark(markInput(t.classId, 11, "present"));
    const before = await t.live.beginClose(closeInput(t.classId, "cancelled"));
    const live = await t.reopen();
    assertEquals((await live.closing()).includes(t.classId), true);
    assertEquals(await live.session(t.classId), { ...session, seq: 2, state: "closing" });
    await assertCode("no_active_session", () => live.mark(markInput(t.classId, 12, "late")));
    assertEquals(await live.beginClose(closeInput(t.classId, "done")), before);
    assertEquals((await finish(live, session))?.type, "cancelled");
    assertEquals(await finish(live, session), null);
    assertEquals((await live.closing()).includes(t.classId), false);
  });

  test("every acknowledged mark is there after a restart", async (t) => {
    const second = newClassId();
    const roster = Array.from({ length: 100 }, (_, index) => index + 1);
    await t.live.start(startInput(t.classId, { roster }));
    await t.live.start(startInput(second, { roster }));
    const { values } = await settle(roster.flatMap((studentId) => [
      t.live.mark(markInput(t.classId, studentId, "present")),
      t.live.mark(markInput(second, studentId, "late")),
    ]));
    assertEquals(values.length, 200);
    const live = await t.reopen();
    for (const classId of [t.classId, second]) {
      const acknowledged = values.filter((event) => event.classId === classId)
        .flatMap(({ marks }) => marks);
      const { marks } = await live.beginClose(closeInput(classId));
      assertEquals(marks.toSorted((a, b) => a.seq - b.seq), acknowledged);
    }
  });
}
