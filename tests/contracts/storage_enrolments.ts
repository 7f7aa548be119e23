import { assert, assertEquals } from "@std/assert";
import type { StoredUser } from "../../src/accounts/store.ts";
import {
  at,
  type ContractTests,
  day,
  ids,
  present,
  refused,
  times,
  TODAY,
} from "./storage_world.ts";

export const enrolmentTests: ContractTests = {
  "enrol() tells new from already enrolled and leaves out who is no active student": async (
    world,
  ) => {
    const { classes, users } = world;
    const { id } = await world.klass();
    const [ada, bob, gone] = ids(await world.students(3));
    await users.update(present(gone), { active: false });
    const teacher = await world.user("TEACHER");
    const first = await classes.enrol(id, [present(ada)], TODAY);
    assertEquals({ ...first }, { added: [ada], already: [] });
    const second = await classes.enrol(
      id,
      [
        present(bob),
        present(ada),
        present(bob),
        present(gone),
        teacher.id,
        Number.MAX_SAFE_INTEGER,
      ],
      TODAY,
    );
    assertEquals({ ...second }, { added: [bob], already: [ada] });
    assertEquals({ ...await classes.enrol(id, [], TODAY) }, { added: [], already: [] });
    await users.update(present(bob), { active: false });
    assertEquals({ ...await classes.enrol(id, [present(bob)], TODAY) }, {
      added: [],
      already: [],
    });
  },

  "enrol() takes thousands of ids": async (world) => {
    const { id } = await world.klass();
    const students = ids(await world.students(3));
    const unknown = times(5000, (i) => Number.MAX_SAFE_INTEGER - i);
    const { added } = await world.classes.enrol(id, [...unknown, ...students], TODAY);
    assertEquals(added.toSorted((a, b) => a - b), students.toSorted((a, b) => a - b));
  },

  "enrol() of the same students at once adds each one once": async (world) => {
    const { id } = await world.klass();
    const students = ids(await world.students(20));
    const ended = await Promise.all(
      times(6, () => world.classes.enrol(id, students, TODAY)),
    );
    for (const { added, already } of ended) assertEquals(added.length + already.length, 20);
    const added = ended.flatMap((end) => end.added);
    assertEquals(added.toSorted((a, b) => a - b), students.toSorted((a, b) => a - b));
  },

  "enrol() refuses unknown and archived classes": async (world) => {
    const { klass, students } = await world.full(1);
    await world.classes.update(klass.id, { archived: true, at: at(1) });
    for (const missing of [klass.id, Number.MAX_SAFE_INTEGER]) {
      await refused(
        "class_not_found",
        () => world.classes.enrol(missing, ids(students), TODAY),
      );
    }
  },

  "unenrol() ends an enrolment once": async (world) => {
    const { classes } = world;
    const { klass, students } = await world.full(2);
    const [ada, bob] = ids(students);
    assert(await classes.isEnrolled(klass.id, present(ada)));
    assertEquals(await classes.unenrol(klass.id, present(ada), TODAY), true);
    assertEquals(await classes.unenrol(klass.id, present(ada), TODAY), false);
    assertEquals(
      await classes.unenrol(Number.MAX_SAFE_INTEGER, present(ada), TODAY),
      false,
    );
    assertEquals(await classes.isEnrolled(klass.id, present(ada)), false);
    assertEquals(await classes.isEnrolled(klass.id, present(bob)), true);
    const again = await classes.enrol(klass.id, [present(ada)], TODAY);
    assertEquals([...again.added], [ada]);
  },

  "isEnrolled() is false for teachers, strangers and unknown classes": async (world) => {
    const { classes } = world;
    const { klass, students } = await world.full(1);
    const other = await world.klass();
    assertEquals(await classes.isEnrolled(klass.id, klass.teacherId), false);
    assertEquals(await classes.isEnrolled(other.id, present(students[0]).id), false);
    assertEquals(await classes.isEnrolled(Number.MAX_SAFE_INTEGER, present(students[0]).id), false);
  },

  "studentsOf() lists active students by sort name": async (world) => {
    const { classes, users, tag } = world;
    const klass = await world.klass();
    const made: StoredUser[] = [];
    for (const name of ["bob", "Zoe", "Émile", "ada", "Carl"]) {
      made.push(await world.user("STUDENT", { username: `${tag} ${name}` }));
    }
    const gone = await world.user("STUDENT");
    await classes.enrol(klass.id, ids([gone, ...made]), TODAY);
    await users.update(gone.id, { active: false });
    const list = present((await classes.studentsOf([klass.id])).get(klass.id));
    assertEquals(
      list.map(({ username }) => username.slice(tag.length + 1)),
      ["ada", "bob", "Carl", "Émile", "Zoe"],
    );
    assertEquals({ ...present(list[1]) }, { ...present(made[0]) });
  },

  "studentsOf() answers for each class asked for, empty ones too": async (world) => {
    const { classes } = world;
    const first = await world.full(3);
    const second = await world.full(1);
    const empty = await world.klass();
    const both = present(first.students[0]);
    await classes.enrol(second.klass.id, [both.id], TODAY);
    const asked = [first.klass.id, second.klass.id, empty.id, Number.MAX_SAFE_INTEGER];
    const lists = await classes.studentsOf(asked);
    assertEquals(
      asked.map((id) => ids(present(lists.get(id)))),
      [ids(first.students), [both.id, present(second.students[0]).id], [], []],
    );
    assertEquals((await classes.studentsOf([])).size, 0);
    const many = await classes.studentsOf([
      ...times(5000, (i) => Number.MAX_SAFE_INTEGER - i),
      first.klass.id,
    ]);
    assertEquals(many.get(first.klass.id)?.length, 3);
  },

  "studentCount() counts those whom studentsOf() lists": async (world) => {
    const { classes, users } = world;
    const { klass, students } = await world.full(4);
    const empty = await world.klass();
    await users.update(present(students[0]).id, { active: false });
    await classes.unenrol(klass.id, present(students[1]).id, TODAY);
    assertEquals(await classes.studentCount(klass.id), 2);
    assertEquals(await classes.studentCount(empty.id), 0);
    assertEquals(await classes.studentCount(Number.MAX_SAFE_INTEGER), 0);
    await classes.update(klass.id, { archived: true, at: at(1) });
    assertEquals(await classes.studentCount(klass.id), 2);
    await users.update(present(students[2]).id, { role: "TEACHER" });
    assertEquals(await classes.studentCount(klass.id), 1);
  },

  "enrolledIn() leaves out archived classes": async (world) => {
    const { classes } = world;
    const { id } = await world.user("STUDENT");
    assertEquals(await classes.enrolledIn(id), []);
    const made = [await world.klass(), await world.klass(), await world.klass()];
    for (const klass of made) await classes.enrol(klass.id, [id], TODAY);
    await classes.update(present(made[1]).id, { archived: true, at: at(2) });
    assertEquals(
      (await classes.enrolledIn(id)).toSorted((a, b) => a - b),
      [present(made[0]).id, present(made[2]).id],
    );
  },

  "one who leaves and comes back has two times in the class": async (world) => {
    const { classes } = world;
    const { klass, students } = await world.full(2);
    const [ada, bob] = ids(students).map((id) => id);
    const id = present(ada);
    assertEquals(await classes.unenrol(klass.id, id, { day: day(3) }), true);
    const back = await classes.enrol(klass.id, [id, present(bob)], { day: day(10) });
    assertEquals({ ...back }, { added: [id], already: [bob] });
    const all = (await classes.enrolments(klass.id)).filter(({ studentId }) => studentId === id);
    assertEquals(all, [
      { studentId: id, firstDay: day(0), lastDay: day(3) },
      { studentId: id, firstDay: day(10), lastDay: null },
    ]);
    const on = async (days: number) =>
      ids(present((await classes.studentsOf([klass.id], day(days))).get(klass.id)));
    for (const days of [0, 3, 10, 99]) assertEquals(await on(days), [ada, bob], `day ${days}`);
    for (const days of [4, 9]) assertEquals(await on(days), [bob], `day ${days}`);
    assertEquals(await on(-1), []);
  },

  "one who comes back by the last day goes on as if never gone": async (world) => {
    const { classes } = world;
    const { klass, students } = await world.full(1);
    const { id } = present(students[0]);
    for (const days of [5, 3]) {
      await classes.unenrol(klass.id, id, { day: day(5) });
      const { added } = await classes.enrol(klass.id, [id], { day: day(days) });
      assertEquals([...added], [id]);
    }
    assertEquals(await classes.enrolments(klass.id), [
      { studentId: id, firstDay: day(0), lastDay: null },
    ]);
  },

  "one who leaves before the first day was there for that day": async (world) => {
    const { classes } = world;
    const { klass, students } = await world.full(1);
    const { id } = present(students[0]);
    await classes.unenrol(klass.id, id, { day: day(-2) });
    const ended = { studentId: id, firstDay: day(0), lastDay: day(0) };
    assertEquals(await classes.enrolments(klass.id), [ended]);
    assertEquals(await classes.isEnrolled(klass.id, id), false);
  },

  "studentsOf() of a day lists those who were deactivated since": async (world) => {
    const { classes, users } = world;
    const { klass, students } = await world.full(1);
    await users.update(present(students[0]).id, { active: false });
    assertEquals((await classes.studentsOf([klass.id])).get(klass.id), []);
    const then = present((await classes.studentsOf([klass.id], day(0))).get(klass.id));
    assertEquals(ids(then), ids(students));
  },
};
