/** Someone who marks without a pause while things break, and remembers what became of each mark. */
import { assert, assertEquals } from "@std/assert";
import { type Status, STATUSES } from "../../../src/kernel/status.ts";
import type { Instances } from "../instances/instances.ts";
import { readSnapshot } from "../../support/ledger.ts";
import type { SocketClient } from "../../support/socket.ts";

interface Attempt {
  readonly studentId: number;
  readonly status: Status;
  readonly note: string;
  /** `unknown`: no answer, or one that says so. */
  fate: "stored" | "refused" | "unknown";
}

/** Nothing may take longer to be answered: in the worst case Redis is waited for, twice. */
export const ANSWER_MS = 8_000;
const REFUSALS = new Set(["live_unavailable", "storage_unavailable"]);
const BACK_OFF_MS = 25;

export interface Marker {
  /** Marks acknowledged so far. */
  readonly stored: number;
  readonly refused: number;
  readonly unknown: number;
  /** Resolves when so many more have been acknowledged. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
  /** Every acknowledged mark is there, or what may have replaced it. */
  check(number: number): Promise<void>;
  /** The same of a closed session's records and trail. */
  checkSaved(number: number, sessionId: string): Promise<void>;
  /**
   * Stops, checks on each of the instances, closes the session on the last one, and checks what is
   * saved on the first.
   */
  finish(sessionId: string, instances: readonly number[]): Promise<void>;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, BACK_OFF_MS));

/** Whether the lines are all that was stored, in order, with some that may have been in between. */
function explains(attempts: readonly Attempt[], lines: readonly Status[]): boolean {
  let reached = new Set([0]);
  for (const { status, fate } of attempts) {
    if (fate === "refused") continue;
    const next = new Set<number>();
    for (const at of reached) {
      if (lines[at] === status) next.add(at + 1);
      if (fate === "unknown") next.add(at);
    }
    reached = next;
  }
  return reached.has(lines.length);
}

/** What a student's mark may be now. */
function possible(attempts: readonly Attempt[]): Attempt[] {
  const last = attempts.findLastIndex(({ fate }) => fate === "stored");
  return attempts.filter(({ fate }, index) =>
    index === last || (index > last && fate === "unknown")
  );
}

/**
 * Each student is marked again and again, one mark after the other; the first over HTTP, the others
 * over sockets, and all at once.
 * @param number of the instance that this student's marks go to
 */
export function startMarking(
  all: Instances,
  classId: number,
  number: (student: number) => number = () => 0,
): Marker {
  const { people: { teacher }, students } = all;
  const attempts = new Map<number, Attempt[]>(students.map(({ id }) => [id, []]));
  const count = { stored: 0, refused: 0, unknown: 0 };
  const waiting = new Set<{ readonly at: number; readonly resolve: () => void }>();
  let stopped = false;
  let notes = 0;

  function note(attempt: Attempt, fate: Attempt["fate"]): void {
    attempt.fate = fate;
    count[fate]++;
    for (const one of waiting) {
      if (count.stored < one.at) continue;
      waiting.delete(one);
      one.resolve();
    }
  }

  function judge(attempt: Attempt, code: string, message: string): void {
    assert(REFUSALS.has(code), `${code}: ${message}`);
    note(attempt, message.includes("may or may not be stored") ? "unknown" : "refused");
  }

  async function overHttp(instance: number, attempt: Attempt): Promise<void> {
    const { studentId, status, note: text } = attempt;
    const path = `/api/class/${classId}/session/marks/`;
    const body = { marks: [{ studentId, status, note: text }] };
    const answer = await all.call(instance, teacher, "POST", path, { body });
    if (answer.status === 200) return note(attempt, "stored");
    assertEquals(answer.status, 503, answer.text);
    assert(Number(answer.headers.get("retry-after")) >= 1);
    judge(attempt, answer.body.code, answer.body.detail);
    await pause();
  }

  async function overSocket(socket: SocketClient, attempt: Attempt): Promise<void> {
    const { fate: _, ...mark } = attempt;
    const { event, data } = await socket.request("ATTENDANCE_MARKED", { classId, ...mark });
    if (event !== "ERROR") return note(attempt, "stored");
    judge(attempt, data.code, data.message);
    await pause();
  }

  async function lane(index: number, studentId: number): Promise<void> {
    let socket: SocketClient | null = null;
    while (!stopped) {
      const instance = number(index);
      const status = STATUSES[(notes + index) % STATUSES.length] ?? "present";
      const attempt: Attempt = { studentId, status, note: `mark ${++notes}`, fate: "unknown" };
      const started = performance.now();
      try {
        if (index > 0) socket ??= await all.connect(instance, teacher, { batch: index % 2 === 0 });
        attempts.get(studentId)?.push(attempt);
        if (socket) await overSocket(socket, attempt);
        else await overHttp(instance, attempt);
      } catch (error) {
        // The instance died, or sent the socket away: this mark's fate stays unknown.
        if (error instanceof Error && error.name === "AssertionError") throw error;
        if (socket && !await Promise.race([socket.closed, pause()])) throw error;
        socket = null;
        count.unknown++;
        await pause();
      }
      const took = performance.now() - started;
      assert(took < ANSWER_MS, `an answer took ${Math.round(took)} ms`);
    }
  }

  const lanes = Promise.all(students.map(({ id }, index) => lane(index, id)));
  // Whoever waits meanwhile is told at once.
  lanes.catch(() => {});

  async function stop(): Promise<void> {
    stopped = true;
    await lanes;
  }

  const expected = () => [...attempts].map(([id, list]) => [id, possible(list)] as const);

  const marker: Marker = {
    get stored() {
      return count.stored;
    },
    get refused() {
      return count.refused;
    },
    get unknown() {
      return count.unknown;
    },
    async more(number) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add({ at: count.stored + number, resolve });
      await Promise.race([promise, lanes.then(() => promise)]);
    },
    stop,
    async check(instance) {
      const path = `/api/class/${classId}/session/`;
      const { body } = await all.as(instance, teacher, 200, "GET", path);
      const { marks, summary, seq } = readSnapshot(body.data);
      const found = new Map(marks.map((mark) => [Number(mark.studentId), mark]));
      for (const [id, candidates] of expected()) {
        const mark = found.get(id);
        assert(
          candidates.some(({ note }) => note === mark?.note) ||
            (mark === undefined && candidates.every(({ fate }) => fate === "unknown")),
          `student ${id} has ${mark?.note}, may have ${candidates.map(({ note }) => note)}`,
        );
      }
      assertEquals(summary.total, marks.length);
      assert(marks.every((mark) => mark.seq <= seq));
    },
    async checkSaved(instance, sessionId) {
      const sessions = await all.as(
        instance,
        teacher,
        200,
        "GET",
        `/api/class/${classId}/sessions/`,
      );
      const saved: { session_id: string; attendance_records: Saved[] }[] = sessions.body.data;
      assertEquals(saved.filter(({ session_id }) => session_id === sessionId).length, 1);
      const records = saved.find(({ session_id }) => session_id === sessionId)?.attendance_records;
      for (const [id, candidates] of expected()) {
        const record = records?.find(({ student }) => student.id === id);
        assert(
          candidates.some(({ note, status }) =>
            note === record?.note && status === record.status
          ) || (record?.note === null && candidates.every(({ fate }) => fate === "unknown")),
          `student ${id} has ${record?.note}`,
        );
      }
      const lines = await trailOf(all, instance, classId, sessionId);
      for (const [id, list] of attempts) {
        const marks = lines.filter(({ student, source }) =>
          student.id === id && source !== "close"
        );
        const statuses = marks.map(({ to }) => to);
        assert(
          explains(list, statuses),
          `the trail of student ${id} is ${statuses}; marked was ${
            list.map(({ status, fate }) => `${status} ${fate}`)
          }`,
        );
      }
    },
    async finish(sessionId, instances) {
      const path = `/api/class/${classId}/session/`;
      await stop();
      for (const instance of instances) await marker.check(instance);
      const [first = 0] = instances;
      await all.as(instances.at(-1) ?? first, teacher, 200, "POST", `${path}done/`);
      await marker.checkSaved(first, sessionId);
    },
  };
  return marker;
}

interface Saved {
  readonly student: { readonly id: number };
  readonly status: Status;
  readonly note: string | null;
}

interface Line {
  readonly student: { readonly id: number };
  readonly to: Status;
  readonly source: string;
}

async function trailOf(
  all: Instances,
  instance: number,
  classId: number,
  sessionId: string,
): Promise<Line[]> {
  const lines: Line[] = [];
  const path = `/api/class/${classId}/sessions/${sessionId}/changes/?limit=200`;
  for (let cursor = ""; cursor !== null;) {
    const query = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await all.as(instance, all.people.teacher, 200, "GET", path + query);
    lines.push(...body.data);
    cursor = body.next;
  }
  return lines;
}
