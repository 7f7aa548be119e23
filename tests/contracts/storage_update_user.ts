import { assertEquals } from "@std/assert";
import type { UserStore, UserWithHash } from "../../src/accounts/store.ts";
import {
  at,
  type ContractTests,
  endings,
  ids,
  present,
  refused,
  times,
  TODAY,
  uuid,
} from "./storage_world.ts";

/**
 * Runs with no other active admin than those the work makes; those of before are active again
 * afterwards.
 */
async function withoutAdmins(
  { users, user }: { users: UserStore; user: (role: "ADMIN") => Promise<{ id: number }> },
  work: (first: number, second: number) => Promise<void>,
): Promise<void> {
  const { id: first } = await user("ADMIN");
  const { id: second } = await user("ADMIN");
  const others: number[] = [];
  for (let after: number | null = null;;) {
    const page = await users.list({ role: "ADMIN", active: true }, { limit: 200, after });
    for (const { id } of page) if (id !== first && id !== second) others.push(id);
    after = page.at(-1)?.id ?? null;
    if (after === null) break;
  }
  try {
    for (const id of others) await users.update(id, { active: false });
    await work(first, second);
  } finally {
    for (const id of others) await users.update(id, { active: true });
  }
}

export const updateUserTests: ContractTests = {
  "each field changes alone": async (world) => {
    const { users, tag } = world;
    const before = await world.user("STUDENT");
    const hash = present(await users.withHash(before.id)).passwordHash;
    const patches = [
      { username: `${tag} New` },
      { email: `New.${tag}@school.example` },
      { name: "Ada Lovelace" },
      { sortName: "Lovelace, Ada" },
      { number: `${tag}-7` },
      { sortName: null },
      { email: null },
      { number: null },
      { role: "TEACHER" },
      { active: false },
      { active: true },
    ] as const;
    let expected: UserWithHash = { ...before, name: before.username, passwordHash: hash };
    await users.update(before.id, { name: "another" });
    await users.update(before.id, { name: null });
    assertEquals({ ...present(await users.withHash(before.id)) }, expected);
    for (const patch of patches) {
      const ends = "active" in patch && !patch.active;
      const generation = expected.generation + Number(ends);
      expected = { ...expected, ...patch, generation };
      if ("username" in patch) expected = { ...expected, name: patch.username };
      const { passwordHash: _, ...shown } = expected;
      assertEquals({ ...await users.update(before.id, patch) }, shown);
      assertEquals({ ...present(await users.withHash(before.id)) }, expected);
    }
    await users.update(before.id, { passwordHash: "another" });
    assertEquals({ ...present(await users.withHash(before.id)) }, {
      ...expected,
      passwordHash: "another",
      generation: expected.generation + 1,
    });
  },

  "without a name of one's own the username is the name": async (world) => {
    const { users, tag } = world;
    const { id, username, name } = await world.user("STUDENT");
    assertEquals(name, username);
    assertEquals((await users.update(id, { username: `${tag} new` })).name, `${tag} new`);
    assertEquals(ids(await users.list({ search: `${tag} NEW` }, { limit: 5, after: null })), [id]);
  },

  "a password and a deactivation end every sign-in in the same breath": async (world) => {
    const { users } = world;
    const patches = [{ passwordHash: "x" }, { active: false }, { name: "N" }] as const;
    for (const [index, patch] of patches.entries()) {
      const { id } = await world.user("STUDENT");
      const token = uuid();
      const family = { hash: token, family: uuid(), userId: id, expiresAt: at(60), at: at(0) };
      await world.tokens.create(family);
      const { generation } = await users.update(id, patch);
      assertEquals(generation, index < 2 ? 1 : 0);
      const next = { hash: token, nextHash: uuid(), nextExpiresAt: at(61), at: at(1) };
      assertEquals((await world.tokens.rotate(next)).outcome, index < 2 ? "unknown" : "rotated");
    }
  },

  "replacePassword() of several at once succeeds once, and ends every sign-in": async (world) => {
    const { users } = world;
    const { id } = await world.user("STUDENT", { passwordHash: "old" });
    const tries = times(6, (i) => users.replacePassword(id, { from: "old", to: `new ${i}` }));
    const ended = await Promise.all(tries);
    assertEquals(ended.filter(Boolean).length, 1);
    const { passwordHash, generation } = present(await users.withHash(id));
    assertEquals([passwordHash, generation], [`new ${ended.indexOf(true)}`, 1]);
    assertEquals(await users.replacePassword(id, { from: "old", to: "x" }), false);
    assertEquals(
      await users.replacePassword(Number.MAX_SAFE_INTEGER, { from: "a", to: "b" }),
      false,
    );
  },

  "endSignIns() moves the generation on each time": async (world) => {
    const { id } = await world.user("STUDENT");
    await Promise.all(times(3, () => world.users.endSignIns(id)));
    assertEquals(present(await world.users.byId(id)).generation, 3);
    await world.users.endSignIns(Number.MAX_SAFE_INTEGER);
  },

  "an empty patch changes nothing": async (world) => {
    const before = await world.user("STUDENT");
    assertEquals({ ...await world.users.update(before.id, {}) }, { ...before });
  },

  "the own name may change its case": async (world) => {
    const { users, tag } = world;
    const { id } = await world.user("STUDENT", { username: `${tag} ada` });
    const { username } = await users.update(id, { username: `${tag} ADA` });
    assertEquals(username, `${tag} ADA`);
    assertEquals(present(await users.byHandle(`${tag} Ada`)).id, id);
  },

  "a new name is found and the old one is free": async (world) => {
    const { users, tag } = world;
    const before = await world.user("STUDENT");
    await users.update(before.id, { username: `${tag} new`, email: `${tag}.new@school.example` });
    assertEquals(present(await users.byHandle(`${tag}.NEW@school.example`)).id, before.id);
    assertEquals(present(await users.byHandle(`${tag} NEW`)).id, before.id);
    assertEquals(await users.byHandle(before.email), null);
    await world.user("STUDENT", { username: before.username, email: before.email });
  },

  "a taken name changes nothing": async (world) => {
    const { users, tag } = world;
    const other = await world.user("STUDENT");
    const before = await world.user("STUDENT");
    await refused("email_taken", () =>
      users.update(before.id, {
        username: `${tag} new`,
        email: other.email.toUpperCase(),
        role: "TEACHER",
        active: false,
        passwordHash: "new",
      }));
    await refused("username_taken", () =>
      users.update(before.id, {
        username: other.username.toUpperCase(),
        email: `${tag}.new@school.example`,
      }));
    assertEquals({ ...present(await users.byId(before.id)) }, { ...before });
    assertEquals(await users.byHandle(`${tag} new`), null);
  },

  "an unknown id is user_not_found": async ({ users }) => {
    await refused("user_not_found", () => users.update(Number.MAX_SAFE_INTEGER, { active: true }));
    await refused("user_not_found", () => users.update(Number.MAX_SAFE_INTEGER, {}));
  },

  "an admin can go while another stays": async (world) => {
    await world.user("ADMIN");
    const { id } = await world.user("ADMIN");
    const { id: another } = await world.user("ADMIN");
    assertEquals((await world.users.update(id, { role: "TEACHER" })).role, "TEACHER");
    assertEquals((await world.users.update(another, { active: false })).active, false);
  },

  "the last active admin can't go, but can change in other ways": async (world) => {
    const { users, tag } = world;
    await withoutAdmins(world, async (last, second) => {
      await users.update(second, { active: false });
      await refused("last_admin", () => users.update(last, { active: false }));
      await refused("last_admin", () => users.update(last, { role: "TEACHER" }));
      await refused("last_admin", () => users.update(last, { role: "STUDENT", active: false }));
      assertEquals((await users.update(last, { username: `${tag} boss` })).role, "ADMIN");
      await users.update(last, { role: "ADMIN", active: true });
      // A deactivated admin isn't counted, so it is not the last one either.
      await users.update(second, { role: "TEACHER" });
    });
  },

  "of the last two admins, demoted at once, one stays": async (world) => {
    const { users } = world;
    for (const patch of [{ role: "TEACHER" }, { active: false }] as const) {
      await withoutAdmins(world, async (first, second) => {
        assertEquals(
          await endings([
            () => users.update(first, { active: false }),
            () => users.update(second, patch),
          ]),
          ["last_admin", "ok"],
        );
        const left = await users.list({ role: "ADMIN", active: true }, { limit: 5, after: null });
        assertEquals(left.length, 1);
      });
    }
  },

  "a student who is enrolled keeps the role": async (world) => {
    const { users, classes } = world;
    const { klass, students } = await world.full(1);
    const { id } = present(students[0]);
    for (const role of ["TEACHER", "ADMIN"] as const) {
      await refused("role_in_use", () => users.update(id, { role }));
    }
    await users.update(id, { role: "STUDENT", active: false });
    await users.update(id, { active: true });
    await classes.unenrol(klass.id, id, TODAY);
    assertEquals((await users.update(id, { role: "TEACHER" })).role, "TEACHER");
  },

  "a teacher who has classes keeps the role": async (world) => {
    const { users, classes } = world;
    const klass = await world.klass();
    for (const role of ["STUDENT", "ADMIN"] as const) {
      await refused("role_in_use", () => users.update(klass.teacherId, { role }));
    }
    await users.update(klass.teacherId, { active: false });
    await users.update(klass.teacherId, { active: true });
    const next = await world.user("TEACHER");
    await classes.update(klass.id, { teacherId: next.id, at: at(1) });
    assertEquals((await users.update(klass.teacherId, { role: "STUDENT" })).role, "STUDENT");
  },

  "archived classes hold nobody in a role": async (world) => {
    const { users, classes } = world;
    const { klass, students } = await world.full(1);
    await classes.update(klass.id, { archived: true, at: at(1) });
    await users.update(present(students[0]).id, { role: "TEACHER" });
    await users.update(klass.teacherId, { role: "STUDENT" });
    assertEquals((await classes.studentsOf([klass.id])).get(klass.id), []);
  },

  "a teacher gets a class or loses the role, never both": async (world) => {
    const { users, classes } = world;
    for (let round = 0; round < 5; round++) {
      const { id, username: name } = await world.user("TEACHER");
      const ended = await endings([
        () => classes.create({ teacherId: id, name, at: at(1) }),
        () => users.update(id, { role: "STUDENT" }),
      ]);
      assertEquals(ended.filter((end) => end === "ok").length, 1, ended.join());
      const { role } = present(await users.byId(id));
      const owned = await classes.visibleTo({ userId: id, role: "TEACHER" }, at(0));
      assertEquals(owned.length, role === "TEACHER" ? 1 : 0);
    }
  },

  "a student is enrolled or loses the role, never both": async (world) => {
    const { users, classes } = world;
    const klass = await world.klass();
    for (let round = 0; round < 5; round++) {
      const { id } = await world.user("STUDENT");
      await Promise.allSettled([
        classes.enrol(klass.id, [id], TODAY),
        users.update(id, { role: "TEACHER" }),
      ]);
      const { role } = present(await users.byId(id));
      assertEquals(await classes.isEnrolled(klass.id, id), role === "STUDENT");
    }
  },
};
