/** What must be there after the server died: all that was acknowledged, and nothing never sent. */
import { assert, assertEquals } from "@std/assert";
import type { SessionView } from "../../../src/records/history.ts";
import type { ChangedTo, Status } from "../../../src/kernel/status.ts";
import { countMarks, readChange, readSnapshot } from "../../support/ledger.ts";
import type { SchoolApi } from "../../support/school_api.ts";
import { connectSocket } from "../../support/socket.ts";
import type { Room, Sent } from "./room.ts";

/** Acknowledged changes of a session by `seq`, with what was sent. */
function acknowledged(room: Room, sessionId: string): Map<number, Sent> {
  const found = new Map<number, Sent>();
  for (const sent of room.lanes.flat()) {
    if (typeof sent.fate === "string" || sent.fate.sessionId !== sessionId) continue;
    assert(!found.has(sent.fate.seq), `${sent.fate.seq} of ${sessionId} was acknowledged twice`);
    found.set(sent.fate.seq, sent);
  }
  return found;
}

/** Every known session is where it must be: running, or once in the history; and no other is. */
function placeSessions(room: Room, running: string | null, history: readonly SessionView[]): void {
  const saved = history.map(({ session_id }) => session_id);
  assertEquals(new Set(saved).size, saved.length, "a session is saved once");
  const unknown = [...saved, ...running ? [running] : []].filter((id) => !room.sessions.has(id));
  assert(unknown.length <= (room.startUnknown ? 1 : 0), `nobody started ${unknown}`);
  for (const sessionId of unknown) room.sessions.set(sessionId, "open");
  room.startUnknown = false;
  for (const [sessionId, state] of room.sessions) {
    const places = [
      saved.includes(sessionId) ? "saved" : "",
      running === sessionId ? "running" : "",
    ];
    const place = places.join("");
    if (state === "done") assertEquals(place, "saved", sessionId);
    else if (state === "open") assertEquals(place, "running", sessionId);
    else assert(place === "saved" || place === "running", `${sessionId} is nowhere`);
    room.sessions.set(sessionId, place === "saved" ? "done" : "open");
  }
}

/**
 * A client comes back: subscribes, finds every acknowledged mark, marks on with the next `seq`.
 */
export async function returnTo(room: Room, api: SchoolApi, wsUrl: string): Promise<void> {
  const { classId, teacher } = room;
  const socket = await connectSocket(wsUrl, { token: teacher.token });
  try {
    const answer = await socket.request("SUBSCRIBE", { classId });
    const { session, marks, summary, seq } = readSnapshot(answer.data);
    placeSessions(room, session?.sessionId ?? null, await api.history(teacher, classId));
    if (!session) return;

    const changes = acknowledged(room, session.sessionId);
    assert(
      seq >= Math.max(1, ...changes.keys()),
      `the snapshot at ${seq} lacks acknowledged changes`,
    );
    const sentAs = new Map(
      room.lanes.flat().flatMap((sent) =>
        sent.marks.map((mark) => [mark.note, { sent, mark }] as const)
      ),
    );
    const stored = new Map(marks.map((mark) => [Number(mark.studentId), mark]));
    for (const { studentId, status, note, seq } of stored.values()) {
      const origin = sentAs.get(note ?? "");
      assert(origin, `nobody sent ${note}`);
      assertEquals([origin.mark.studentId, origin.mark.status], [Number(studentId), status]);
      if (origin.sent.fate === "unknown") {
        assert(!changes.has(seq), `${note} took the seq of another`);
      } else assertEquals(changes.get(seq), origin.sent, `${note} was acknowledged with its seq`);
    }
    for (const [seq, { marks }] of changes) {
      for (const { studentId, note } of marks) {
        const found = stored.get(studentId);
        assert(found && found.seq >= seq, `${note}, acknowledged as ${seq}, is lost`);
      }
    }
    assertEquals(summary.total, marks.length);
    const { present, absent, late, excused } = summary;
    assertEquals({ present, absent, late, excused }, countMarks(marks));

    const [studentId = 0] = room.students;
    const mark = {
      studentId,
      status: "late" as const,
      note: `back at ${seq} of ${session.sessionId}`,
    };
    const next = await socket.request("ATTENDANCE_MARKED", { classId, ...mark });
    assertEquals(next.data.seq, seq + 1, "the session goes on with the next seq");
    room.lanes.push([{ marks: [mark], fate: readChange(next.data) }]);
  } finally {
    await socket.close();
  }
}

/** A session's trail of marks, and the record that each student has in the end. */
interface Saved {
  readonly sessionId: string;
  readonly trail: readonly { readonly studentId: number; readonly to: ChangedTo }[];
  readonly records: ReadonlyMap<number, { readonly status: Status; readonly note: string | null }>;
  /** Where in the trail a student's last mark is. */
  readonly lastAt: ReadonlyMap<number, number>;
}

/** Whether a change may be what the trail says here; the last mark of a student left its note. */
function fits({ trail, records, lastAt }: Saved, at: number, { marks }: Sent): boolean {
  return marks.toSorted((a, b) => a.studentId - b.studentId).every((mark, offset) => {
    const line = trail[at + offset];
    if (line?.studentId !== mark.studentId || line.to !== mark.status) return false;
    return lastAt.get(mark.studentId) !== at + offset ||
      records.get(mark.studentId)?.note === mark.note;
  });
}

/**
 * Reads the trail as changes, one `seq` each: what was acknowledged stands where it was
 * acknowledged; the others were sent and never answered, and of each sender stand in order.
 * @param unanswered by sender; those that are found are taken out
 */
function assertTrail(saved: Saved, changes: ReadonlyMap<number, Sent>, unanswered: Sent[][]): void {
  let furthest = 0;
  /** @param taken how many of each sender's are behind us */
  function read(at: number, seq: number, taken: readonly number[]): readonly number[] | null {
    furthest = Math.max(furthest, at);
    const known = changes.get(seq);
    if (at === saved.trail.length) return Math.max(1, ...changes.keys()) < seq ? taken : null;
    if (known) {
      return fits(saved, at, known) ? read(at + known.marks.length, seq + 1, taken) : null;
    }
    for (const [lane, list] of unanswered.entries()) {
      for (let index = taken[lane] ?? 0; index < list.length; index++) {
        const sent = list[index];
        if (!sent || !fits(saved, at, sent)) continue;
        const found = read(at + sent.marks.length, seq + 1, taken.with(lane, index + 1));
        if (found) return found;
      }
    }
    return null;
  }
  const taken = read(0, 2, unanswered.map(() => 0));
  assert(
    taken,
    `the trail of ${saved.sessionId} is not what was sent and acknowledged, from line ${furthest}`,
  );
  for (const [lane, count] of taken.entries()) unanswered[lane]?.splice(0, count);
}

/** Every saved session holds, mark for mark, what was acknowledged. */
export async function checkSaved(room: Room, api: SchoolApi): Promise<void> {
  const { classId, teacher, students } = room;
  const history = await api.history(teacher, classId);
  placeSessions(room, null, history);
  const unanswered = room.lanes.map((lane) => lane.filter(({ fate }) => fate === "unknown"));
  // Oldest first, as what was never answered was sent.
  for (const { session_id: sessionId, attendance_records } of history.toReversed()) {
    const lines = await api.trail(teacher, classId, sessionId);
    const marks = lines.filter(({ source }) => source === "socket" || source === "http");
    const last = new Map<number, ChangedTo>();
    for (const { student, from, to } of marks) {
      assertEquals(
        from,
        last.get(student.id) ?? null,
        "each line of the trail follows the one before",
      );
      last.set(student.id, to);
    }
    const records = new Map(
      attendance_records.map(({ student, status, note }) => [student.id, { status, note }]),
    );
    assertEquals(attendance_records.length, students.length, "each record once");
    for (const studentId of students) {
      assertEquals(records.get(studentId)?.status, last.get(studentId) ?? "absent");
    }
    assertEquals(lines.length - marks.length, students.length - last.size);
    const trail = marks.map(({ student, to }) => ({ studentId: student.id, to }));
    const lastAt = new Map(trail.map(({ studentId }, at) => [studentId, at]));
    assertTrail(
      { sessionId, trail, records, lastAt },
      acknowledged(room, sessionId),
      unanswered,
    );
  }
}
