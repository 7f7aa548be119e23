import { assertEquals } from "@std/assert";
import type { LiveEvent, LiveSession } from "../../src/sessions/live_store.ts";
import { afterSnapshot, type HeldFrame } from "../../src/realtime/holds.ts";

const SUMMARY = { present: 0, absent: 0, late: 0, excused: 0, total: 0, enrolled: 0 };

const session = (sessionId: string, seq: number): LiveSession => ({
  classId: 1,
  sessionId,
  startedAt: "2026-11-22T08:00:00.000Z",
  startedBy: 1,
  plannedStart: null,
  options: {},
  markVisibility: "staff",
  seq,
  state: "open",
});

function event(type: LiveEvent["type"], sessionId: string, seq: number): LiveEvent {
  const base = { classId: 1, sessionId, seq };
  switch (type) {
    case "started":
      return { ...base, type, session: session(sessionId, seq), summary: SUMMARY };
    case "marked":
      return {
        ...base,
        type,
        visibility: "staff",
        marks: [],
        bulk: false,
        summary: SUMMARY,
      };
    case "done":
      return { ...base, type, totals: SUMMARY };
    case "cancelled":
      return { ...base, type };
    case "summary":
    case "roster":
      return { ...base, type, summary: SUMMARY };
  }
}

const held = (
  type: LiveEvent["type"],
  sessionId: string,
  seq: number,
  reply = false,
): HeldFrame => ({
  event: event(type, sessionId, seq),
  text: `${type} ${sessionId}${seq}`,
  reply,
});

const after = (frames: HeldFrame[], sessionId: string | null, seq = 0) =>
  afterSnapshot(frames, { session: sessionId === null ? null : session(sessionId, seq), seq })
    .map(({ text }) => text);

Deno.test("changes in the snapshot are dropped, later ones follow it", () => {
  const frames = [held("marked", "a", 3), held("marked", "a", 4), held("marked", "a", 5)];
  assertEquals(after(frames, "a", 4), ["marked a5"]);
});

Deno.test("counts, which are no change, follow unless they are older", () => {
  const frames = [held("summary", "a", 3), held("summary", "a", 4), held("roster", "a", 4)];
  assertEquals(after(frames, "a", 4), ["summary a4", "roster a4"]);
});

Deno.test("what is left of an older session is dropped, a newer session follows whole", () => {
  const frames = [
    held("marked", "a", 9),
    held("done", "a", 10),
    held("started", "b", 1),
    held("marked", "b", 2),
    held("done", "b", 3),
    held("started", "c", 1),
  ];
  assertEquals(after(frames, "b", 1), ["marked b2", "done b3", "started c1"]);
  assertEquals(after(frames, "a", 9), [
    "done a10",
    "started b1",
    "marked b2",
    "done b3",
    "started c1",
  ]);
  assertEquals(after(frames.slice(0, 2), "b", 1), []);
});

Deno.test("without a session only what a later start begins follows", () => {
  assertEquals(after([held("marked", "a", 9), held("done", "a", 10)], null), []);
  assertEquals(
    after([held("done", "a", 10), held("started", "b", 1), held("marked", "b", 2)], null),
    [
      "started b1",
      "marked b2",
    ],
  );
});

Deno.test("the answer to a frame of this socket is never dropped", () => {
  const frames = [held("marked", "a", 2, true), held("marked", "a", 3)];
  assertEquals(after(frames, "a", 3), ["marked a2"]);
});
