import { assert, assertEquals } from "@std/assert";
import {
  assertCode,
  closeInput,
  finish,
  LATER,
  markInput,
  markOf,
  type Register,
  startInput,
  STRANGER,
  summaryOf,
} from "./fixture.ts";

export function readingContract(test: Register): void {
  test("session() gives the running one, the closing one, or null", async (t) => {
    assertEquals(await t.live.session(t.classId), null);
    const session = await t.live.start(startInput(t.classId));
    await t.live.mark(markInput(t.classId, 11, "present"));
    assertEquals(await t.live.session(t.classId), { ...session, seq: 2 });
    await t.live.beginClose(closeInput(t.classId));
    assertEquals(await t.live.session(t.classId), { ...session, seq: 2, state: "closing" });
    await finish(t.live, session);
    assertEquals(await t.live.session(t.classId), null);
  });

  test("snapshot() gives session, marks and counts of an open session only", async (t) => {
    assertEquals(await t.live.snapshot(t.classId), null);
    const session = await t.live.start(startInput(t.classId, { options: { title: "T" } }));
    await t.live.mark(markInput(t.classId, 15, "present"));
    await t.live.mark(markInput(t.classId, 11, "late", { note: "n", markedAt: LATER }));
    const snapshot = await t.live.snapshot(t.classId);
    assertEquals(snapshot?.session, { ...session, seq: 3 });
    assertEquals(snapshot?.summary, summaryOf({ present: 1, late: 1 }));
    assertEquals(snapshot?.marks.toSorted((a, b) => a.seq - b.seq), [
      { ...markOf(15, "present"), seq: 2 },
      { ...markOf(11, "late", { note: "n", markedAt: LATER }), seq: 3 },
    ]);
    await t.live.beginClose(closeInput(t.classId));
    assertEquals(await t.live.snapshot(t.classId), null);
  });

  test("snapshot() during a stream of marks is of one moment", async (t) => {
    const roster = Array.from({ length: 60 }, (_, index) => index + 1);
    await t.live.start(startInput(t.classId, { roster }));
    const marks = [];
    const snapshots = [];
    for (const studentId of roster) {
      marks.push(t.live.mark(markInput(t.classId, studentId, "present")));
      if (studentId % 6 === 0) snapshots.push(t.live.snapshot(t.classId));
    }
    for (const snapshot of await Promise.all(snapshots)) {
      assert(snapshot);
      assertEquals(snapshot.marks.length, snapshot.session.seq - 1);
      assertEquals(snapshot.summary, summaryOf({ present: snapshot.marks.length }, 60));
    }
    await Promise.all(marks);
  });

  test("own() gives one student's mark in an open session only", async (t) => {
    assertEquals(await t.live.own(t.classId, 11), { session: null, mark: null });
    const session = await t.live.start(startInput(t.classId));
    const { marks } = await t.live.mark(markInput(t.classId, 11, "excused", { note: "ill" }));
    const now = { ...session, seq: 2 };
    assertEquals(await t.live.own(t.classId, 11), { session: now, mark: marks[0] ?? null });
    assertEquals(await t.live.own(t.classId, 12), { session: now, mark: null });
    assertEquals(await t.live.own(t.classId, STRANGER), { session: now, mark: null });
    await t.live.beginClose(closeInput(t.classId));
    assertEquals(await t.live.own(t.classId, 11), { session: null, mark: null });
  });

  test("publishSummary() sends the counts to the room and is no change", async (t) => {
    const { sessionId } = await t.live.start(startInput(t.classId));
    await t.live.mark(markInput(t.classId, 11, "present"));
    const event = await t.live.publishSummary(t.classId);
    const expected = {
      type: "summary",
      classId: t.classId,
      sessionId,
      seq: 2,
      summary: summaryOf({ present: 1 }),
    } as const;
    assertEquals(event, expected);
    assertEquals(t.heard.events.items.at(-1), event);
    assertEquals(await t.live.publishSummary(t.classId), expected);
    assertEquals((await t.live.mark(markInput(t.classId, 12, "late"))).seq, 3);
  });

  test("publishSummary() rejects without an open session and sends nothing", async (t) => {
    await assertCode("no_active_session", () => t.live.publishSummary(t.classId));
    await t.live.start(startInput(t.classId));
    await t.live.beginClose(closeInput(t.classId));
    await assertCode("no_active_session", () => t.live.publishSummary(t.classId));
    assertEquals(t.heard.events.items.map(({ type }) => type), ["started"]);
  });

  test("ready() resolves while the store answers", async (t) => {
    await t.live.ready();
  });
}
