/** What the storage contract's tests are made of: fresh names, people, classes, closed sessions. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Status } from "../../src/kernel/status.ts";
import { AppError, type ErrorCode, ERRORS } from "../../src/kernel/errors.ts";
import type { ClosedSession } from "../../src/sessions/archive.ts";
import type { Storage } from "../../src/adapters/storage.ts";
import type { StoredClass } from "../../src/classes/store.ts";
import type { StoredUser } from "../../src/accounts/store.ts";
import type { MarkFacts } from "../../src/sessions/live_store.ts";
import type { Role } from "../../src/kernel/actor.ts";

/** A user with an email. */
export type Person = StoredUser & { readonly email: string };

export interface World extends Storage {
  /** Lower-case letters and digits that no other test on this database uses. */
  readonly tag: string;
  user(role: Role, names?: Partial<Parameters<Storage["users"]["create"]>[0]>): Promise<Person>;
  /** Many students, in the order of their names. */
  students(count: number): Promise<Person[]>;
  klass(teacher?: StoredUser): Promise<StoredClass>;
  /** A class with this many students. */
  full(count: number): Promise<{ klass: StoredClass; students: Person[] }>;
}

/** The tests of one port, by name. */
export type ContractTests = Readonly<Record<string, (world: World) => Promise<void>>>;

/** A moment, `minutes` after the one at which these tests play. */
export const at = (minutes: number): string =>
  new Date(Date.UTC(2026, 2, 2, 8) + minutes * 60_000).toISOString();

/** A day, so many after the one on which these tests play. */
export const day = (days: number): string => at(days * 24 * 60).slice(0, 10);
export const TODAY = { day: day(0) };

/** Of a change that no client named. */
export const CLIENT = { markId: null, clientTime: null, flags: [] } as const;

/** Of a mark of which nothing but its status is told. */
export const FACTS = {
  note: null,
  markId: null,
  clientTime: null,
  flags: [],
  firstSeen: null,
  lastSeen: null,
  code: null,
  source: "socket",
} as const satisfies Partial<MarkFacts>;

export const uuid = (): string => crypto.randomUUID();

export function createWorld(storage: Storage): World {
  const tag = `t${uuid().replaceAll("-", "").slice(0, 12)}`;
  let count = 0;
  const user: World["user"] = async (role, names = {}) => {
    const name = `${tag}-${String(++count).padStart(5, "0")}`;
    const email = names.email ?? `${name}@school.example`;
    const made = await storage.users.create({
      username: name,
      passwordHash: `hash of ${name}`,
      at: at(0),
      ...names,
      email,
      role,
    });
    return { ...made, email };
  };
  const students: World["students"] = async (number) => {
    const all: Person[] = [];
    while (all.length < number) {
      const chunk = Math.min(50, number - all.length);
      all.push(...await Promise.all(Array.from({ length: chunk }, () => user("STUDENT"))));
    }
    return all;
  };
  const klass: World["klass"] = async (teacher) =>
    await storage.classes.create({
      teacherId: (teacher ?? await user("TEACHER")).id,
      name: `${tag} class ${++count}`,
      at: at(0),
    });
  return {
    ...storage,
    tag,
    user,
    students,
    klass,
    async full(number) {
      const made = await klass();
      const enrolled = await students(number);
      await storage.classes.enrol(made.id, enrolled.map(({ id }) => id), TODAY);
      return { klass: made, students: enrolled };
    },
  };
}

/** A session of the class, closed with these statuses; each record has its change. */
export function closedSession(
  klass: StoredClass,
  statuses: readonly (readonly [StoredUser, Status])[],
  over: Partial<ClosedSession> = {},
): ClosedSession {
  return {
    sessionId: uuid(),
    classId: klass.id,
    options: {},
    startedAt: at(10),
    startedBy: klass.teacherId,
    plannedStart: null,
    closedAt: at(50),
    closedBy: klass.teacherId,
    occurrence: null,
    records: statuses.map(([student, status]) => ({
      ...FACTS,
      studentId: student.id,
      status,
      markedBy: klass.teacherId,
      markedAt: at(20),
    })),
    changes: statuses.map(([student, to]) => ({
      studentId: student.id,
      from: null,
      to,
      by: klass.teacherId,
      at: at(20),
      source: "socket" as const,
      ...CLIENT,
    })),
    ...over,
  };
}

/** Checks that the work is refused with this code, and that no driver's text comes with it. */
export async function refused(code: ErrorCode, work: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(work, AppError);
  assertEquals(error.code, code);
  if (code === "storage_unavailable") assertEquals(error.message, ERRORS[code].title);
}

/** Runs all at once; how each ended: `ok` or the error's code, sorted. */
export async function endings(work: readonly (() => Promise<unknown>)[]): Promise<string[]> {
  const ended = await Promise.allSettled(work.map((run) => run()));
  return ended.map((one) => {
    if (one.status === "fulfilled") return "ok";
    if (one.reason instanceof AppError) return one.reason.code;
    throw one.reason;
  }).sort();
}

/** The same work this many times. */
export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** The value, where a test knows that there is one. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("Expected a value, got none");
  return value;
}

export const ids = (items: readonly { readonly id: number }[]): number[] =>
  items.map(({ id }) => id);
