/** What the live store's tests have in common. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Counts, Status, Summary } from "../../../src/kernel/status.ts";
import { AppError, type ErrorCode } from "../../../src/kernel/errors.ts";
import type {
  LiveEvent,
  LiveSession,
  LiveStore,
  MarkFacts,
  MarkInput,
  NewMark,
  StartInput,
} from "../../../src/sessions/live_store.ts";
import type { LiveCollector } from "../../support/events.ts";

export interface LiveTest {
  readonly live: LiveStore;
  /** A class of its own; `live` has joined it. */
  readonly classId: number;
  /** What `live` delivers. */
  readonly heard: LiveCollector;
  other(): LiveStore;
  reopen(): Promise<LiveStore>;
}

export type Register = (title: string, body: (t: LiveTest) => Promise<void>) => void;

export const TEACHER = 7_001;
export const ROSTER: readonly number[] = [11, 12, 13, 14, 15];
export const STRANGER = 99;
export const AT = "2026-03-02T08:00:00.000Z";
export const LATER = "2026-03-02T08:45:00.000Z";

/** Any id up to 2^53 - 1, so that large ones are tried too. */
export function newClassId(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high & 0x1f_ffff) * 2 ** 32 + low || 1;
}

export function startInput(classId: number, changes: Partial<StartInput> = {}): StartInput {
  return {
    classId,
    sessionId: crypto.randomUUID(),
    startedAt: AT,
    startedBy: TEACHER,
    plannedStart: null,
    options: { title: null },
    markVisibility: "staff",
    roster: ROSTER,
    ...changes,
  };
}

export function markOf(
  studentId: number,
  status: Status,
  facts: Partial<MarkFacts> = {},
): NewMark {
  return {
    studentId,
    status,
    note: null,
    markedBy: TEACHER,
    markedAt: AT,
    source: "socket",
    markId: null,
    clientTime: null,
    flags: [],
    firstSeen: null,
    lastSeen: null,
    code: null,
    ...facts,
  };
}

export function markInput(
  classId: number,
  studentId: number,
  status: Status,
  facts: Partial<MarkFacts> = {},
): MarkInput {
  return { classId, marks: [markOf(studentId, status, facts)], bulk: false };
}

export function bulkInput(
  classId: number,
  marks: readonly (readonly [studentId: number, status: Status])[],
): MarkInput {
  return {
    classId,
    marks: marks.map(([studentId, status]) => markOf(studentId, status)),
    bulk: true,
  };
}

export function closeInput(classId: number, outcome: "done" | "cancelled" = "done") {
  return { classId, outcome, closedBy: TEACHER, closedAt: LATER };
}

export function summaryOf(counts: Partial<Counts>, enrolled = ROSTER.length): Summary {
  const { present = 0, absent = 0, late = 0, excused = 0 } = counts;
  return { present, absent, late, excused, total: present + absent + late + excused, enrolled };
}

export async function assertCode(code: ErrorCode, work: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(work, AppError);
  assertEquals(error.code, code, error.message);
}

/** The codes of the rejected and the values of the fulfilled. */
export async function settle<T>(
  calls: readonly Promise<T>[],
): Promise<{ values: T[]; codes: ErrorCode[] }> {
  const values: T[] = [];
  const codes: ErrorCode[] = [];
  for (const result of await Promise.allSettled(calls)) {
    if (result.status === "fulfilled") values.push(result.value);
    else if (result.reason instanceof AppError) codes.push(result.reason.code);
    else throw result.reason;
  }
  return { values, codes };
}

export async function finish(
  live: LiveStore,
  { classId, sessionId }: Pick<LiveSession, "classId" | "sessionId">,
): Promise<Extract<LiveEvent, { type: "done" | "cancelled" }> | null> {
  return await live.finishClose({ classId, sessionId, totals: summaryOf({ absent: 5 }) });
}

/** Checks that these are `first`, `first + 1`, … */
export function assertGapless(seqs: readonly number[], first: number): void {
  assertEquals(seqs, seqs.map((_, index) => first + index));
}
