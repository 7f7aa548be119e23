/** What the service acknowledged: class → session → student → the last mark, by `seq`. */
import { z } from "zod";
import type { Status } from "../../src/kernel/status.ts";
import { SERVER_FRAMES } from "../../src/realtime/protocol/server_frames.ts";

export interface Mark {
  readonly studentId: number;
  readonly status: Status;
  readonly note: string | null;
}

/** One change of a session: the marks that were stored together. */
export interface Change {
  readonly classId: number;
  readonly sessionId: string;
  readonly seq: number;
  readonly marks: readonly (Mark & { readonly by: number; readonly at: string })[];
}

/** Reads the `data` of ATTENDANCE_MARKED, single or bulk, and of its HTTP twin. */
export function readChange(data: unknown): Change {
  const marked = SERVER_FRAMES.ATTENDANCE_MARKED.data.parse(data);
  const list = "marks" in marked ? marked.marks : [marked];
  return {
    classId: Number(marked.classId),
    sessionId: marked.sessionId,
    seq: marked.seq,
    marks: list.map(({ studentId, status, note, markedBy, markedAt }) => (
      { studentId: Number(studentId), status, note, by: Number(markedBy), at: markedAt }
    )),
  };
}

const snapshot = SERVER_FRAMES.SNAPSHOT.data;
export type SnapshotData = z.output<typeof snapshot>;
export const readSnapshot = (data: unknown): SnapshotData => snapshot.parse(data);

/** The last mark of each student after these changes, whatever order they are given in. */
export function lastMarks(changes: Iterable<Change>): Map<number, Mark> {
  const last = new Map<number, Mark>();
  for (const { marks } of [...changes].sort((a, b) => a.seq - b.seq)) {
    for (const { studentId, status, note } of marks) {
      last.set(studentId, { studentId, status, note });
    }
  }
  return last;
}

export function countMarks(marks: Iterable<{ readonly status: Status }>): Record<Status, number> {
  const counts = { present: 0, absent: 0, late: 0, excused: 0 };
  for (const { status } of marks) counts[status]++;
  return counts;
}

export interface Ledger {
  /** Notes an acknowledged change. @throws Error if another one had the same `seq` */
  acknowledge(change: Change): void;
  /** Of one session, by `seq`. */
  changes(sessionId: string): readonly Change[];
  latest(sessionId: string): ReadonlyMap<number, Mark>;
  /** All changes of all sessions. */
  readonly size: number;
}

export function createLedger(): Ledger {
  const sessions = new Map<string, Map<number, Change>>();
  let size = 0;
  const changes = (sessionId: string) =>
    [...sessions.get(sessionId)?.values() ?? []].sort((a, b) => a.seq - b.seq);
  return {
    acknowledge(change) {
      const known = sessions.get(change.sessionId) ?? new Map<number, Change>();
      sessions.set(change.sessionId, known);
      if (known.has(change.seq)) {
        throw new Error(`Two changes of ${change.sessionId} were acknowledged as ${change.seq}`);
      }
      known.set(change.seq, change);
      size++;
    },
    changes,
    latest: (sessionId) => lastMarks(changes(sessionId)),
    get size() {
      return size;
    },
  };
}
