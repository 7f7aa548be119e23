/** The example school: written through the services, so that every rule of theirs holds. */
import { createPasswords, type Passwords } from "../../accounts/password.ts";
import type { LiveStore } from "../../sessions/live_store.ts";
import type { Storage } from "../../adapters/storage.ts";
import type { StoredUser } from "../../accounts/store.ts";
import type { Role } from "../../kernel/actor.ts";
import { createServices } from "../../services.ts";
import { isMonday, schoolDays } from "./calendar.ts";
import { studentNames, TEACHERS } from "./names.ts";
import { type Habit, makeHabit, type Outcome, outcomeOf } from "./patterns.ts";
import { createRandom, type Random } from "./random.ts";
import { pastSession } from "./sessions.ts";

const STUDENTS = 200;
const DAYS = 20;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SEED = 20;

/** Each teacher has two in turn; the hour is when it begins, UTC. */
const CLASSES = [
  { name: "Mathematics 7A", hour: 8 },
  { name: "Історія 8Б", hour: 8 },
  { name: "日本語 9/1", hour: 8 },
  { name: "Géométrie & Algèbre 9C", hour: 10 },
  { name: "Biology 10 (50 % lab)", hour: 11 },
  { name: "Choir", hour: 13 },
] as const;

/** Days, by index, on which a part of the class is away. */
const TRIPS: readonly { readonly class: number; readonly day: number; readonly note: string }[] = [
  { class: 0, day: 6, note: "Museum trip" },
  { class: 4, day: 11, note: "Field trip to the wetlands" },
  { class: 5, day: 16, note: "Regional choir contest" },
];

export const emailOf = {
  teacher: (index: number) => `teacher.${index + 1}@demo.example`,
  student: (index: number) => `student.${String(index + 1).padStart(3, "0")}@demo.example`,
};

export interface DemoClass {
  readonly id: number;
  readonly name: string;
  readonly teacher: StoredUser;
  readonly students: readonly StoredUser[];
  readonly sessions: number;
}

export interface DemoSchool {
  readonly teachers: readonly StoredUser[];
  readonly students: readonly StoredUser[];
  readonly classes: readonly DemoClass[];
}

/** Every account has the same password, so one hash does for all: 200 would take seconds. */
function sharedHash(passwords: Passwords): Passwords {
  let hash: Promise<string> | null = null;
  return { ...passwords, hash: (password) => hash ??= passwords.hash(password) };
}

/** Every student is in one class, every third one in another class too. */
const rosterOf = (index: number, students: readonly StoredUser[]) =>
  students.filter((_, i) => {
    const [own, row] = [i % CLASSES.length, Math.floor(i / CLASSES.length)];
    return own === index || (row % 3 === 0 && (own + 3) % CLASSES.length === index);
  });

/**
 * Makes the school: the same one each time, in the weeks before today.
 * @param password of every account
 * @throws Error where this database has the school already; AppError `weak_password`
 */
export async function createDemoSchool(
  { storage, live, password, now, passwords = createPasswords(), uuid = () => crypto.randomUUID() }:
    {
      storage: Storage;
      live: LiveStore;
      password: string;
      now: () => number;
      passwords?: Passwords;
      uuid?: () => string;
    },
): Promise<DemoSchool> {
  if (await storage.users.byHandle(emailOf.teacher(0))) {
    throw new Error(
      `Cannot make the demo school: ${emailOf.teacher(0)} is there already. To have a fresh one, ` +
        "name another database, as DATABASE_URL=sqlite:data/demo.db",
    );
  }
  const days = schoolDays(DAYS, now());
  // The accounts are older than the first session.
  const termStart = (days[0] ?? now()) - 7 * DAY_MS;
  const { people, admission, classes, imports } = createServices({
    storage,
    live,
    passwords: sharedHash(passwords),
    now: () => termStart,
  });

  const enlist = async (names: readonly string[], role: Role, email: (index: number) => string) => {
    const made: StoredUser[] = [];
    for (const [index, username] of names.entries()) {
      made.push(await people.create({ username, email: email(index), password, role }));
    }
    return made;
  };
  const teachers = await enlist(TEACHERS, "TEACHER", emailOf.teacher);
  const random = createRandom(SEED);
  const names = random.shuffled(studentNames(STUDENTS));
  const students = await enlist(names, "STUDENT", emailOf.student);

  const habits = new Map(students.map(({ id }) => [id, makeHabit(random, DAYS)]));
  const made: DemoClass[] = [];
  for (const [index, { name, hour }] of CLASSES.entries()) {
    const teacher = teachers[index % teachers.length];
    if (!teacher) throw new Error("Cannot make the demo school: it has no teachers");
    const actor = { userId: teacher.id, role: teacher.role };
    const { id } = await classes.create(actor, { name, teacherId: undefined });
    const roster = rosterOf(index, students);
    await imports.students(
      await admission.admit(actor, id, "class_staff"),
      roster.map(({ username }) => username),
    );
    for (const [day, midnight] of days.entries()) {
      const closed = pastSession({
        classId: id,
        teacherId: teacher.id,
        sessionId: uuid(),
        title: null,
        startsAtMs: midnight + hour * HOUR_MS,
        outcomes: attend(roster, { classIndex: index, day, midnight, habits, random }),
      });
      await storage.history.saveSession(closed);
    }
    made.push({ id, name, teacher, students: roster, sessions: days.length });
  }
  await correctSome(storage, made);
  return { teachers, students, classes: made };
}

function attend(
  roster: readonly StoredUser[],
  { classIndex, day, midnight, habits, random }: {
    classIndex: number;
    day: number;
    midnight: number;
    habits: ReadonlyMap<number, Habit>;
    random: Random;
  },
): Map<number, Outcome> {
  const trip = TRIPS.find((trip) => trip.class === classIndex && trip.day === day);
  const outcomes = new Map<number, Outcome>();
  for (const [place, { id }] of roster.entries()) {
    const habit = habits.get(id);
    if (!habit) continue;
    const away = trip !== undefined && place % 3 === 0 ? trip.note : null;
    outcomes.set(
      id,
      outcomeOf(habit, { day, monday: isMonday(midnight), trip: away }, random),
    );
  }
  return outcomes;
}

/** The latest session of each class gets one absence excused later, so that trails have something. */
async function correctSome(storage: Storage, classes: readonly DemoClass[]): Promise<void> {
  for (const { id, teacher } of classes) {
    const [latest] = await storage.history.sessions(id, { limit: 1, before: null });
    if (!latest) continue;
    const records = (await storage.history.recordsOf([latest.sessionId])).get(latest.sessionId);
    const absent = records?.find(({ status }) => status === "absent");
    if (!absent) continue;
    await storage.history.correct({
      classId: id,
      sessionId: latest.sessionId,
      studentId: absent.student.id,
      status: "excused",
      reason: "Doctor's note handed in",
      by: teacher.id,
      at: new Date(Date.parse(latest.closedAt) + 2 * HOUR_MS).toISOString(),
    });
  }
}
