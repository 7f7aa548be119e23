import { assert, assertEquals } from "@std/assert";
import { at, type ContractTests, endings, ids, present, refused, times } from "./storage_world.ts";

const CO = { role: "co", from: null, until: null } as const;

export const staffTests: ContractTests = {
  "setStaff() gives a right, and another one in its place": async (world) => {
    const { classes } = world;
    const klass = await world.klass();
    const { id: userId } = await world.user("TEACHER");
    const rights = [CO, { role: "cover", from: at(10), until: at(20) }] as const;
    for (const right of rights) {
      await classes.setStaff(klass.id, { userId, ...right });
      const [member, ...others] = present((await classes.staffOf([klass.id])).get(klass.id));
      assertEquals(others, []);
      assertEquals({ ...present(member), user: member?.user.id }, { ...right, user: userId });
    }
    assertEquals(await classes.removeStaff(klass.id, userId), true);
    assertEquals(await classes.removeStaff(klass.id, userId), false);
    assertEquals((await classes.staffOf([klass.id])).get(klass.id), []);
  },

  "setStaff() wants an open class and an active teacher": async (world) => {
    const { classes, users } = world;
    const klass = await world.klass();
    const archived = await world.klass();
    await classes.update(archived.id, { archived: true, at: at(1) });
    const [teacher, gone] = [await world.user("TEACHER"), await world.user("TEACHER")];
    await users.update(gone.id, { active: false });
    const set = (classId: number, userId: number) => classes.setStaff(classId, { userId, ...CO });
    for (const missing of [archived.id, Number.MAX_SAFE_INTEGER]) {
      await refused("class_not_found", () => set(missing, teacher.id));
    }
    for (const wrong of [gone.id, (await world.user("STUDENT")).id, Number.MAX_SAFE_INTEGER]) {
      await refused("user_not_found", () => set(klass.id, wrong));
    }
    assertEquals((await classes.staffOf([klass.id])).get(klass.id), []);
  },

  "setStaff() of one user many times at once leaves one right": async (world) => {
    const klass = await world.klass();
    const { id: userId } = await world.user("TEACHER");
    const set = times(6, () => () => world.classes.setStaff(klass.id, { userId, ...CO }));
    assertEquals(await endings(set), times(6, () => "ok"));
    assertEquals(present((await world.classes.staffOf([klass.id])).get(klass.id)).length, 1);
  },

  "isStaff() is the teacher always, the others while their time runs": async (world) => {
    const { classes } = world;
    const klass = await world.klass();
    const [co, cover, stranger] = [
      await world.user("TEACHER"),
      await world.user("TEACHER"),
      await world.user("TEACHER"),
    ];
    await classes.setStaff(klass.id, { userId: co.id, ...CO });
    const time = { from: at(10), until: at(20) };
    await classes.setStaff(klass.id, { userId: cover.id, role: "cover", ...time });
    const asked = [klass.teacherId, co.id, cover.id, stranger.id];
    const staffAt = (minute: number) =>
      Promise.all(asked.map((id) => classes.isStaff(klass.id, id, at(minute))));
    assertEquals(await staffAt(9), [true, true, false, false]);
    assertEquals(await staffAt(10), [true, true, true, false]);
    assertEquals(await staffAt(20), [true, true, false, false]);
    assert(!await classes.isStaff(Number.MAX_SAFE_INTEGER, co.id, at(0)));
    const see = async (id: number, minute: number) =>
      ids(await classes.visibleTo({ userId: id, role: "TEACHER" }, at(minute)));
    assertEquals(await see(cover.id, 9), []);
    assertEquals(await see(cover.id, 10), [klass.id]);
    assertEquals(await see(co.id, 99), [klass.id]);
    const byName = await classes.visibleByName(
      { userId: co.id, role: "TEACHER" },
      klass.name,
      at(0),
    );
    assertEquals(ids(byName), [klass.id]);
  },

  "who becomes the teacher is no other staff any more": async (world) => {
    const { classes } = world;
    const klass = await world.klass();
    const { id: userId } = await world.user("TEACHER");
    await classes.setStaff(klass.id, { userId, ...CO });
    await classes.update(klass.id, { teacherId: userId, at: at(1) });
    assertEquals((await classes.staffOf([klass.id])).get(klass.id), []);
    assert(await classes.isStaff(klass.id, userId, at(2)));
    assert(!await classes.isStaff(klass.id, klass.teacherId, at(2)));
  },

  "staffOf() lists active staff by sort name, for each class asked for": async (world) => {
    const { classes, users, tag } = world;
    const [first, second] = [await world.klass(), await world.klass()];
    const staff = [];
    for (const name of ["Zoë", "Émile", "ada", "gone"]) {
      staff.push(await world.user("TEACHER", { name: `${tag} ${name}` }));
    }
    for (const { id: userId } of staff) await classes.setStaff(first.id, { userId, ...CO });
    await users.update(present(staff[3]).id, { active: false });
    const lists = await classes.staffOf([first.id, second.id]);
    const names = present(lists.get(first.id)).map(({ user }) => user.name.slice(tag.length + 1));
    assertEquals(names, ["ada", "Émile", "Zoë"]);
    assertEquals(lists.get(second.id), []);
    assertEquals((await classes.staffOf([])).size, 0);
  },

  "settings are kept whole": async (world) => {
    const { classes, tag } = world;
    const { id: teacherId } = await world.user("TEACHER");
    const settings = {
      time_zone: "Asia/Kolkata",
      late_after_minutes: null,
      'ü"\\': ["🌱", { a: 1 }],
    };
    const made = await classes.create({ teacherId, name: tag, settings, at: at(0) });
    assertEquals<unknown>(made.settings, settings);
    await classes.update(made.id, { name: `${tag} new`, at: at(1) });
    assertEquals<unknown>(present(await classes.byId(made.id)).settings, settings);
    const next = { check_in: "code" };
    assertEquals<unknown>(
      (await classes.update(made.id, { settings: next, at: at(2) })).settings,
      next,
    );
  },

  "identify() gives each external id to one class": async (world) => {
    const { classes, tag } = world;
    const [first, second] = [await world.klass(), await world.klass()];
    const external = { source: tag, externalId: "7b/2026" };
    await classes.identify(first.id, external);
    await classes.identify(first.id, external);
    await refused("external_id_taken", () => classes.identify(second.id, external));
    assertEquals(present(await classes.byExternalId(external)).id, first.id);
    assertEquals(await classes.byExternalId({ ...external, externalId: "7B/2026" }), null);
  },
};
