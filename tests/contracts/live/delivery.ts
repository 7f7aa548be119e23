import { assert, assertEquals } from "@std/assert";
import type { ControlEvent, LiveEvent, Snapshot } from "../../../src/sessions/live_store.ts";
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
  summaryOf,
} from "./fixture.ts";

export function deliveryContract(test: Register): void {
  test("events of a session arrive once each and in seq order", async (t) => {
    const session = await t.live.start(startInput(t.classId));
    const marks = ROSTER.map((student) => t.live.mark(markInput(t.classId, student, "present")));
    await Promise.all(marks);
    await t.live.beginClose(closeInput(t.classId));
    await finish(t.live, session);
    assertEquals(
      t.heard.events.items.map(({ type, seq }) => `${type} ${seq}`),
      ["started 1", ...ROSTER.map((_, index) => `marked ${index + 2}`), "done 7"],
    );
  });

  test("an event arrives before its verb's promise resolves", async (t) => {
    const order: string[] = [];
    t.live.listen({ ...t.heard.listener, event: ({ type, seq }) => order.push(`${type} ${seq}`) });
    const told = (call: Promise<unknown>, name: string) => call.then(() => order.push(name));
    await told(t.live.start(startInput(t.classId)), "start()");
    await told(t.live.mark(markInput(t.classId, 11, "late")), "mark()");
    await told(t.live.publishSummary(t.classId), "publishSummary()");
    await told(t.live.updateClass(t.classId, { enrol: [31] }), "updateClass()");
    const { session } = await t.live.beginClose(closeInput(t.classId));
    await told(finish(t.live, session), "finishClose()");
    assertEquals(order, [
      "started 1",
      "start()",
      "marked 2",
      "mark()",
      "summary 2",
      "publishSummary()",
      "roster 2",
      "updateClass()",
      "done 3",
      "finishClose()",
    ]);
  });

  test("an event arrives after its change is stored", async (t) => {
    const seen: [LiveEvent, Promise<Snapshot | null>][] = [];
    t.live.listen({
      ...t.heard.listener,
      event: (event) => seen.push([event, t.live.snapshot(t.classId)]),
    });
    await t.live.start(startInput(t.classId));
    await Promise.all(ROSTER.map((id) => t.live.mark(markInput(t.classId, id, "late"))));
    assertEquals(seen.length, 6);
    for (const [event, reading] of seen) {
      const snapshot = await reading;
      assert(snapshot && snapshot.session.seq >= event.seq, `seq ${event.seq} is stored`);
      assertEquals(snapshot.marks.length, snapshot.session.seq - 1);
    }
  });

  test("a verb called by the listener neither deadlocks nor breaks the order", async (t) => {
    t.live.listen({
      ...t.heard.listener,
      event(event) {
        t.heard.events.push(event);
        if (event.type === "marked") void t.live.publishSummary(t.classId);
      },
    });
    await t.live.start(startInput(t.classId));
    await Promise.all(ROSTER.map((id) => t.live.mark(markInput(t.classId, id, "late"))));
    const events = await t.heard.events.until((items) => items.length === 11, "11 events");
    const seqs = events.map(({ seq }) => seq);
    assertEquals(seqs, seqs.toSorted((a, b) => a - b));
    assertEquals(events.filter(({ type }) => type === "summary").length, 5);
  });

  test("events of a class that was not joined do not arrive", async (t) => {
    const unheard = newClassId();
    await t.live.start(startInput(unheard));
    await t.live.mark(markInput(unheard, 11, "present"));
    await t.live.start(startInput(t.classId));
    assertEquals(t.heard.events.items.map(({ classId }) => classId), [t.classId]);
  });

  test("join() counts: each needs its leave()", async (t) => {
    await t.live.join(t.classId);
    await t.live.start(startInput(t.classId));
    await t.live.leave(t.classId);
    await t.live.mark(markInput(t.classId, 11, "present"));
    assertEquals(t.heard.events.items.length, 2);
    await t.live.leave(t.classId);
    await t.live.mark(markInput(t.classId, 11, "late"));
    assertEquals(t.heard.events.items.length, 2);
    await t.live.leave(t.classId);
    await t.live.join(t.classId);
    const event = await t.live.mark(markInput(t.classId, 11, "absent"));
    assertEquals(t.heard.events.items.at(-1), event);
    assertEquals(event.seq, 4);
  });

  test("publishControl() reaches the listener, joined or not, before it resolves", async (t) => {
    const news: ControlEvent[] = [
      { type: "user", userId: newClassId() },
      { type: "enrolment", classId: newClassId(), userIds: [1, 2], enrolled: false },
      { type: "enrolment", classId: t.classId, userIds: [3], enrolled: true },
      { type: "class", classId: newClassId() },
    ];
    for (const event of news) await t.live.publishControl(event);
    const own = t.heard.controls.items.filter((heard) =>
      news.some((event) => JSON.stringify(event) === JSON.stringify(heard))
    );
    assertEquals(own, news);
  });

  test("a listener that throws breaks nothing", async (t) => {
    const fail = () => {
      throw new Error("a faulty listener");
    };
    t.live.listen({ event: fail, control: fail, resync: fail });
    await t.live.start(startInput(t.classId));
    const { values } = await settle(
      ROSTER.map((id) => t.live.mark(markInput(t.classId, id, "present"))),
    );
    assertEquals(values.length, ROSTER.length);
    await t.live.publishControl({ type: "class", classId: t.classId });
    t.live.listen(t.heard.listener);
    const event = await t.live.publishSummary(t.classId);
    assertEquals(event.summary, summaryOf({ present: 5 }));
    assertEquals<unknown>(t.heard.events.items, [event]);
  });

  test("close() stores the marks that wait, then rejects every call", async (t) => {
    await t.live.start(startInput(t.classId));
    const waiting = ROSTER.map((id) => t.live.mark(markInput(t.classId, id, "present")));
    const closed = t.live.close();
    const { values } = await settle(waiting);
    assertEquals(values.map(({ seq }) => seq), [2, 3, 4, 5, 6]);
    assertEquals(t.heard.events.items.length, 6);
    await closed;
    const { classId } = t;
    const calls: (() => Promise<unknown>)[] = [
      () => t.live.start(startInput(newClassId())),
      () => t.live.mark(markInput(classId, 11, "present")),
      () => t.live.session(classId),
      () => t.live.snapshot(classId),
      () => t.live.own(classId, 11),
      () => t.live.publishSummary(classId),
      () => t.live.updateClass(classId, { enrol: [1] }),
      () => t.live.beginClose(closeInput(classId)),
      () => finish(t.live, { classId, sessionId: crypto.randomUUID() }),
      () => t.live.closing(),
      () => t.live.publishControl({ type: "class", classId }),
      () => t.live.join(classId),
      () => t.live.ready(),
    ];
    for (const call of calls) await assertCode("live_unavailable", call);
    await t.live.leave(classId);
    await t.live.close();
  });
}
