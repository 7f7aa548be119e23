/**
 * Writes a school straight into the database that a server is then started on: signing thousands of
 * people up over HTTP would take minutes.
 */
import { createPasswords } from "../../src/accounts/password.ts";
import { openDatabase } from "../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../src/adapters/sqlite/storage.ts";
import type { ClosedSession } from "../../src/sessions/archive.ts";
import type { Storage } from "../../src/adapters/storage.ts";
import type { Role } from "../../src/kernel/actor.ts";

/** Of every account. */
export const PASSWORD = "slate and chalk";

export interface SeededUser {
  readonly id: number;
  readonly email: string;
}

export interface SeededClass {
  readonly id: number;
  readonly name: string;
  readonly teacher: SeededUser;
  readonly students: readonly SeededUser[];
}

export interface ClassPlan {
  readonly name: string;
  readonly students: number;
  /** Closed sessions, one a day, in which everyone was present. */
  readonly sessions?: number;
}

/** Of a change that no client named. */
const NO_CLIENT = { markId: null, clientTime: null, flags: [] };

const DAY_MS = 86_400_000;
const AT = "2026-08-01T08:00:00.000Z";

export const databasePath = (directory: string): string => `${directory}/attendance.db`;

/** Each class has a teacher and students of its own. */
export async function seedSchool(
  directory: string,
  plans: readonly ClassPlan[],
): Promise<SeededClass[]> {
  const storage = createSqliteStorage(openDatabase({ path: databasePath(directory) }));
  try {
    const passwordHash = await createPasswords().hash(PASSWORD);
    const classes: SeededClass[] = [];
    for (const [number, plan] of plans.entries()) {
      const add = async (name: string, role: Role): Promise<SeededUser> => {
        const email = `${name}@school.example`;
        const user = { username: name, email, passwordHash, role, at: AT };
        return { id: (await storage.users.create(user)).id, email };
      };
      const teacher = await add(`teacher-${number}`, "TEACHER");
      const { id } = await storage.classes.create({
        teacherId: teacher.id,
        name: plan.name,
        at: AT,
      });
      const students: SeededUser[] = [];
      for (let n = 0; n < plan.students; n++) {
        students.push(await add(`student-${number}-${n}`, "STUDENT"));
      }
      await storage.classes.enrol(id, students.map((student) => student.id), {
        day: AT.slice(0, 10),
      });
      const made = { id, name: plan.name, teacher, students };
      for (let day = 0; day < (plan.sessions ?? 0); day++) await addSession(storage, made, day);
      classes.push(made);
    }
    return classes;
  } finally {
    await storage.close();
  }
}

async function addSession(
  { history }: Storage,
  { id, teacher, students }: SeededClass,
  day: number,
): Promise<void> {
  const at = new Date(Date.parse(AT) + day * DAY_MS).toISOString();
  const closed: ClosedSession = {
    sessionId: crypto.randomUUID(),
    classId: id,
    options: {},
    startedAt: at,
    startedBy: teacher.id,
    plannedStart: null,
    occurrence: null,
    closedAt: at,
    closedBy: teacher.id,
    records: students.map((student) => ({
      studentId: student.id,
      status: "present",
      note: null,
      markedBy: teacher.id,
      markedAt: at,
      source: "socket",
      ...NO_CLIENT,
      firstSeen: null,
      lastSeen: null,
      code: null,
    })),
    changes: students.map((student) => ({
      studentId: student.id,
      from: null,
      to: "present",
      by: teacher.id,
      at,
      source: "socket",
      ...NO_CLIENT,
    })),
  };
  await history.saveSession(closed);
}
