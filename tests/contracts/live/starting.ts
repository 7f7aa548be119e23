import { assertEquals } from "@std/assert";
import {
  assertCode,
  closeInput,
  finish,
  markInput,
  newClassId,
  type Register,
  ROSTER,
  settle,
  startInput,
  STRANGER,
  summaryOf,
} from "./fixture.ts";

export function startingContract(test: Register): void {
  test("start() opens a session at seq 1 and says so with all its facts", async (t) => {
    const input = startInput(t.classId, {
      startedBy: null,
      plannedStart: "2026-03-02T07:55:00.000Z",
      options: { title: "Algebra – 2年A組 🎓", lateAfterMinutes: 5, more: [{ "": null }, "\n"] },
      markVisibility: "class",
    });
    const session = await t.live.start(input);
    const { roster: _roster, ...facts } = input;
    assertEquals(session, { ...facts, seq: 1, state: "open" });
    assertEquals<unknown>(t.heard.events.items, [{
      type: "started",
      classId: t.classId,
      sessionId: input.sessionId,
      seq: 1,
      session,
      summary: summaryOf({}),
    }]);
    assertEquals(await t.live.session(t.classId), session);
  });

  test("start() takes an empty class list, and a student twice as one", async (t) => {
    const empty = newClassId();
    await t.live.start(startInput(empty, { roster: [] }));
    assertEquals((await t.live.snapshot(empty))?.summary, summaryOf({}, 0));
    await t.live.start(startInput(t.classId, { roster: [11, 12, 11] }));
    assertEquals((await t.live.snapshot(t.classId))?.summary, summaryOf({}, 2));
  });

  test("start() rejects a second session and leaves the first as it was", async (t) => {
    const first = await t.live.start(startInput(t.classId, { options: { title: "first" } }));
    await t.live.mark(markInput(t.classId, 11, "present"));
    await assertCode(
      "session_already_active",
      () =>
        t.live.start(startInput(t.classId, { options: { title: "second" }, roster: [STRANGER] })),
    );
    const snapshot = await t.live.snapshot(t.classId);
    assertEquals(snapshot?.session, { ...first, seq: 2 });
    assertEquals(snapshot?.summary, summaryOf({ present: 1 }));
    await assertCode(
      "student_not_enrolled",
      () => t.live.mark(markInput(t.classId, STRANGER, "late")),
    );
    assertEquals(t.heard.events.items.map(({ type }) => type), ["started", "marked"]);
  });

  test("start() eight times at once lets one win", async (t) => {
    const inputs = Array.from({ length: 8 }, () => startInput(t.classId));
    const { values, codes } = await settle(inputs.map((input) => t.live.start(input)));
    assertEquals(values.length, 1);
    assertEquals(codes, Array(7).fill("session_already_active"));
    assertEquals(await t.live.session(t.classId), values[0] ?? null);
    assertEquals(t.heard.events.items.map(({ sessionId }) => sessionId), [
      values[0]?.sessionId,
    ]);
  });

  test("start() rejects while the session before is closing", async (t) => {
    const session = await t.live.start(startInput(t.classId));
    await t.live.beginClose(closeInput(t.classId));
    await assertCode("session_already_active", () => t.live.start(startInput(t.classId)));
    await finish(t.live, session);
    await t.live.start(startInput(t.classId));
  });

  test("start() after a finished session begins at seq 1 with nothing of it", async (t) => {
    const first = await t.live.start(startInput(t.classId, { markVisibility: "class" }));
    await t.live.mark(markInput(t.classId, 11, "late", { note: "bus" }));
    await t.live.beginClose(closeInput(t.classId, "cancelled"));
    await finish(t.live, first);
    const second = await t.live.start(startInput(t.classId, { roster: [11, 21] }));
    assertEquals(await t.live.snapshot(t.classId), {
      session: { ...second, seq: 1, markVisibility: "staff", state: "open" },
      marks: [],
      summary: summaryOf({}, 2),
    });
    await assertCode(
      "student_not_enrolled",
      () => t.live.mark(markInput(t.classId, 12, "present")),
    );
    const { seq } = await t.live.mark(markInput(t.classId, 11, "present"));
    assertEquals(seq, 2);
    const closing = await t.live.beginClose(closeInput(t.classId));
    assertEquals(closing.outcome, "done");
    assertEquals(closing.roster.toSorted(), [11, 21]);
    assertEquals(closing.changes.map(({ from, to }) => [from, to]), [[null, "present"]]);
  });

  test("sessions of different classes know nothing of each other", async (t) => {
    const otherClass = newClassId();
    await t.live.start(startInput(t.classId));
    await t.live.start(startInput(otherClass));
    await t.live.mark(markInput(t.classId, 11, "present"));
    await t.live.mark(markInput(otherClass, 11, "absent"));
    await t.live.mark(markInput(otherClass, 12, "absent"));
    await t.live.beginClose(closeInput(t.classId));
    assertEquals((await t.live.snapshot(otherClass))?.summary, summaryOf({ absent: 2 }));
    assertEquals((await t.live.session(otherClass))?.seq, 3);
    assertEquals((await t.live.session(t.classId))?.seq, 2);
    assertEquals((await t.live.mark(markInput(otherClass, ROSTER[4] ?? 0, "late"))).seq, 4);
  });
}
