/** What the storage contract's tests are made of: fresh names, people, classes, closed sessions. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Status } from "../../src/kernel/status.ts";
import { AppError, type ErrorCode, ERRORS } from "../../src/kernel/errors.ts";
import type { ClosedSession } from "../../src/sessions/archive.ts";
import type { Storage } from "../../src/adapters/storage.ts";
import type { StoredClass } from "../../src/classes/store.ts";
import type { StoredUser } from "../../src/accounts/store.ts";
import type { Role } from "../../src/kernel/actor.ts";

export interface World extends Storage {
  /** Lower-case letters and digits that no other test on this database uses. */
  readonly tag: string;
  user(role: Role, names?: { username?: string; email?: string }): Promise<StoredUser>;
  /** Many students, in the order of their usernames. */
  students(count: number): Promise<StoredUser[]>;
  klass(teacher?: StoredUser): Promise<StoredClass>;
  /** A class with this many students. */
  full(count: number): Promise<{ klass: StoredClass; students: StoredUser[] }>;
}

/** The tests of one port, by name. */
export type ContractTests = Readonly<Record<string, (world: World) => Promise<void>>>;

/** A moment, `minutes` after the one at which these tests play. */
export const at = (minutes: number): string =>
  new Date(Date.UTC(2026, 2, 2, 8) + minutes * 60_000).toISOString();

export const uuid = (): string => crypto.randomUUID();

export function createWorld(storage: Storage): World {
  const tag = `t${uuid().replaceAll("-", "").slice(0, 12)}`;
  let made = 0;
  const user: World["user"] = (role, names = {}) => {
    const name = `${tag}-${String(++made).padStart(5, "0")}`;
    return storage.users.create({
      username: names.username ?? name,
      email: names.email ?? `${name}@school.example`,
      passwordHash: `hash of ${name}`,
      role,
      at: at(0),
    });
  };
  const students: World["students"] = async (count) => {
    const all: StoredUser[] = [];
    while (all.length < count) {
      const chunk = Math.min(50, count - all.length);
      all.push(...await Promise.all(Array.from({ length: chunk }, () => user("STUDENT"))));
    }
    return all;
  };
  const klass: World["klass"] = async (teacher) =>
    await storage.classes.create({
      teacherId: (teacher ?? await user("TEACHER")).id,
      name: `${tag} class ${++made}`,
      at: at(0),
    });
  return {
    ...storage,
    tag,
    user,
    students,
    klass,
    async full(count) {
      const made = await klass();
      const enrolled = await students(count);
      await storage.classes.enrol(made.id, enrolled.map(({ id }) => id), at(0));
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
    title: null,
    startedAt: at(10),
    startedBy: klass.teacherId,
    closedAt: at(50),
    closedBy: klass.teacherId,
    records: statuses.map(([student, status]) => ({
      studentId: student.id,
      status,
      note: null,
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
