/** The parts of the Redis store that need no Redis. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AppError } from "../../../src/kernel/errors.ts";
import { createGate } from "../../../src/adapters/redis/gate.ts";
import { makeUpStart, rebuild } from "../../../src/adapters/redis/rebuild.ts";
import { pages } from "../../../src/adapters/redis/tail.ts";
import { type Change, createUnsaved } from "../../../src/adapters/redis/unsaved.ts";

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

const change = (classId: number, place: number, payload = "x".repeat(10)): Change => ({
  sessionId: `session of ${classId}`,
  classId,
  epoch: 1,
  place,
  payload,
});

Deno.test("what is not saved is kept by class, and refuses more when it is too much", () => {
  const unsaved = createUnsaved({ maxCharacters: 25 });
  const [first, second, third] = [change(1, 1), change(1, 2), change(2, 1)];
  for (const one of [first, second]) {
    unsaved.mustHaveRoom();
    unsaved.add(one);
  }
  unsaved.add(third);
  assertEquals(unsaved.classes(), [1, 2]);
  assertEquals(unsaved.of(1), [first, second]);
  const { code, message } = assertThrows(() => unsaved.mustHaveRoom(), AppError);
  assertEquals(code, "live_unavailable");
  assert(message.includes("nothing was stored"));
  unsaved.drop([first, first, change(1, 1)]);
  unsaved.mustHaveRoom();
  assertEquals(unsaved.of(1), [second]);
  unsaved.drop([second, third]);
  assertEquals(unsaved.classes(), []);
  assertEquals(unsaved.of(1), []);
});

Deno.test("what goes to the journal is cut by number and by size, and nothing is left out", () => {
  const short = Array.from({ length: 250 }, (_, i) => change(1, i));
  assertEquals([...pages(short)].map(({ length }) => length), [100, 100, 50]);
  assertEquals([...pages(short)].flat(), short);
  const long = Array.from({ length: 5 }, (_, i) => change(1, i, "x".repeat(1_500_000)));
  assertEquals([...pages(long)].map(({ length }) => length), [2, 2, 1]);
  assertEquals([...pages(long)].flat(), long);
  assertEquals([...pages([])], []);
});

const AT = "2026-03-02T08:00:00.000Z";
const session = { classId: 7, sessionId: "s", startedAt: AT, startedBy: 1, title: 'Lab "2"' };
const started = { type: "started", classId: 7, seq: 1, epoch: 5, place: 1, visibility: "class" };
const mark = (studentId: number, status: string, seq: number) => (
  { studentId, status, note: null, markedBy: 1, markedAt: AT, seq }
);
const marked = (seq: number, marks: unknown[], from: unknown[]) => (
  { type: "marked", classId: 7, seq, epoch: 5, place: seq + 3, marks, from, origin: { request: 1 } }
);

Deno.test("rebuild() makes a session of its events, in places of their own", () => {
  const payloads = [
    { ...started, session },
    marked(2, [mark(11, "late", 2)], [null]),
    marked(3, [mark(11, "present", 3), mark(12, "absent", 3)], ["late", null]),
  ].map((event) => JSON.stringify(event));
  const rebuilt = rebuild(payloads, 9);
  assert(rebuilt);
  assertEquals(JSON.parse(rebuilt.json), session);
  assertEquals([rebuilt.visibility, rebuilt.seq], ["class", 3]);
  assertEquals(rebuilt.counts, { present: 1, absent: 1, late: 0, excused: 0 });
  assertEquals([...rebuilt.marks], [
    [11, `present ${JSON.stringify(mark(11, "present", 3))}`],
    [12, `absent ${JSON.stringify(mark(12, "absent", 3))}`],
  ]);
  assertEquals(
    rebuilt.events.map((event) => JSON.parse(event)).map((event) => [
      event.type,
      event.epoch,
      event.place,
      event.seq,
      event.from,
      event.origin,
    ]),
    [
      ["started", 9, 1, 1, undefined, undefined],
      ["marked", 9, 2, 2, [null], undefined],
      ["marked", 9, 3, 3, ["late", null], undefined],
    ],
  );
});

Deno.test("rebuild() says of each mark what was there before it, also where an event is missing", () => {
  const payloads = [
    { ...started, session },
    marked(3, [mark(11, "present", 3)], ["late"]),
  ].map((event) => JSON.stringify(event));
  const rebuilt = rebuild(payloads, 9);
  assertEquals(JSON.parse(rebuilt?.events[1] ?? "").from, [null]);
  assertEquals(rebuilt?.seq, 3);
});

Deno.test("rebuild() gives nothing without the start", () => {
  assertEquals(rebuild([JSON.stringify(marked(3, [], []))], 9), null);
  assertEquals(rebuild([], 9), null);
});

Deno.test("makeUpStart() needs a mark", () => {
  const klass = { teacherId: 3, markVisibility: "class" } as const;
  const of = { classId: 7, sessionId: "s", epoch: 5 };
  assertEquals(makeUpStart([], of, klass), null);
  const payloads = [JSON.stringify(marked(3, [mark(11, "late", 3)], [null]))];
  const start = makeUpStart(payloads, of, klass);
  const rebuilt = rebuild([start ?? "", ...payloads], 9);
  assertEquals(JSON.parse(rebuilt?.json ?? ""), { ...session, startedBy: 3, title: null });
  assertEquals(rebuilt?.visibility, "class");
});
