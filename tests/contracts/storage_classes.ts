import { assertEquals } from "@std/assert";
import type { StoredUser } from "../../src/accounts/store.ts";
import {
  at,
  type ContractTests,
  endings,
  ids,
  present,
  refused,
  times,
  TODAY,
  type World,
} from "./storage_world.ts";

const as = ({ id, role }: StoredUser) => ({ userId: id, role });

const create = ({ classes }: World, teacher: { id: number }, name: string) =>
  classes.create({ teacherId: teacher.id, name, at: at(1) });

export const classTests: ContractTests = {
  "create() returns the class with its defaults": async (world) => {
    const teacher = await world.user("TEACHER");
    const made = await create(world, teacher, `${world.tag} 5b`);
    const expected = {
      id: made.id,
      name: `${world.tag} 5b`,
      teacherId: teacher.id,
      markVisibility: "staff",
      settings: {},
      archived: false,
      createdAt: at(1),
      updatedAt: at(1),
      sessionCount: 0,
    };
    assertEquals({ ...made }, expected);
    assertEquals({ ...present(await world.classes.byId(made.id)) }, expected);
    assertEquals(await world.classes.byId(Number.MAX_SAFE_INTEGER), null);
  },

  "create() takes names of every kind and finds them again": async (world) => {
    const teacher = await world.user("TEACHER");
    const names = [
      "..",
      "a/b",
      "100 %",
      "%",
      "_",
      "[x]",
      "O'Neil",
      '"q"',
      "数学",
      "🧪",
      "x".repeat(230),
    ];
    for (const text of names) {
      const name = `${world.tag} ${text}`;
      const made = await create(world, teacher, name);
      assertEquals(made.name, name);
      assertEquals(
        ids(await world.classes.visibleByName(as(teacher), name, at(0))),
        [made.id],
        text,
      );
    }
  },

  "create() refuses a teacher's second class of one name, in any Unicode form": async (world) => {
    const [teacher, another] = [await world.user("TEACHER"), await world.user("TEACHER")];
    const name = `${world.tag} Économie`;
    const made = await create(world, teacher, name.normalize("NFD"));
    assertEquals(made.name, name.normalize("NFC"));
    await refused("class_name_taken", () => create(world, teacher, name));
    await refused("class_name_taken", () => create(world, teacher, name.normalize("NFD")));
    await create(world, another, name);
    await create(world, teacher, name.toUpperCase());
    await create(world, teacher, `${world.tag} Economie`);
  },

  "create() of one name eight times at once has one winner": async (world) => {
    const teacher = await world.user("TEACHER");
    assertEquals(
      await endings(times(8, () => () => create(world, teacher, world.tag))),
      [...times(7, () => "class_name_taken"), "ok"],
    );
    assertEquals((await world.classes.visibleTo(as(teacher), at(0))).length, 1);
  },

  "create() wants an active teacher": async (world) => {
    const gone = await world.user("TEACHER");
    await world.users.update(gone.id, { active: false });
    const nobody = { id: Number.MAX_SAFE_INTEGER };
    for (const owner of [gone, await world.user("STUDENT"), await world.user("ADMIN"), nobody]) {
      await refused("user_not_found", () => create(world, owner, world.tag));
    }
  },

  "visibleTo() gives a teacher the own, a student the enrolled, an admin all": async (world) => {
    const { classes } = world;
    const [first, second] = [await world.user("TEACHER"), await world.user("TEACHER")];
    const student = await world.user("STUDENT");
    const admin = await world.user("ADMIN");
    const a = await world.klass(first);
    const b = await world.klass(second);
    const c = await world.klass(first);
    const archived = await world.klass(first);
    for (const { id } of [c, b, archived]) await classes.enrol(id, [student.id], TODAY);
    await classes.update(archived.id, { archived: true, at: at(2) });
    assertEquals(ids(await classes.visibleTo(as(first), at(0))), [a.id, c.id]);
    assertEquals(ids(await classes.visibleTo(as(second), at(0))), [b.id]);
    assertEquals(ids(await classes.visibleTo(as(student), at(0))), [b.id, c.id]);
    const made = ids([a, b, c, archived]);
    const all = ids(await classes.visibleTo(as(admin), at(0)));
    assertEquals(all.filter((id) => made.includes(id)), [a.id, b.id, c.id]);
    assertEquals(all, all.toSorted((x, y) => x - y));
  },

  "visibleByName() finds exactly that name among the visible": async (world) => {
    const { classes, tag } = world;
    const [first, second] = [await world.user("TEACHER"), await world.user("TEACHER")];
    const student = await world.user("STUDENT");
    const admin = await world.user("ADMIN");
    const name = `${tag} é%`;
    const a = await create(world, first, name);
    const b = await create(world, second, name);
    await create(world, first, `${tag} é% more`);
    const old = await create(world, await world.user("TEACHER"), name);
    await classes.update(old.id, { archived: true, at: at(2) });
    await classes.enrol(b.id, [student.id], TODAY);
    const find = async (user: StoredUser, text = name) =>
      ids(await classes.visibleByName(as(user), text, at(0)));
    assertEquals(await find(first), [a.id]);
    assertEquals(await find(second), [b.id]);
    assertEquals(await find(student), [b.id]);
    assertEquals(await find(admin), [a.id, b.id]);
    assertEquals(await find(admin, name.normalize("NFD")), [a.id, b.id]);
    for (const other of [`${tag} É%`, `${tag} e%`, `${tag}%`, `${tag} é_`, ""]) {
      assertEquals(await find(first, other), [], other);
    }
  },

  "update() sets what is given and updatedAt": async (world) => {
    const { classes, tag } = world;
    const before = await world.klass();
    const next = await world.user("TEACHER");
    const patches = [
      { name: `${tag} new` },
      { markVisibility: "class" },
      { teacherId: next.id },
      {},
      { archived: true },
    ] as const;
    let expected = { ...before };
    for (const [minute, patch] of patches.entries()) {
      expected = { ...expected, ...patch, updatedAt: at(minute + 5) };
      assertEquals(
        { ...await classes.update(before.id, { ...patch, at: at(minute + 5) }) },
        expected,
      );
      assertEquals({ ...present(await classes.byId(before.id)) }, expected);
    }
  },

  "update() refuses unknown and archived classes": async (world) => {
    const { classes } = world;
    const { id } = await world.klass();
    await classes.update(id, { archived: true, at: at(1) });
    for (const missing of [id, Number.MAX_SAFE_INTEGER]) {
      await refused("class_not_found", () => classes.update(missing, { name: "x", at: at(2) }));
      await refused(
        "class_not_found",
        () => classes.update(missing, { archived: true, at: at(2) }),
      );
    }
    assertEquals(present(await classes.byId(id)).updatedAt, at(1));
  },

  "update() refuses a taken name, by rename or by change of teacher": async (world) => {
    const { classes, tag } = world;
    const [first, second] = [await world.user("TEACHER"), await world.user("TEACHER")];
    await create(world, first, `${tag} é`);
    const mine = await create(world, first, `${tag} b`);
    const theirs = await create(world, second, `${tag} é`);
    await refused("class_name_taken", () =>
      classes.update(mine.id, {
        name: `${tag} é`.normalize("NFD"),
        markVisibility: "class",
        at: at(9),
      }));
    assertEquals({ ...present(await classes.byId(mine.id)) }, { ...mine });
    await refused(
      "class_name_taken",
      () => classes.update(theirs.id, { teacherId: first.id, at: at(9) }),
    );
    assertEquals((await classes.update(mine.id, { name: `${tag} b`, at: at(9) })).name, `${tag} b`);
  },

  "update() wants an active teacher": async (world) => {
    const { id, teacherId } = await world.klass();
    for (const other of [(await world.user("STUDENT")).id, Number.MAX_SAFE_INTEGER]) {
      await refused(
        "user_not_found",
        () => world.classes.update(id, { teacherId: other, at: at(2) }),
      );
    }
    assertEquals(present(await world.classes.byId(id)).teacherId, teacherId);
  },

  "an archived class frees its name": async (world) => {
    const teacher = await world.user("TEACHER");
    for (let year = 0; year < 3; year++) {
      const { id } = await create(world, teacher, world.tag);
      await world.classes.update(id, { archived: true, at: at(2) });
    }
    await create(world, teacher, world.tag);
  },
};
