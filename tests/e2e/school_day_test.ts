/** A whole school day through the public surface: the demo school, six classes at once, one crash. */
import { assert, assertEquals } from "@std/assert";
import { createLedger } from "../support/ledger.ts";
import type { Person } from "../support/school_api.ts";
import { sample, seeded } from "../support/seed.ts";
import { runTool, withDirectory } from "../tools/tool.ts";
import { createFollower, type Follower } from "./school_day/follower.ts";
import { type Classroom, type Day, holdLesson, type Taken } from "./school_day/lesson.ts";
import { openTown, type Town } from "./school_day/town.ts";
import { checkLessons, checkTotals } from "./school_day/verdict.ts";
import type { Random } from "../../src/tools/demo/random.ts";

const LESSONS = ["Morning", "Afternoon"];
const WATCHERS = 5;
const GUESTS = 4;

/** Makes the demo school; returns the teachers' emails and everyone's password. */
async function makeSchool(directory: string) {
  const { code, stdout, stderr } = await runTool("demo", { directory });
  assertEquals([code, stderr], [0, ""]);
  const password = /^Password of every account: (\S+)$/m.exec(stdout)?.[1];
  assert(password, stdout);
  const teachers = stdout.match(/^teacher\.\S+@\S+/gm) ?? [];
  assertEquals(teachers.length, 3, stdout);
  return { teachers, password };
}

/** Everyone signs in; one class lets its students see each other's marks. */
async function takeSeats(
  town: Town,
  random: Random,
  { teachers, password }: { teachers: readonly string[]; password: string },
): Promise<{ rooms: Classroom[]; followers: Follower[] }> {
  const { api } = town;
  const staff = await Promise.all(teachers.map((email) => api.signIn(email, password)));
  const [first] = staff;
  const everyone = await Promise.all(staff.map((teacher) => api.classes(teacher)));
  const open = everyone.flat()[0]?.id;
  if (first && open) await api.showMarks(first, open, "class");
  const visibilityOf = (classId: number) => classId === open ? "class" as const : "staff" as const;
  const follow = (person: Person, isStaff: boolean, classIds: readonly number[], batch: boolean) =>
    createFollower({
      town,
      person,
      isStaff,
      classes: classIds.map((id) => ({ id, visibility: visibilityOf(id) })),
      batch,
    });

  const students = new Map<number, Follower>();
  const desks = everyone.map((classes, index) => {
    const person = staff[index];
    assert(person);
    const ids = classes.map(({ id }) => id);
    return {
      classes,
      tablet: follow(person, true, ids, true),
      phone: follow(person, true, ids, false),
    };
  });
  const rooms: Classroom[] = [];
  for (const [index, { classes, tablet, phone }] of desks.entries()) {
    const rival = desks[(index + 1) % desks.length]?.tablet;
    assert(rival);
    for (const each of classes) {
      const watchers: Follower[] = [];
      for (const { id, email } of sample(random, each.students, WATCHERS)) {
        const known = students.get(id);
        if (known) {
          watchers.push(known);
          continue;
        }
        const person = await api.signIn(email ?? "", password);
        const ids = (await api.classes(person)).map((own) => own.id);
        const follower = follow(person, false, ids, random.chance(0.5));
        students.set(id, follower);
        watchers.push(follower);
      }
      const roster = new Set(each.students.map(({ id }) => id));
      const elsewhere = everyone.flat().flatMap((other) => other.students)
        .filter(({ id }) => !roster.has(id));
      const guests = sample(random, elsewhere, GUESTS).map(({ id }) => id);
      const visibility = visibilityOf(each.id);
      rooms.push({ classId: each.id, visibility, tablet, phone, rival, watchers, roster, guests });
    }
  }
  const followers = [
    ...desks.flatMap(({ tablet, phone }) => [tablet, phone]),
    ...students.values(),
  ];
  return { rooms, followers };
}

/** Resolves when this many have come. */
function gathering(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let missing = count;
  return () => {
    if (--missing === 0) resolve();
    return promise;
  };
}

Deno.test("a school day: the history equals what was acknowledged, mark for mark", () =>
  seeded((random) =>
    withDirectory(async (directory) => {
      const school = await makeSchool(directory);
      const town = await openTown(directory);
      const { api } = town;
      try {
        const { rooms, followers } = await takeSeats(town, random, school);
        assertEquals(rooms.length, 6);
        const before = new Map(
          await Promise.all(
            rooms.map(async ({ classId, tablet }) =>
              [classId, await api.history(tablet.person, classId)] as const
            ),
          ),
        );
        await Promise.all(followers.map((follower) => follower.connect()));

        // Somewhere in the day, with all six classes in the middle of it.
        let untilCrash = 150 + random.below(900);
        let crash: Promise<void> | null = null;
        const day: Day = {
          town,
          random,
          ledger: createLedger(),
          onChange() {
            if (--untilCrash === 0) crash = town.killAndRestart();
          },
        };
        const lessons = new Map<number, Taken[]>(rooms.map(({ classId }) => [classId, []]));
        for (const title of LESSONS) {
          const everyoneIsHere = gathering(rooms.length);
          const taken = await Promise.all(
            rooms.map((room) => holdLesson(day, room, title, everyoneIsHere)),
          );
          for (const lesson of taken) lessons.get(lesson.classId)?.push(lesson);
        }
        assert(crash, `the day was too short for its crash: ${day.ledger.size} changes`);
        await crash;

        for (const { classId, tablet, watchers } of rooms) {
          await checkLessons(api, tablet.person, {
            before: before.get(classId) ?? [],
            lessons: lessons.get(classId) ?? [],
            ledger: day.ledger,
          });
          const history = await api.history(tablet.person, classId);
          for (const { person } of watchers) await checkTotals(api, person, classId, history);
        }

        await Promise.all(followers.map((follower) => follower.connect()));
        const goodbyes = followers.map((follower) => follower.closed());
        assertEquals(await town.stop(), 0);
        for (const { code } of await Promise.all(goodbyes)) assertEquals(code, 1012);
        assertEquals(town.logs(), [], "nothing went wrong behind the scenes");
      } finally {
        await town.stop();
      }
    })
  ));
