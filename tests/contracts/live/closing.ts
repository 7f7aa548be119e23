import { changeOf } from "../../../src/sessions/live_change.ts";
import { assert, assertEquals } from "@std/assert";
import {
  assertCode,
  closeInput,
  finish,
  LATER,
  markInput,
  markOf,
  newClassId,
  type Register,
  ROSTER,
  settle,
  startInput,
  summaryOf,
} from "./fixture.ts";

export function closingContract(test: Register): void {
  test("beginClose() returns all there is to save and publishes nothing", async (t) => {
    const session = await t.live.start(startInput(t.classId, { options: { title: "Lab" } }));
    await t.live.mark(markInput(t.classId, 12, "absent"));
    await t.live.mark(markInput(t.classId, 11, "present", { note: "front row" }));
    await t.live.mark(markInput(t.classId, 12, "late", { source: "http", markedAt: LATER }));
    const closing = await t.live.beginClose({ ...closeInput(t.classId), closedBy: 5 });
    const marks = closing.marks.toSorted((a, b) => a.seq - b.seq);
    const { journal: _, ...facts } = closing;
    assertEquals({ ...facts, marks, roster: closing.roster.toSorted() }, {
      session: { ...session, seq: 4, state: "closing" },
      outcome: "done",
      closedBy: 5,
      closedAt: LATER,
      roster: [...ROSTER],
      marks: [
        { ...markOf(11, "present", { note: "front row" }), seq: 3 },
        { ...markOf(12, "late", { source: "http", markedAt: LATER }), seq: 4 },
      ],
      changes: [
        changeOf({ ...markOf(12, "absent"), seq: 2 }, null),
        changeOf({ ...markOf(11, "present"), seq: 3 }, null),
        changeOf({ ...markOf(12, "late", { source: "http", markedAt: LATER }), seq: 4 }, "absent"),
      ],
    });
    assertEquals(t.heard.events.items.map(({ type }) => type), [
      "started",
      "marked",
      "marked",
      "marked",
    ]);
  });

  test("beginClose() rejects where no session is, before and after", async (t) => {
    await assertCode("no_active_session", () => t.live.beginClose(closeInput(t.classId)));
    const session = await t.live.start(startInput(t.classId));
    await t.live.beginClose(closeInput(t.classId));
    await finish(t.live, session);
    await assertCode("no_active_session", () => t.live.beginClose(closeInput(t.classId)));
  });

  test("beginClose() again returns the same, with the first caller's outcome", async (t) => {
    await t.live.start(startInput(t.classId));
    await t.live.mark(markInput(t.classId, 11, "present"));
    const first = await t.live.beginClose(closeInput(t.classId, "cancelled"));
    const second = await t.live.beginClose({
      classId: t.classId,
      outcome: "done",
      closedBy: 999,
      closedAt: "2027-01-01T00:00:00.000Z",
    });
    assertEquals(first.outcome, "cancelled");
    assertEquals(second, first);
  });

  test("beginClose() twice at once returns the same to both", async (t) => {
    await t.live.start(startInput(t.classId));
    const [first, second] = await Promise.all([
      t.live.beginClose({ ...closeInput(t.classId, "done"), closedBy: 1 }),
      t.live.beginClose({ ...closeInput(t.classId, "cancelled"), closedBy: 2 }),
    ]);
    assertEquals(first, second);
    assertEquals(first.outcome === "done" ? 1 : 2, first.closedBy);
  });

  test("beginClose() among marks has every resolved one and no rejected one", async (t) => {
    const roster = Array.from({ length: 120 }, (_, index) => index + 1);
    await t.live.start(startInput(t.classId, { roster }));
    const mark = (studentId: number) => t.live.mark(markInput(t.classId, studentId, "late"));
    const before = roster.slice(0, 60).map(mark);
    const closing = t.live.beginClose(closeInput(t.classId));
    const after = roster.slice(60).map(mark);
    const { values, codes } = await settle([...before, ...after]);
    const stored = values.map(({ marks }) => marks[0]?.studentId);
    const { marks, changes, session } = await closing;
    assertEquals(marks.map(({ studentId }) => studentId).toSorted(), stored.toSorted());
    assertEquals(changes.map(({ studentId }) => studentId), stored);
    assertEquals(session.seq, 1 + stored.length);
    assertEquals(codes, Array(120 - stored.length).fill("no_active_session"));
    assertEquals(stored, roster.slice(0, 60), "calls are applied in the order they were made");
  });

  test("finishClose() clears the session and publishes done with the last seq", async (t) => {
    const { sessionId } = await t.live.start(startInput(t.classId));
    await t.live.mark(markInput(t.classId, 11, "present"));
    await t.live.beginClose(closeInput(t.classId));
    const totals = summaryOf({ present: 1, absent: 4 });
    const event = await t.live.finishClose({ classId: t.classId, sessionId, totals });
    assertEquals(event, { type: "done", classId: t.classId, sessionId, seq: 3, totals });
    assertEquals<unknown>(t.heard.events.items.at(-1), event);
    assertEquals(await t.live.session(t.classId), null);
    assertEquals(await t.live.snapshot(t.classId), null);
  });

  test("finishClose() publishes cancelled for a cancelled session", async (t) => {
    const session = await t.live.start(startInput(t.classId));
    await t.live.beginClose(closeInput(t.classId, "cancelled"));
    assertEquals(await finish(t.live, session), {
      type: "cancelled",
      classId: t.classId,
      sessionId: session.sessionId,
      seq: 2,
    });
  });

  test("finishClose() gives the event to one of several callers at once", async (t) => {
    const session = await t.live.start(startInput(t.classId));
    await t.live.beginClose(closeInput(t.classId));
    const results = await Promise.all([1, 2, 3].map(() => finish(t.live, session)));
    assertEquals(results.filter((result) => result !== null).length, 1);
    assertEquals(await finish(t.live, session), null);
    assertEquals(t.heard.events.items.map(({ type, seq }) => `${type} ${seq}`), [
      "started 1",
      "done 2",
    ]);
  });

  test("finishClose() leaves an open session and one of another id alone", async (t) => {
    const session = await t.live.start(startInput(t.classId));
    assertEquals(await finish(t.live, session), null);
    assertEquals((await t.live.session(t.classId))?.state, "open");
    await t.live.beginClose(closeInput(t.classId));
    const stale = { classId: t.classId, sessionId: crypto.randomUUID() };
    assertEquals(await finish(t.live, stale), null);
    assertEquals((await t.live.session(t.classId))?.state, "closing");
    assertEquals(await finish(t.live, { ...session, classId: newClassId() }), null);
    assertEquals(t.heard.events.items.length, 1);
  });

  test("closing() lists the sessions that wait to be finished", async (t) => {
    const second = newClassId();
    const session = await t.live.start(startInput(t.classId));
    await t.live.start(startInput(second));
    const listed = async (classId: number) => (await t.live.closing()).includes(classId);
    assertEquals([await listed(t.classId), await listed(second)], [false, false]);
    await t.live.beginClose(closeInput(t.classId));
    assertEquals([await listed(t.classId), await listed(second)], [true, false]);
    await t.live.beginClose(closeInput(second));
    await finish(t.live, session);
    assertEquals([await listed(t.classId), await listed(second)], [false, true]);
  });

  test("a class can hold one session after the other, each closed whole", async (t) => {
    const ids = new Set<string>();
    for (const round of [1, 2, 3]) {
      const session = await t.live.start(startInput(t.classId));
      ids.add(session.sessionId);
      await t.live.mark(markInput(t.classId, 10 + round, "present"));
      const { marks } = await t.live.beginClose(closeInput(t.classId));
      assertEquals(marks.map(({ studentId }) => studentId), [10 + round]);
      assert(await finish(t.live, session));
    }
    assertEquals(t.heard.events.items.map(({ seq }) => seq), [1, 2, 3, 1, 2, 3, 1, 2, 3]);
    assertEquals(ids.size, 3);
  });
}
