/** What each socket was sent: the same sequence, whole, in order, and nothing that is not its. */
import { assert, assertEquals } from "@std/assert";
import { readChange, readSnapshot } from "../../support/ledger.ts";
import type { Frame } from "../../support/socket.ts";
import { type Account, checkCounts, marksAt } from "./checks.ts";

const CHANGES = ["SESSION_STARTED", "ATTENDANCE_MARKED", "DONE", "SESSION_CANCELLED"];
const isChange = ({ event }: Frame): boolean => CHANGES.includes(event);
const isEnd = (frame: Frame | undefined): boolean =>
  frame?.event === "DONE" || frame?.event === "SESSION_CANCELLED";

const withoutId = ({ event, data }: Frame): Frame => ({ event, data });

/** The socket that never asked for a snapshot was sent every change once; the others are held to it. */
export function checkStreams(account: Account): void {
  const phone = account.play.staff.get("phone") ?? [];
  const all = phone.filter(isChange).map(withoutId);
  checkWhole(account, all);
  for (const [lane, frames] of account.play.staff) followStream(account, lane, frames, all);
  for (const [student, frames] of account.play.watchers) {
    checkWatcher(account, student, frames, all);
  }
}

/** The sequence is the one that was acknowledged: start, marks and end of each session. */
function checkWhole(account: Account, all: readonly Frame[]): void {
  let at = 0;
  const seen = new Set<string>();
  while (at < all.length) {
    const sessionId: string = all[at]?.data.sessionId;
    const session = account.sessions.find((session) => session.sessionId === sessionId);
    assert(session && !seen.has(sessionId), `${sessionId} is unknown or not in one piece`);
    seen.add(sessionId);
    const changes = account.changes.get(sessionId) ?? [];
    const own = all.slice(at, at + changes.length + 2);
    assertEquals(own.map(({ data }) => data.sessionId), own.map(() => sessionId));
    assertEquals(own.map(({ data }) => data.seq), own.map((_, index) => index + 1));
    assertEquals(own[0]?.event, "SESSION_STARTED");
    assertEquals(own.slice(1, -1).map(({ data }) => readChange(data)), changes);
    assertEquals(own.at(-1)?.event, session.outcome === "done" ? "DONE" : "SESSION_CANCELLED");
    at += own.length;
  }
  assertEquals(seen.size, account.sessions.length, "every session was told of");
}

/**
 * Follows one socket by the recovery rule: each change is the next of the sequence, unless a
 * snapshot has told of it already.
 */
function followStream(
  account: Account,
  lane: string,
  frames: readonly Frame[],
  all: readonly Frame[],
): void {
  /** How many changes of the sequence are known here. */
  let at = 0;
  let hadNone = false;
  for (const frame of frames) {
    const { event, data, id } = frame;
    const where = `${lane}, ${event} ${data.seq}, after ${at} changes`;
    if (event === "SNAPSHOT") {
      const known = checkSnapshot(account, frame, all, at);
      hadNone = known === null;
      // Without a session all that was told of the last one is over.
      if (known === null) { while (at > 0 && !isEnd(all[at - 1])) at++; }
      else at = known;
    } else if (event === "TODAY_SUMMARY") {
      checkCounts(account, data);
      const told = all[at - 1]?.data;
      if (id === undefined) {
        assert(told?.sessionId === data.sessionId && told.seq >= data.seq, where);
      }
    } else if (isChange(frame)) {
      const index = all.findIndex((one) =>
        one.data.sessionId === data.sessionId && one.data.seq === data.seq
      );
      assertEquals(withoutId(frame), all[index], where);
      // The answer to one's own frame comes in any case, also after a snapshot that has it.
      if (index < at && id !== undefined) continue;
      if (hadNone && event === "SESSION_STARTED" && index > at) at = index;
      hadNone = false;
      assertEquals(index, at, where);
      at++;
    }
  }
  assertEquals(at, all.length, `${lane} knows of everything at the end`);
}

/** Returns how many changes of the sequence the snapshot covers; null if no session is open in it. */
function checkSnapshot(
  account: Account,
  { data }: Frame,
  all: readonly Frame[],
  at: number,
): number | null {
  const { session, marks, summary, seq } = readSnapshot(data);
  if (!session) {
    assertEquals([marks, seq, summary.total], [[], 0, 0]);
    return null;
  }
  const { sessionId } = session;
  const expected = [...marksAt(account, sessionId, seq).values()];
  assertEquals(
    marks.map(({ studentId, status, note }) => ({ studentId: Number(studentId), status, note })),
    expected.toSorted((a, b) => a.studentId - b.studentId),
    `the snapshot at ${seq}`,
  );
  checkCounts(account, { ...summary, sessionId, seq });
  const index = all.findIndex((one) => one.data.sessionId === sessionId && one.data.seq === seq);
  assert(index + 1 >= at, `the snapshot at ${seq} is older than what was told before`);
  return index + 1;
}

/** A student hears starts, ends, counts when asked for, and the own marks alone. */
function checkWatcher(
  account: Account,
  student: number,
  frames: readonly Frame[],
  all: readonly Frame[],
): void {
  const own = account.stage.students[student]?.id;
  const line = ({ event, data }: Frame): unknown[] => {
    if (event !== "ATTENDANCE_MARKED") return [event, data];
    const { marks, ...change } = readChange(data);
    return [event, change, marks.filter(({ studentId }) => studentId === own)];
  };
  const told = frames.filter(isChange);
  for (const { event, data } of told) {
    if (event !== "ATTENDANCE_MARKED") continue;
    assertEquals(readChange(data).marks.map(({ studentId }) => studentId), [own], "only own marks");
  }
  const concerned = all.filter((frame) =>
    frame.event !== "ATTENDANCE_MARKED" ||
    readChange(frame.data).marks.some(({ studentId }) => studentId === own)
  );
  assertEquals(told.map(line), concerned.map(line), `student ${student}`);
  for (const { event, data } of frames) if (event === "TODAY_SUMMARY") checkCounts(account, data);
}
