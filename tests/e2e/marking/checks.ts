/** What must hold after any play: of the answers, of what each socket was sent, of the history. */
import { assert, assertEquals } from "@std/assert";
import type { Status } from "../../../src/kernel/status.ts";
import {
  type Change,
  countMarks,
  lastMarks,
  readChange,
  readSnapshot,
} from "../../support/ledger.ts";
import type { Frame } from "../../support/socket.ts";
import {
  enrolledDuring,
  type KnownSession,
  sessionsOf,
  surelyClosed,
  surelyOpen,
} from "./intervals.ts";
import { type Deed, personOf, type Play, type Stage } from "./play.ts";
import { isSocket } from "./steps.ts";

/** What a play came to, by what was acknowledged alone. */
export interface Account {
  readonly stage: Stage;
  readonly play: Play;
  readonly sessions: readonly KnownSession[];
  /** Acknowledged changes of each session, by `seq`. */
  readonly changes: ReadonlyMap<string, readonly Change[]>;
}

export function accountOf(stage: Stage, play: Play): Account {
  const sessions = sessionsOf(play);
  const changes = new Map<string, Change[]>(sessions.map(({ sessionId }) => [sessionId, []]));
  for (const { step, outcome } of play.deeds) {
    if (step.verb !== "mark" || !("ok" in outcome)) continue;
    const change = readChange(outcome.ok);
    const by = personOf(stage, step.by).id;
    assertEquals(
      change.marks.map(({ at: _, ...mark }) => mark),
      step.marks.map(({ student, status, note }) => (
        { studentId: stage.students[student]?.id ?? 0, status, note, by }
      )),
      "what was acknowledged is what was sent",
    );
    assertEquals(change.classId, play.classId);
    const known = changes.get(change.sessionId);
    assert(known, `a mark went to ${change.sessionId}, which nobody started`);
    known.push(change);
  }
  for (const list of changes.values()) list.sort((a, b) => a.seq - b.seq);
  return { stage, play, sessions, changes };
}

/** Changes take 2, 3, … after the start; returns the `seq` of the end. */
function endSeq({ changes }: Account, sessionId: string): number {
  return (changes.get(sessionId)?.length ?? 0) + 2;
}

export function checkSeqs(account: Account): void {
  for (const [sessionId, list] of account.changes) {
    assertEquals(list.map(({ seq }) => seq), list.map((_, index) => index + 2), sessionId);
  }
  const { deeds } = account.play;
  for (const { step, outcome } of deeds) {
    if (step.verb !== "done" || !("ok" in outcome)) continue;
    const { seq, sessionId } = doneOf(outcome.ok);
    assertEquals(seq, endSeq(account, sessionId), "DONE has the next seq");
  }
}

// deno-lint-ignore no-explicit-any -- the frames' schemas have their own test
const doneOf = (data: any): { seq: number; sessionId: string; total: number } => data;

/** Each refusal had its reason and each success was possible, by when they were asked and answered. */
export function checkAnswers({ play, sessions }: Account): void {
  const students = ({ step }: Deed) =>
    step.verb === "mark" ? step.marks.map(({ student }) => student) : [];
  for (const deed of play.deeds) {
    const { step, outcome } = deed;
    const code = "refused" in outcome ? outcome.refused : null;
    const text = `${JSON.stringify(step)} → ${code ?? "ok"}, ${deed.from}–${deed.to}`;
    switch (code) {
      case null:
        if (["mark", "done", "cancel", "summary"].includes(step.verb)) {
          assert(!surelyClosed(sessions, deed), `nothing was open: ${text}`);
        }
        for (const student of students(deed)) {
          assert(enrolledDuring(play, student, deed).has(true), `not on the list: ${text}`);
        }
        break;
      case "no_active_session":
        assert(!surelyOpen(sessions, deed), `a session was open: ${text}`);
        break;
      case "session_already_active":
        assert(!surelyClosed(sessions, deed), `nothing was open: ${text}`);
        break;
      case "student_not_enrolled": {
        const named = step.verb === "unenrol" ? [step.student] : students(deed);
        assert(
          named.some((student) => enrolledDuring(play, student, deed).has(false)),
          `all were on the list: ${text}`,
        );
        break;
      }
      default:
        assert(false, `unexpected: ${text}`);
    }
  }
}

/** The marks of one socket are stored in the order in which it sent them. */
export function checkOrder({ play }: Account): void {
  const last = new Map<string, number>();
  for (const { step, outcome } of play.deeds) {
    if (step.verb !== "mark" || !isSocket(step.by) || !("ok" in outcome)) continue;
    const { sessionId, seq } = readChange(outcome.ok);
    const key = `${step.by} ${sessionId}`;
    assert(seq > (last.get(key) ?? 0), `${key}: ${seq} came after ${last.get(key)}`);
    last.set(key, seq);
  }
}

/** The marks of a session up to a `seq`. */
export function marksAt({ changes }: Account, sessionId: string, seq: number) {
  return lastMarks((changes.get(sessionId) ?? []).filter((change) => change.seq <= seq));
}

export function checkCounts(
  account: Account,
  counts: Readonly<Record<Status, number>> & { sessionId: string; seq: number; total: number },
): void {
  const { present, absent, late, excused, total, sessionId, seq } = counts;
  const marks = marksAt(account, sessionId, seq);
  assertEquals({ present, absent, late, excused }, countMarks(marks.values()), `counts at ${seq}`);
  assertEquals(total, marks.size);
}

/** Exactly one frame answers each id, and ids are answered on their own socket only. */
export function checkReplies({ play }: Account): void {
  for (const [lane, frames] of play.staff) {
    const ids = frames.flatMap((frame: Frame) => frame.id === undefined ? [] : [frame.id]);
    assertEquals(new Set(ids).size, ids.length, `${lane} has an answer twice`);
  }
}

/** When everything is answered, the snapshot is exactly what was acknowledged until then. */
export function checkQuietMoments(account: Account): void {
  const { deeds } = account.play;
  for (const { step, outcome, from } of deeds) {
    if (step.verb !== "settle") continue;
    if (!("ok" in outcome)) {
      assertEquals(outcome.refused, "no_active_session");
      assert(!surelyOpen(account.sessions, { from, to: from }));
      continue;
    }
    const { session, marks, summary, seq } = readSnapshot(outcome.ok);
    const sessionId = session?.sessionId ?? "";
    const before = deeds.filter(({ step, to, outcome }) =>
      step.verb === "mark" && to < from && "ok" in outcome &&
      readChange(outcome.ok).sessionId === sessionId
    );
    assertEquals(seq, before.length + 1);
    assertEquals(
      marks.map(({ studentId, status, note }) => ({ studentId: Number(studentId), status, note })),
      [...marksAt(account, sessionId, seq).values()].toSorted((a, b) => a.studentId - b.studentId),
    );
    checkCounts(account, { ...summary, sessionId, seq });
    const enrolled = account.stage.students.keys().filter((student) =>
      enrolledDuring(account.play, student, { from, to: from }).has(true)
    );
    assertEquals(summary.enrolled, [...enrolled].length, "as many as are on the list");
  }
}

/** Saved sessions: each record once, the last mark winning, nobody forgotten, the trail complete. */
export function checkHistory(account: Account): void {
  const { play, sessions, changes, stage } = account;
  const done = sessions.filter(({ outcome }) => outcome === "done");
  assertEquals(
    play.history.map(({ session_id }) => session_id).sort(),
    done.map(({ sessionId }) => sessionId).sort(),
    "the history holds the sessions that were closed, each once",
  );
  for (const saved of play.history) {
    const { session_id: sessionId, attendance_records: records } = saved;
    const marks = lastMarks(changes.get(sessionId) ?? []);
    const span = done.find((session) => session.sessionId === sessionId)?.ended ??
      { from: 0, to: 0 };
    assertEquals(new Set(records.map(({ student }) => student.id)).size, records.length);

    const found = new Map(
      records.map(({ student, status, note }) => [student.id, { status, note }]),
    );
    for (const [index, { id, username }] of stage.students.entries()) {
      const { studentId: _, ...mark } = marks.get(id) ??
        { studentId: id, status: "absent", note: null };
      const possible = enrolledDuring(play, index, span);
      const record = found.get(id);
      if (marks.has(id) || !possible.has(false)) {
        assertEquals<unknown>(record, mark, `the record of ${username} in ${sessionId}`);
      } else if (record) {
        assertEquals<unknown>(record, mark, `the record of ${username} in ${sessionId}`);
        assert(possible.has(true), `${username} had left before ${sessionId} was closed`);
      }
    }
    const {
      present_count: present,
      absent_count: absent,
      late_count: late,
      excused_count: excused,
    } = saved;
    assertEquals({ present, absent, late, excused }, countMarks(records), "counts of the records");
    assertEquals(saved.total_students, records.length);
    checkTrail(account, sessionId, records.length - marks.size);
  }
  for (const { step, outcome } of play.deeds) {
    if (step.verb !== "done" || !("ok" in outcome)) continue;
    const { sessionId, total } = doneOf(outcome.ok);
    const saved = play.history.find(({ session_id }) => session_id === sessionId);
    assertEquals(total, saved?.total_students, "DONE told what was saved");
  }
}

function checkTrail({ play, changes }: Account, sessionId: string, unmarked: number): void {
  const last = new Map<number, Status>();
  const expected = (changes.get(sessionId) ?? []).flatMap(({ marks }) =>
    marks.toSorted((a, b) => a.studentId - b.studentId).map(({ studentId, status, by }) => {
      const from = last.get(studentId) ?? null;
      last.set(studentId, status);
      return { studentId, from, to: status, by };
    })
  );
  const trail = (play.trails.get(sessionId) ?? []).map(({ student, from, to, by, source }) => (
    { studentId: student.id, from, to, by: by?.id, source }
  ));
  const taken = trail.filter(({ source }) => source === "socket" || source === "http");
  assertEquals(taken.map(({ source: _, ...step }) => step), expected, `the trail of ${sessionId}`);
  assertEquals(trail.length - taken.length, unmarked, "a line for each who became absent");
}
