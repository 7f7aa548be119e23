/** Any interleaving of calls, awaited or not, does what a plain model of a session does. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { MarkVisibility } from "../../../src/classes/visibility.ts";
import { type Status, STATUSES, type Summary } from "../../../src/kernel/status.ts";
import { AppError } from "../../../src/kernel/errors.ts";
import type { LiveStore } from "../../../src/sessions/live_store.ts";
import { liveCollector } from "../../support/events.ts";
import {
  bulkInput,
  closeInput,
  markInput,
  newClassId,
  type Register,
  ROSTER,
  startInput,
  STRANGER,
  summaryOf,
} from "./fixture.ts";

type Command =
  | { readonly verb: "mark"; readonly student: number; readonly status: Status }
  | { readonly verb: "bulk"; readonly students: readonly number[]; readonly status: Status }
  | { readonly verb: "enrol" | "unenrol"; readonly student: number }
  | { readonly verb: "visibility"; readonly value: MarkVisibility }
  | { readonly verb: "begin"; readonly outcome: "done" | "cancelled" }
  | { readonly verb: "start" | "summary" | "finish" | "wait" };

const student = fc.constantFrom(...ROSTER, STRANGER);
const status = fc.constantFrom(...STATUSES);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ verb: fc.constant("mark"), student, status }) },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant("bulk"),
      students: fc.uniqueArray(student, { minLength: 1 }),
      status,
    }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constantFrom("enrol", "unenrol"), student }) },
  fc.record({ verb: fc.constant("visibility"), value: fc.constantFrom("staff", "class") }),
  fc.record({ verb: fc.constant("begin"), outcome: fc.constantFrom("done", "cancelled") }),
  {
    weight: 4,
    arbitrary: fc.record({ verb: fc.constantFrom("start", "summary", "finish", "wait") }),
  },
);

function line({ present, absent, late, excused, total, enrolled }: Summary): string {
  return `${present}+${absent}+${late}+${excused}=${total} of ${enrolled}`;
}

/** What a call comes to, in few words: `ok …` or the error's code. */
function createModel() {
  let session: "none" | "open" | "closing" = "none";
  let outcome = "done";
  let seq = 0;
  let visibility: MarkVisibility = "staff";
  let roster = new Set<number>();
  let marks = new Map<number, Status>();
  const events: string[] = [];

  function summary(): string {
    const counts = { present: 0, absent: 0, late: 0, excused: 0 };
    for (const value of marks.values()) counts[value]++;
    return line(summaryOf(counts, roster.size));
  }

  function mark(students: readonly number[], value: Status): string {
    if (session !== "open") return "no_active_session";
    if (!students.every((id) => roster.has(id))) return "student_not_enrolled";
    seq++;
    for (const id of students) marks.set(id, value);
    events.push(`marked ${seq} ${visibility} ${summary()}`);
    return `ok ${seq}`;
  }

  function apply(next: Command): string {
    switch (next.verb) {
      case "start":
        if (session !== "none") return "session_already_active";
        session = "open";
        seq = 1;
        visibility = "staff";
        roster = new Set(ROSTER);
        marks = new Map();
        events.push(`started 1 ${summary()}`);
        return "ok 1";
      case "mark":
        return mark([next.student], next.status);
      case "bulk":
        return mark(next.students, next.status);
      case "enrol":
      case "unenrol": {
        if (session !== "open") return "ok";
        const size = roster.size;
        if (next.verb === "enrol") roster.add(next.student);
        else roster.delete(next.student);
        if (roster.size !== size) events.push(`roster ${seq} ${summary()}`);
        return "ok";
      }
      case "visibility":
        if (session === "open") visibility = next.value;
        return "ok";
      case "summary":
        if (session !== "open") return "no_active_session";
        events.push(`summary ${seq} ${summary()}`);
        return `ok ${seq}`;
      case "begin": {
        if (session === "none") return "no_active_session";
        if (session === "open") outcome = next.outcome;
        session = "closing";
        const saved = [...marks].toSorted(([a], [b]) => a - b);
        return `ok ${seq} ${outcome} ${JSON.stringify(saved)}`;
      }
      case "finish":
        if (session !== "closing") return "ok null";
        session = "none";
        events.push(`${outcome} ${++seq}`);
        return `ok ${seq}`;
      case "wait":
        return "ok";
    }
  }
  return { apply, events };
}

function issue(
  live: LiveStore,
  classId: number,
  sessionId: { current: string },
  next: Command,
): Promise<string> {
  switch (next.verb) {
    case "start": {
      const input = startInput(classId);
      return live.start(input).then(({ seq }) => `ok ${seq}`);
    }
    case "mark":
      return live.mark(markInput(classId, next.student, next.status))
        .then(({ seq }) => `ok ${seq}`);
    case "bulk":
      return live.mark(bulkInput(classId, next.students.map((id) => [id, next.status])))
        .then(({ seq }) => `ok ${seq}`);
    case "enrol":
    case "unenrol":
      return live.updateClass(classId, { [next.verb]: [next.student] }).then(() => "ok");
    case "visibility":
      return live.updateClass(classId, { markVisibility: next.value }).then(() => "ok");
    case "summary":
      return live.publishSummary(classId).then(({ seq }) => `ok ${seq}`);
    case "begin":
      return live.beginClose(closeInput(classId, next.outcome)).then((closing) => {
        const saved = closing.marks.map((mark) => [mark.studentId, mark.status] as const)
          .toSorted(([a], [b]) => a - b);
        return `ok ${closing.session.seq} ${closing.outcome} ${JSON.stringify(saved)}`;
      });
    case "finish":
      return live.finishClose({ classId, sessionId: sessionId.current, totals: summaryOf({}) })
        .then((event) => `ok ${event?.seq ?? null}`);
    case "wait":
      return Promise.resolve("ok");
  }
}

export function modelContract(test: Register): void {
  test("any calls in any order, awaited or not, do what the model does", async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 60 }), async (commands) => {
        const classId = newClassId();
        const heard = liveCollector();
        t.live.listen(heard.listener);
        await t.live.join(classId);
        const model = createModel();
        const sessionId = { current: "" };
        const expected: string[] = [];
        const calls: Promise<string>[] = [];
        for (const next of [{ verb: "start" } as const, ...commands]) {
          // finishClose names the session, which only a reading can tell.
          if (next.verb === "finish") {
            sessionId.current = (await t.live.session(classId))?.sessionId ?? "";
          }
          expected.push(model.apply(next));
          calls.push(
            issue(t.live, classId, sessionId, next).catch((error: unknown) => {
              if (error instanceof AppError) return error.code;
              throw error;
            }),
          );
          if (next.verb === "wait") await Promise.all(calls);
        }
        assertEquals(await Promise.all(calls), expected);
        assertEquals(
          heard.events.items.map((event) => {
            const head = `${event.type} ${event.seq}`;
            if (event.type === "marked") {
              return `${head} ${event.visibility} ${line(event.summary)}`;
            }
            return "summary" in event ? `${head} ${line(event.summary)}` : head;
          }),
          model.events,
        );
        await t.live.leave(classId);
      }),
      { numRuns: 100 },
    );
  });
}
