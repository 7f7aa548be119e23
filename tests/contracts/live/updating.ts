import { assertEquals } from "@std/assert";
import {
  assertCode,
  bulkInput,
  closeInput,
  markInput,
  type Register,
  ROSTER,
  settle,
  startInput,
  summaryOf,
} from "./fixture.ts";

export function updatingContract(test: Register): void {
  test("updateClass() without a session does nothing", async (t) => {
    await t.live.updateClass(t.classId, { enrol: [21], unenrol: [11], markVisibility: "class" });
    assertEquals(t.heard.events.items, []);
    await t.live.start(startInput(t.classId));
    await assertCode(
      "student_not_enrolled",
      () => t.live.mark(markInput(t.classId, 21, "present")),
    );
  });

  test("updateClass() lets a new student be marked and tells the room", async (t) => {
    const { sessionId } = await t.live.start(startInput(t.classId));
    await t.live.mark(markInput(t.classId, 11, "present"));
    await t.live.updateClass(t.classId, { enrol: [21, 22] });
    assertEquals<unknown>(t.heard.events.items.at(-1), {
      type: "roster",
      classId: t.classId,
      sessionId,
      seq: 2,
      summary: summaryOf({ present: 1 }, 7),
    });
    const event = await t.live.mark(bulkInput(t.classId, [[21, "late"], [22, "late"]]));
    assertEquals(event.seq, 3);
    assertEquals(event.summary, summaryOf({ present: 1, late: 2 }, 7));
  });

  test("updateClass() takes a student off the list and keeps the mark", async (t) => {
    await t.live.start(startInput(t.classId));
    const { marks } = await t.live.mark(markInput(t.classId, 11, "late", { note: "kept" }));
    await t.live.updateClass(t.classId, { unenrol: [11, 12] });
    await assertCode("student_not_enrolled", () => t.live.mark(markInput(t.classId, 11, "absent")));
    await assertCode("student_not_enrolled", () => t.live.mark(markInput(t.classId, 12, "absent")));
    const snapshot = await t.live.snapshot(t.classId);
    assertEquals(snapshot?.marks, marks);
    assertEquals(snapshot?.summary, summaryOf({ late: 1 }, 3));
    assertEquals((await t.live.own(t.classId, 11)).mark, marks[0] ?? null);
    await t.live.updateClass(t.classId, { enrol: [11] });
    const again = await t.live.mark(markInput(t.classId, 11, "present"));
    assertEquals(again.seq, 3);
    assertEquals(again.summary, summaryOf({ present: 1 }, 4));
    const closing = await t.live.beginClose(closeInput(t.classId));
    assertEquals(closing.roster.toSorted(), [11, 13, 14, 15]);
    assertEquals(closing.changes.map(({ from, to }) => [from, to]), [
      [null, "late"],
      ["late", "present"],
    ]);
  });

  test("updateClass() that changes nothing tells nobody", async (t) => {
    await t.live.start(startInput(t.classId));
    await t.live.updateClass(t.classId, { enrol: [11, 12], unenrol: [77] });
    await t.live.updateClass(t.classId, {});
    assertEquals(t.heard.events.items.length, 1);
    assertEquals((await t.live.snapshot(t.classId))?.summary, summaryOf({}));
  });

  test("updateClass() sets the visibility of the marks after it", async (t) => {
    await t.live.start(startInput(t.classId, { markVisibility: "staff" }));
    assertEquals((await t.live.mark(markInput(t.classId, 11, "late"))).visibility, "staff");
    await t.live.updateClass(t.classId, { markVisibility: "class" });
    assertEquals((await t.live.mark(markInput(t.classId, 11, "late"))).visibility, "class");
    await t.live.updateClass(t.classId, { enrol: [21] });
    assertEquals((await t.live.session(t.classId))?.markVisibility, "class");
    assertEquals((await t.live.session(t.classId))?.seq, 3);
  });

  test("updateClass() leaves a closing session as it is", async (t) => {
    await t.live.start(startInput(t.classId));
    const closing = await t.live.beginClose(closeInput(t.classId));
    await t.live.updateClass(t.classId, { enrol: [21], unenrol: [11], markVisibility: "class" });
    assertEquals(await t.live.beginClose(closeInput(t.classId)), closing);
    assertEquals(t.heard.events.items.length, 1);
  });

  test("updateClass() among marks holds for those after it only", async (t) => {
    await t.live.start(startInput(t.classId));
    const calls = [
      t.live.mark(markInput(t.classId, 11, "present")),
      t.live.mark(markInput(t.classId, 21, "present")),
      t.live.updateClass(t.classId, { enrol: [21], unenrol: [11] }),
      t.live.mark(markInput(t.classId, 11, "late")),
      t.live.mark(markInput(t.classId, 21, "late")),
      t.live.updateClass(t.classId, { enrol: [11], unenrol: [21] }),
      t.live.mark(markInput(t.classId, 11, "excused")),
      t.live.mark(markInput(t.classId, 21, "excused")),
    ];
    const { codes } = await settle<unknown>(calls);
    assertEquals(codes, Array(3).fill("student_not_enrolled"));
    const { marks, roster } = await t.live.beginClose(closeInput(t.classId));
    assertEquals(
      marks.map(({ studentId, status }) => [studentId, status]).toSorted(),
      [[11, "excused"], [21, "late"]],
    );
    assertEquals(roster.toSorted(), [...ROSTER]);
    assertEquals(
      t.heard.events.items.map(({ type, seq }) => `${type} ${seq}`),
      ["started 1", "marked 2", "roster 2", "marked 3", "roster 3", "marked 4"],
    );
  });
}
