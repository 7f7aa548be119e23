import { setImmediate } from "node:timers";
import { assert, assertEquals } from "@std/assert";
import { liveCollector } from "../../support/events.ts";
import {
  assertGapless,
  closeInput,
  finish,
  type LiveTest,
  markInput,
  newClassId,
  type Register,
  ROSTER,
  settle,
  startInput,
  summaryOf,
} from "./fixture.ts";

/** The second instance, with what it hears of the class. */
async function joined(t: LiveTest) {
  const other = t.other();
  const heard = liveCollector();
  other.listen(heard.listener);
  await other.join(t.classId);
  return { other, heard };
}

export function instancesContract(test: Register): void {
  test("events reach every joined instance once and in order", async (t) => {
    const { other, heard } = await joined(t);
    const session = await t.live.start(startInput(t.classId));
    await Promise.all(ROSTER.flatMap((id) => [
      t.live.mark(markInput(t.classId, id, "present")),
      other.mark(markInput(t.classId, id, "late")),
    ]));
    await other.updateClass(t.classId, { enrol: [21] });
    await t.live.publishSummary(t.classId);
    await t.live.beginClose(closeInput(t.classId));
    await finish(other, session);
    const ended = (items: readonly { type: string }[]) => items.at(-1)?.type === "done";
    const there = await heard.events.until(ended, "done at the second instance");
    const here = await t.heard.events.until(ended, "done at the first instance");
    assertEquals(there, here);
    const changes = here.filter(({ type }) => type !== "roster" && type !== "summary");
    assertGapless(changes.map(({ seq }) => seq), 1);
    assertEquals(changes.length, 12);
  });

  test("an event of the other instance does not arrive where the class was left", async (t) => {
    const { other, heard } = await joined(t);
    await t.live.start(startInput(t.classId));
    await heard.events.until((items) => items.length === 1, "started");
    await other.leave(t.classId);
    await t.live.mark(markInput(t.classId, 11, "present"));
    await other.join(t.classId);
    await t.live.mark(markInput(t.classId, 12, "present"));
    const events = await heard.events.until((items) => items.length === 2, "the second mark");
    assertEquals(events.map(({ seq }) => seq), [1, 3]);
  });

  test("starts on two instances at once: one wins", async (t) => {
    const other = t.other();
    const { values, codes } = await settle(
      Array.from(
        { length: 8 },
        (_, index) => (index % 2 ? t.live : other).start(startInput(t.classId)),
      ),
    );
    assertEquals(values.length, 1);
    assertEquals(codes, Array(7).fill("session_already_active"));
    assertEquals(await t.live.session(t.classId), await other.session(t.classId));
  });

  test("200 marks on two instances at once: gapless seq, last one wins", async (t) => {
    const other = t.other();
    await t.live.start(startInput(t.classId));
    const events = await Promise.all(Array.from({ length: 200 }, (_, index) => {
      const studentId = ROSTER[index % 5] ?? 0;
      const input = markInput(t.classId, studentId, index % 3 ? "present" : "late", {
        note: String(index),
      });
      return (index % 2 ? t.live : other).mark(input);
    }));
    const inOrder = events.toSorted((a, b) => a.seq - b.seq);
    assertGapless(inOrder.map(({ seq }) => seq), 2);
    const { marks, changes } = await other.beginClose(closeInput(t.classId));
    for (const mark of marks) {
      const last = inOrder.findLast((event) => event.marks[0]?.studentId === mark.studentId);
      assertEquals(last?.marks, [mark]);
    }
    assertGapless(changes.map(({ seq }) => seq), 2);
    assertEquals(inOrder.at(-1)?.summary.total, 5);
  });

  test("a verb resolves in the turn of its event, whoever else marks", async (t) => {
    const other = t.other();
    await t.live.start(startInput(t.classId));
    const waiting = new Set<number>();
    const late: number[] = [];
    t.live.listen({
      ...t.heard.listener,
      event({ type, seq }) {
        if (type !== "marked") return;
        waiting.add(seq);
        setImmediate(() => waiting.has(seq) && late.push(seq));
      },
    });
    const mark = (index: number) => markInput(t.classId, ROSTER[index % 5] ?? 0, "late");
    const own: number[] = [];
    const lanes = Array.from({ length: 6 }, async (_, lane) => {
      for (let index = 0; index < 40; index++) {
        if (lane % 2) await other.mark(mark(index));
        else {
          const { seq } = await t.live.mark(mark(index));
          waiting.delete(seq);
          own.push(seq);
        }
      }
    });
    await Promise.all(lanes);
    await new Promise((resolve) => setImmediate(resolve));
    assertEquals(own.filter((seq) => late.includes(seq)), []);
  });

  test("a session is started, marked and closed on different instances", async (t) => {
    const other = t.other();
    const session = await t.live.start(startInput(t.classId));
    await other.mark(markInput(t.classId, 11, "present"));
    await other.updateClass(t.classId, { enrol: [21] });
    const { summary } = await t.live.mark(markInput(t.classId, 21, "late"));
    assertEquals(summary, summaryOf({ present: 1, late: 1 }, 6));
    const [one, two] = await Promise.all([
      t.live.beginClose(closeInput(t.classId, "done")),
      other.beginClose(closeInput(t.classId, "cancelled")),
    ]);
    assertEquals(one, two);
    assert((await other.closing()).includes(t.classId));
    const results = await Promise.all([finish(t.live, session), finish(other, session)]);
    assertEquals(results.filter((result) => result !== null).length, 1);
    assertEquals(await t.live.session(t.classId), null);
  });

  test("marks on one instance race a close on the other: none is lost", async (t) => {
    const other = t.other();
    const roster = Array.from({ length: 100 }, (_, index) => index + 1);
    await t.live.start(startInput(t.classId, { roster }));
    const calls = roster.slice(0, 50).map((id) => t.live.mark(markInput(t.classId, id, "late")));
    const closing = other.beginClose(closeInput(t.classId));
    calls.push(...roster.slice(50).map((id) => t.live.mark(markInput(t.classId, id, "late"))));
    const { values, codes } = await settle(calls);
    const stored = values.map(({ marks }) => marks[0]?.studentId).toSorted();
    assertEquals((await closing).marks.map(({ studentId }) => studentId).toSorted(), stored);
    assertEquals(codes, Array(100 - stored.length).fill("no_active_session"));
  });

  test("publishControl() reaches every instance, joined or not", async (t) => {
    const heard = liveCollector();
    t.other().listen(heard.listener);
    const event = { type: "class", classId: newClassId() } as const;
    await t.live.publishControl(event);
    const mine = (items: readonly { type: string }[]) =>
      items.filter((item) => JSON.stringify(item) === JSON.stringify(event)).length === 1;
    await heard.controls.until(mine, "control news at the second instance");
    await t.heard.controls.until(mine, "control news at the first instance");
  });
}
