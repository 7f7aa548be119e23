import { assertEquals } from "@std/assert";
import { type Board, countMarks, createBoard } from "../../static/app/board.js";

const CLASS_ID = "7";
const S1 = "11111111-1111-4111-8111-111111111111";
const S2 = "22222222-2222-4222-8222-222222222222";

function follow(
  { isStaff = true, visibility = "staff" }: { isStaff?: boolean; visibility?: "staff" | "class" } =
    {},
) {
  let asked = 0;
  let refuse: (() => void) | null = null;
  const board: Board = createBoard({
    onChange() {},
    askSnapshot: () => {
      asked++;
      return new Promise((_, reject) => refuse = () => reject(new Error("refused")));
    },
  });
  board.follow(CLASS_ID, { isStaff, visibility });
  board.connected();
  return { board, asked: () => asked, refuse: () => refuse?.() };
}

const session = (sessionId: string) => ({
  sessionId,
  startedAt: "2026-11-22T08:00:00.000Z",
  title: null,
});

const mark = (studentId: number, status: string, seq: number, sessionId = S1) => ({
  event: "ATTENDANCE_MARKED",
  data: {
    classId: CLASS_ID,
    sessionId,
    studentId: `${studentId}`,
    status,
    note: null,
    markedBy: "3",
    markedAt: "2026-11-22T08:01:00.000Z",
    seq,
  },
});

const snapshot = (seq: number, marks: readonly { studentId: string; status: string }[] = []) => ({
  event: "SNAPSHOT",
  data: { classId: CLASS_ID, session: session(S1), marks, summary: null, seq },
});

const nothingRuns = {
  event: "SNAPSHOT",
  data: { classId: CLASS_ID, session: null, marks: [], summary: null, seq: 0 },
};

const started = (sessionId: string) => ({
  event: "SESSION_STARTED",
  data: { classId: CLASS_ID, ...session(sessionId), seq: 1 },
});

const done = (seq: number, sessionId = S1) => ({
  event: "DONE",
  data: {
    classId: CLASS_ID,
    sessionId,
    present: 1,
    absent: 1,
    late: 0,
    excused: 0,
    total: 2,
    seq,
  },
});

const statuses = (board: Board) =>
  Object.fromEntries([...board.state().marks].map(([id, { status }]) => [id, status]));

Deno.test("board applies events while seq goes up by one", () => {
  const { board, asked } = follow();
  board.apply(snapshot(1));
  board.apply(mark(1, "present", 2));
  board.apply(mark(2, "late", 3));
  board.apply(mark(1, "absent", 4));
  assertEquals(statuses(board), { 1: "absent", 2: "late" });
  assertEquals(countMarks(board.state().marks), { present: 0, absent: 1, late: 1, excused: 0 });
  assertEquals([board.state().seq, asked()], [4, 1]);
});

Deno.test("board takes a bulk mark as one change", () => {
  const { board, asked } = follow();
  board.apply(snapshot(1));
  const { data } = mark(1, "present", 2);
  const marks = [1, 2].map((id) => ({ ...data, studentId: `${id}` }));
  board.apply({
    event: "ATTENDANCE_MARKED",
    data: { classId: CLASS_ID, sessionId: S1, marks, seq: 2 },
  });
  assertEquals(statuses(board), { 1: "present", 2: "present" });
  assertEquals([board.state().seq, asked()], [2, 1]);
});

Deno.test("board asks for a snapshot on a gap and drops what the snapshot holds", () => {
  const { board, asked } = follow();
  board.apply(snapshot(1));
  board.apply(mark(1, "present", 3));
  assertEquals([asked(), board.state().sync], [2, "asking"]);
  board.apply(mark(2, "late", 4));
  board.apply(mark(3, "late", 5));
  board.apply(snapshot(4, [{ studentId: "1", status: "excused" }]));
  assertEquals(statuses(board), { 1: "excused", 3: "late" });
  assertEquals([board.state().seq, board.state().sync, asked()], [5, "in step", 2]);
});

Deno.test("board asks again where held events show another gap", () => {
  const { board, asked } = follow();
  board.apply(mark(3, "late", 7));
  board.apply(snapshot(5));
  assertEquals([board.state().sync, asked()], ["asking", 2]);
});

Deno.test("board drops repeated events", () => {
  const { board, asked } = follow();
  board.apply(snapshot(4));
  board.apply(mark(1, "present", 4));
  board.apply(started(S1));
  assertEquals([statuses(board), board.state().seq, asked()], [{}, 4, 1]);
});

Deno.test("board asks again after a lost connection, and takes nothing in before the answer", () => {
  const { board, asked } = follow();
  board.apply(snapshot(1));
  board.lost();
  assertEquals(board.state().sync, "stale");
  board.apply(mark(1, "present", 2));
  assertEquals(statuses(board), {});
  board.connected();
  board.apply(snapshot(2, [{ studentId: "1", status: "present" }]));
  assertEquals([statuses(board), asked()], [{ 1: "present" }, 2]);
});

Deno.test("board is not live where the snapshot is refused", async () => {
  const { board, refuse } = follow();
  refuse();
  await Promise.resolve();
  await Promise.resolve();
  assertEquals([board.state().sync, board.state().phase], ["stale", "unknown"]);
});

Deno.test("board goes from one session to the next", () => {
  const { board, asked } = follow();
  board.apply(nothingRuns);
  assertEquals(board.state().phase, "idle");
  board.apply(started(S1));
  board.apply(mark(1, "present", 2));
  board.apply(done(3));
  assertEquals([board.state().phase, board.state().summary?.absent], ["ended", 1]);
  board.apply(mark(2, "present", 3));
  board.apply(nothingRuns);
  assertEquals(board.state().phase, "ended");
  board.apply(started(S2));
  assertEquals([board.state().phase, statuses(board)], ["running", {}]);
  board.apply({ event: "SESSION_CANCELLED", data: { classId: CLASS_ID, sessionId: S2, seq: 2 } });
  assertEquals([board.state().phase, asked()], ["cancelled", 1]);
});

Deno.test("board asks where a mark is of a session it has not seen start", () => {
  const { board, asked } = follow();
  board.apply(nothingRuns);
  board.apply(mark(1, "present", 2, S2));
  assertEquals(asked(), 2);
});

Deno.test("board of a student who sees only the own mark takes gaps for other students' marks", () => {
  const { board, asked } = follow({ isStaff: false });
  board.apply(snapshot(1));
  board.apply(mark(9, "late", 20));
  assertEquals([statuses(board), asked()], [{ 9: "late" }, 1]);
  board.apply(mark(9, "present", 12));
  assertEquals(statuses(board), { 9: "late" });
});

Deno.test("board of a student follows the class's visibility as a snapshot tells it", () => {
  const { board, asked } = follow({ isStaff: false });
  const open = snapshot(1);
  board.apply({ ...open, data: { ...open.data, markVisibility: "class" } });
  board.apply(mark(2, "late", 5));
  assertEquals([board.state().markVisibility, asked()], ["class", 2]);
});

Deno.test("board leaves frames of other classes alone", () => {
  const { board } = follow();
  board.apply(snapshot(1));
  const other = mark(1, "present", 2);
  board.apply({ ...other, data: { ...other.data, classId: "8" } });
  board.apply({ event: "ERROR", data: { message: "x", code: "y" } });
  assertEquals([statuses(board), board.state().seq], [{}, 1]);
  board.follow("8", { isStaff: true, visibility: "staff" });
  assertEquals([board.state().phase, board.state().sync], ["unknown", "stale"]);
});

Deno.test("board takes counts as they are, and later ones as a sign of a gap", () => {
  const { board, asked } = follow();
  const counts = { present: 1, absent: 0, late: 0, excused: 0, total: 1, enrolled: 9 };
  const summary = (seq: number) => ({
    event: "TODAY_SUMMARY",
    data: { classId: CLASS_ID, sessionId: S1, ...counts, seq },
  });
  board.apply(snapshot(2));
  board.apply(summary(1));
  assertEquals(board.state().summary, null);
  board.apply(summary(2));
  assertEquals([board.state().summary?.enrolled, asked()], [9, 1]);
  board.apply(summary(4));
  assertEquals(asked(), 2);
});
