import { assert, assertEquals } from "@std/assert";
import { STATUSES } from "../../../src/kernel/status.ts";
import {
  assertCode,
  assertGapless,
  AT,
  bulkInput,
  closeInput,
  LATER,
  markInput,
  markOf,
  newClassId,
  type Register,
  ROSTER,
  settle,
  startInput,
  STRANGER,
  summaryOf,
  TEACHER,
} from "./fixture.ts";

export function markingContract(test: Register): void {
  test("mark() stores the mark and returns the event that it delivers", async (t) => {
    const { sessionId } = await t.live.start(startInput(t.classId, { markVisibility: "class" }));
    const event = await t.live.mark(
      markInput(t.classId, 12, "late", {
        note: "bus 🚌 é\n\"'",
        markedBy: null,
        markId: "0b5f6c1e-6a0e-4f4b-9a51-6d2a2f1f7c11",
        clientTime: LATER,
        flags: ["offline", "slow"],
        firstSeen: AT,
        lastSeen: LATER,
        code: "L1",
      }),
    );
    const mark = {
      studentId: 12,
      status: "late",
      note: "bus 🚌 é\n\"'",
      markedBy: null,
      markedAt: AT,
      source: "socket",
      markId: "0b5f6c1e-6a0e-4f4b-9a51-6d2a2f1f7c11",
      clientTime: LATER,
      flags: ["offline", "slow"],
      firstSeen: AT,
      lastSeen: LATER,
      code: "L1",
      seq: 2,
    } as const;
    assertEquals(event, {
      type: "marked",
      classId: t.classId,
      sessionId,
      seq: 2,
      visibility: "class",
      marks: [mark],
      bulk: false,
      summary: summaryOf({ late: 1 }),
    });
    assertEquals(t.heard.events.items.slice(1), [event]);
    assertEquals((await t.live.snapshot(t.classId))?.marks, [mark]);
  });

  test("mark() takes every status and counts each", async (t) => {
    await t.live.start(startInput(t.classId));
    for (const [index, status] of STATUSES.entries()) {
      await t.live.mark(markInput(t.classId, ROSTER[index] ?? 0, status));
    }
    assertEquals(
      (await t.live.snapshot(t.classId))?.summary,
      summaryOf({ present: 1, absent: 1, late: 1, excused: 1 }),
    );
  });

  test("mark() again replaces status and note, moves the count and is a change", async (t) => {
    await t.live.start(startInput(t.classId));
    await t.live.mark(markInput(t.classId, 11, "absent", { note: "no show" }));
    const again = markInput(t.classId, 11, "late", { markedBy: 8, markedAt: LATER });
    const event = await t.live.mark(again);
    assertEquals(event.summary, summaryOf({ late: 1 }));
    const http = { markedBy: null, markedAt: LATER, source: "http", flags: ["slow"] } as const;
    const same = await t.live.mark(markInput(t.classId, 11, "late", http));
    assertEquals(same.seq, 4);
    assertEquals(same.summary, summaryOf({ late: 1 }));
    const { marks, changes } = await t.live.beginClose(closeInput(t.classId));
    assertEquals(marks, [{ ...markOf(11, "late", http), seq: 4 }]);
    const step = {
      studentId: 11,
      source: "socket",
      markId: null,
      clientTime: null,
      flags: [],
    } as const;
    assertEquals(changes, [
      { ...step, from: null, to: "absent", by: TEACHER, at: AT, seq: 2 },
      { ...step, from: "absent", to: "late", by: 8, at: LATER, seq: 3 },
      {
        ...step,
        from: "late",
        to: "late",
        by: null,
        at: LATER,
        source: "http",
        flags: ["slow"],
        seq: 4,
      },
    ]);
  });

  test("mark() in bulk is one change: one seq, one event, marks as given", async (t) => {
    await t.live.start(startInput(t.classId));
    await t.live.mark(markInput(t.classId, 13, "absent"));
    const event = await t.live.mark(
      bulkInput(t.classId, [[13, "present"], [11, "present"], [12, "excused"]]),
    );
    assertEquals(event.seq, 3);
    assertEquals(event.bulk, true);
    assertEquals(event.marks.map(({ studentId, status, seq }) => [studentId, status, seq]), [
      [13, "present", 3],
      [11, "present", 3],
      [12, "excused", 3],
    ]);
    assertEquals(event.summary, summaryOf({ present: 2, excused: 1 }));
    assertEquals(t.heard.events.items.length, 3);
    const { changes } = await t.live.beginClose(closeInput(t.classId));
    assertEquals(changes.map(({ seq }) => seq), [2, 3, 3, 3]);
  });

  test("mark() of one in bulk stays bulk", async (t) => {
    await t.live.start(startInput(t.classId));
    assertEquals((await t.live.mark(bulkInput(t.classId, [[11, "late"]]))).bulk, true);
  });

  test("mark() in bulk with one student not enrolled changes nothing", async (t) => {
    await t.live.start(startInput(t.classId));
    await t.live.mark(markInput(t.classId, 11, "present"));
    const before = await t.live.snapshot(t.classId);
    await assertCode(
      "student_not_enrolled",
      () => t.live.mark(bulkInput(t.classId, [[11, "late"], [STRANGER, "late"], [12, "late"]])),
    );
    assertEquals(await t.live.snapshot(t.classId), before);
    assertEquals(t.heard.events.items.length, 2);
    assertEquals((await t.live.beginClose(closeInput(t.classId))).changes.length, 1);
  });

  test("mark() rejects where no session is", async (t) => {
    await assertCode("no_active_session", () => t.live.mark(markInput(t.classId, 11, "present")));
  });

  test("mark() rejects a student who is not on the list, and that changes nothing", async (t) => {
    const session = await t.live.start(startInput(t.classId));
    for (const studentId of [STRANGER, 0, -11, Number.MAX_SAFE_INTEGER]) {
      await assertCode(
        "student_not_enrolled",
        () => t.live.mark(markInput(t.classId, studentId, "present")),
      );
    }
    assertEquals(await t.live.snapshot(t.classId), {
      session,
      marks: [],
      summary: summaryOf({}),
    });
  });

  test("mark() rejects a closing session", async (t) => {
    await t.live.start(startInput(t.classId));
    await t.live.beginClose(closeInput(t.classId));
    await assertCode("no_active_session", () => t.live.mark(markInput(t.classId, 11, "present")));
    assertEquals((await t.live.beginClose(closeInput(t.classId))).marks, []);
  });

  test("mark() 200 times at once for 200 students loses none", async (t) => {
    const roster = Array.from({ length: 200 }, (_, index) => 1_000 + index);
    await t.live.start(startInput(t.classId, { roster }));
    const events = await Promise.all(roster.map((studentId, index) => {
      const status = STATUSES[index % 4] ?? "present";
      return t.live.mark(markInput(t.classId, studentId, status));
    }));
    assertGapless(events.map(({ seq }) => seq), 2);
    const expected = summaryOf({ present: 50, absent: 50, late: 50, excused: 50 }, 200);
    const { session, marks, changes } = await t.live.beginClose(closeInput(t.classId));
    assertEquals(session.seq, 201);
    assertEquals(events.at(-1)?.summary, expected);
    assertEquals(
      marks.map(({ studentId, status }) => [studentId, status]).toSorted(),
      events.map(({ marks: [mark] }) => [mark?.studentId, mark?.status]),
    );
    assertEquals(changes.length, 200);
    assertGapless(t.heard.events.items.map(({ seq }) => seq), 1);
    assertEquals(t.heard.events.items.slice(1), events);
  });

  test("mark() 200 times at once for one student: the highest seq wins", async (t) => {
    await t.live.start(startInput(t.classId));
    const events = await Promise.all(Array.from({ length: 200 }, (_, index) => {
      const status = STATUSES[(index * 7 + 1) % 4] ?? "present";
      return t.live.mark(markInput(t.classId, 11, status, { note: `n${index}` }));
    }));
    assertGapless(events.map(({ seq }) => seq), 2);
    assert(events.every(({ summary }) => summary.total === 1));
    const { marks, changes } = await t.live.beginClose(closeInput(t.classId));
    assertEquals(marks, events.at(-1)?.marks ?? []);
    assertGapless(changes.map(({ seq }) => seq), 2);
    assertEquals(changes.map(({ from }) => from), [
      null,
      ...changes.slice(0, -1).map(({ to }) => to),
    ]);
  });

  test("mark() of many classes at once counts each class by itself", async (t) => {
    const classIds = [t.classId, newClassId(), newClassId()];
    for (const classId of classIds) await t.live.start(startInput(classId));
    const events = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const studentId = ROSTER[index % ROSTER.length] ?? 0;
        return t.live.mark(markInput(classIds[index % 3] ?? 0, studentId, "late"));
      }),
    );
    for (const classId of classIds) {
      const own = events.filter((event) => event.classId === classId);
      assertGapless(own.map(({ seq }) => seq), 2);
      assertEquals((await t.live.snapshot(classId))?.summary, summaryOf({ late: 5 }));
    }
  });

  test("bad marks among good ones are rejected alone", async (t) => {
    await t.live.start(startInput(t.classId));
    const nowhere = newClassId();
    const { values, codes } = await settle([
      t.live.mark(markInput(t.classId, 11, "present")),
      t.live.mark(markInput(t.classId, STRANGER, "present")),
      t.live.mark(markInput(nowhere, 11, "present")),
      t.live.mark(bulkInput(t.classId, [[12, "late"], [STRANGER, "late"]])),
      t.live.mark(markInput(t.classId, 12, "absent")),
    ]);
    assertEquals(codes, ["student_not_enrolled", "no_active_session", "student_not_enrolled"]);
    assertGapless(values.map(({ seq }) => seq), 2);
    assertEquals(
      (await t.live.snapshot(t.classId))?.summary,
      summaryOf({ present: 1, absent: 1 }),
    );
  });
}
