/** The parts of the Redis store that need no Redis. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../../src/kernel/errors.ts";
import { createGate } from "../../../src/adapters/redis/gate.ts";
import { rebuild } from "../../../src/adapters/redis/rebuild.ts";

Deno.test("a gate that opens runs what waits, in order, and before what comes later", async () => {
  const gate = createGate({ waitMs: 10_000 });
  const ran: number[] = [];
  const call = (number: number) => gate.run(() => Promise.resolve(ran.push(number)));
  const calls = [call(1), call(2)];
  await Promise.resolve();
  assertEquals(ran, []);
  gate.open();
  calls.push(call(3));
  assertEquals(ran, [1, 2, 3]);
  gate.shut();
  calls.push(call(4));
  assertEquals(ran, [1, 2, 3]);
  gate.open();
  await Promise.all(calls);
  assertEquals(ran, [1, 2, 3, 4]);
});

Deno.test("a call behind a gate is refused in time, and then does not run", async () => {
  const gate = createGate({ waitMs: 5 });
  let ran = false;
  const { code } = await assertRejects(
    () => gate.run(() => Promise.resolve(ran = true)),
    AppError,
  );
  assertEquals(code, "live_unavailable");
  gate.open();
  assertEquals(ran, false);
});

Deno.test("a gate that opens refuses what throws at once, and runs what waits behind it", async () => {
  const gate = createGate({ waitMs: 10_000 });
  const full = assertRejects(() =>
    gate.run(() => {
      throw new AppError("live_unavailable");
    }), AppError);
  const behind = gate.run(() => Promise.resolve("ran"));
  gate.open();
  assert(gate.isOpen);
  await full;
  assertEquals(await behind, "ran");
});

Deno.test("a gate that ends refuses who waits and who comes", async () => {
  const gate = createGate({ waitMs: 10_000 });
  const waiting = assertRejects(() => gate.run(() => Promise.resolve(1)), AppError);
  gate.end();
  await waiting;
  gate.open();
  await assertRejects(() => gate.run(() => Promise.resolve(1)), AppError);
});

const AT = "2026-03-02T08:00:00.000Z";
const session = { classId: 7, sessionId: "s", startedAt: AT, startedBy: 1, options: { "": '"2"' } };
const started = { type: "started", classId: 7, seq: 1, visibility: "class", session };
const mark = (studentId: number, status: string, seq: number) => (
  { studentId, status, note: null, more: [studentId], seq }
);
const marked = (seq: number, marks: unknown[]) => ({ type: "marked", classId: 7, seq, marks });

Deno.test("rebuild() makes a session of its events", () => {
  const rebuilt = rebuild(
    [
      started,
      marked(2, [mark(11, "late", 2)]),
      marked(3, [mark(11, "present", 3), mark(12, "absent", 3), mark(13, "late", 3)]),
      marked(4, [mark(13, "unmarked", 4)]),
    ].map((event) => JSON.stringify(event)),
  );
  assert(rebuilt);
  assertEquals(JSON.parse(rebuilt.json), session);
  assertEquals([rebuilt.visibility, rebuilt.seq, rebuilt.close], ["class", 4, null]);
  assertEquals(rebuilt.counts, { present: 1, absent: 1, late: 0, excused: 0 });
  assertEquals([...rebuilt.marks], [
    [11, `present ${JSON.stringify(mark(11, "present", 3))}`],
    [12, `absent ${JSON.stringify(mark(12, "absent", 3))}`],
  ]);
});

Deno.test("rebuild() knows that a close has begun", () => {
  const close = { outcome: "cancelled", closedBy: null, closedAt: AT } as const;
  const payloads = [started, { type: "closing", seq: 1, close }];
  assertEquals(rebuild(payloads.map((event) => JSON.stringify(event)))?.close, close);
});

Deno.test("rebuild() gives nothing without the start", () => {
  assertEquals(rebuild([JSON.stringify(marked(3, []))]), null);
  assertEquals(rebuild([]), null);
});
