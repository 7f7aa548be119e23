import { assert, assertEquals, assertFalse } from "@std/assert";
import { handleKey } from "../../src/kernel/names.ts";
import {
  at,
  type ContractTests,
  endings,
  ids,
  present,
  refused,
  times,
  type World,
} from "./storage_world.ts";

const PAGE = { limit: 200, after: null };

const input = (world: World, username: string, email: string) => ({
  username,
  email,
  passwordHash: `hash ${world.tag}`,
  role: "STUDENT" as const,
  at: at(3),
});

export const userTests: ContractTests = {
  "create() returns the active user as typed, without the hash": async (world) => {
    const username = `${world.tag} Zoë`;
    const email = `Zoe.${world.tag}@School.Example`;
    const made = await world.users.create(input(world, username, email));
    assert(Number.isSafeInteger(made.id) && made.id > 0);
    const expected = {
      id: made.id,
      username,
      name: username,
      sortName: null,
      email,
      number: null,
      role: "STUDENT",
      active: true,
      generation: 0,
      createdAt: at(3),
    };
    assertEquals<unknown>({ ...made }, expected);
    assertEquals<unknown>({ ...present(await world.users.byId(made.id)) }, expected);
  },

  "create() keeps names of every script": async (world) => {
    const names = [
      "Đặng Thị",
      "王小明",
      "مريم",
      "Ольга",
      "🧑‍🎓",
      "O'Brien; DROP TABLE users--",
      '"[%_\\',
    ];
    for (const [index, name] of names.entries()) {
      const username = `${world.tag} ${name}`;
      const made = await world.users.create(
        input(world, username, `${world.tag}.${index}@school.example`),
      );
      assertEquals(present(await world.users.byId(made.id)).username, username);
      assertEquals(present(await world.users.byHandle(username)).id, made.id);
    }
  },

  "create() refuses an email that differs by case or compatibility form only": async (world) => {
    const { users, tag } = world;
    await users.create(input(world, `${tag} 1`, `ÉLODIE.${tag}@School.Example`));
    for (
      const [index, email] of [`élodie.${tag}@school.example`, `Ｅ́lodie.${tag}@SCHOOL.example`]
        .entries()
    ) {
      await refused("email_taken", () => users.create(input(world, `${tag} x${index}`, email)));
    }
  },

  "create() refuses a username that differs by case or compatibility form only": async (world) => {
    const { users, tag } = world;
    await users.create(input(world, `${tag} Ольга ﬁ`, `${tag}.1@school.example`));
    for (const [index, name] of [`${tag} ОЛЬГА FI`, `${tag} ольга ﬁ`].entries()) {
      await refused(
        "username_taken",
        () => users.create(input(world, name, `${tag}.x${index}@school.example`)),
      );
    }
  },

  "create() tells accents apart": async (world) => {
    const { users, tag } = world;
    await users.create(input(world, `${tag} Jose`, `${tag}.jose@school.example`));
    await users.create(input(world, `${tag} José`, `${tag}.josé@school.example`));
  },

  "create() of one email eight times at once has one winner": async (world) => {
    const email = `${world.tag}@school.example`;
    assertEquals(
      await endings(
        times(8, (i) => () => world.users.create(input(world, `${world.tag} ${i}`, email))),
      ),
      [...times(7, () => "email_taken"), "ok"],
    );
    assertEquals((await world.users.list({ search: world.tag }, PAGE)).length, 1);
  },

  "create() of one username eight times at once has one winner": async (world) => {
    assertEquals(
      await endings(
        times(
          8,
          (i) => () =>
            world.users.create(input(world, world.tag, `${world.tag}.${i}@school.example`)),
        ),
      ),
      ["ok", ...times(7, () => "username_taken")],
    );
  },

  "create() of the same sign-up eight times at once has one winner": async (world) => {
    const same = input(world, world.tag, `${world.tag}@school.example`);
    const ended = await endings(times(8, () => () => world.users.create(same)));
    assertEquals(ended, [...times(7, () => "email_taken"), "ok"]);
  },

  "create() refuses a taken email before a username and that before a number": async (world) => {
    const { users, tag } = world;
    const taken = { ...input(world, tag, `${tag}@school.example`), number: `N ${tag}` };
    await users.create(taken);
    await refused("email_taken", () => users.create(taken));
    const mail = `${tag}.2@school.example`;
    await refused("username_taken", () => users.create({ ...taken, email: mail }));
    const username = `${tag} 2`;
    const upper = taken.number.toUpperCase();
    await refused(
      "number_taken",
      () => users.create({ ...taken, email: mail, username, number: upper }),
    );
    const { id } = await world.user("STUDENT");
    const { email, number } = taken;
    await refused("email_taken", () => users.update(id, { username: tag, email, number }));
    await refused("username_taken", () => users.update(id, { username: tag, number }));
    await refused("number_taken", () => users.update(id, { number }));
  },

  "create() takes any number of users without email, number and password": async (world) => {
    const { users, tag } = world;
    const bare = {
      email: null,
      number: null,
      passwordHash: null,
      role: "STUDENT",
      at: at(0),
    } as const;
    const made = [];
    for (const i of times(3, (i) => i)) {
      made.push(await users.create({ ...bare, username: `${tag} ${i}` }));
    }
    const [first] = made;
    assertEquals([present(first).email, present(first).number], [null, null]);
    assertEquals(present(await users.byHandle(`${tag} 0`)).passwordHash, null);
    for (const handle of ["", "null"]) assertEquals(await users.byHandle(handle), null);
    assertEquals((await users.studentsByHandle([""])).size, 0);
  },

  "identify() gives each external id to one user": async (world) => {
    const { users, tag } = world;
    const [ada, bob] = [await world.user("STUDENT"), await world.user("STUDENT")];
    for (const externalId of ["1", "1 ", "É", "é"]) {
      await users.identify(ada.id, { source: tag, externalId });
      await users.identify(ada.id, { source: tag, externalId });
      await refused("external_id_taken", () => users.identify(bob.id, { source: tag, externalId }));
    }
    await users.identify(bob.id, { source: `${tag}.b`, externalId: "1" });
    assertEquals(present(await users.byExternalId({ source: tag, externalId: "1" })).id, ada.id);
    assertEquals(await users.byExternalId({ source: tag, externalId: "2" }), null);
    const race = times(
      6,
      (i) => () => users.identify(i % 2 ? ada.id : bob.id, { source: tag, externalId: "race" }),
    );
    assertEquals(await endings(race), [
      ...times(3, () => "external_id_taken"),
      ...times(3, () => "ok"),
    ]);
  },

  "byId() is null for an unknown id": async ({ users }) => {
    assertEquals(await users.byId(Number.MAX_SAFE_INTEGER), null);
    assertEquals(await users.withHash(Number.MAX_SAFE_INTEGER), null);
  },

  "withHash() and byHandle() carry the hash, byId() and list() don't": async (world) => {
    const { users, tag } = world;
    const { id } = await users.create(input(world, tag, `${tag}@school.example`));
    assertEquals(present(await users.withHash(id)).passwordHash, `hash ${tag}`);
    assertEquals(present(await users.byHandle(tag)).passwordHash, `hash ${tag}`);
    assertFalse("passwordHash" in present(await users.byId(id)));
    assertFalse("passwordHash" in present((await users.list({ search: tag }, PAGE))[0]));
  },

  "byHandle() finds by email and by username in any case": async (world) => {
    const { users, tag } = world;
    const made = await users.create(input(world, `${tag} Ольга`, `Olga.${tag}@School.Example`));
    for (
      const handle of [`${tag} ольга`, `${tag.toUpperCase()} ОЛЬГА`, `OLGA.${tag}@school.EXAMPLE`]
    ) {
      assertEquals(present(await users.byHandle(handle)).id, made.id, handle);
    }
  },

  "byHandle() finds deactivated users and is null for unknown handles": async (world) => {
    const { users, tag } = world;
    const made = await users.create(input(world, tag, `${tag}@school.example`));
    await users.update(made.id, { active: false });
    assertFalse(present(await users.byHandle(tag)).active);
    for (const handle of ["", `${tag}%`, `${tag}x`, `' OR 1=1 --${tag}`]) {
      assertEquals(await users.byHandle(handle), null, handle);
    }
  },

  "byHandle() takes an email before a username": async (world) => {
    const email = `${world.tag}@school.example`;
    const impostor = await world.user("STUDENT", { username: email });
    assertEquals(present(await world.users.byHandle(email)).id, impostor.id);
    const owner = await world.user("STUDENT", { email });
    assertEquals(present(await world.users.byHandle(email)).id, owner.id);
  },

  "studentsByHandle() finds active students only, keyed by handleKey": async (world) => {
    const { users, tag } = world;
    const ada = await world.user("STUDENT", { username: `${tag} ADA` });
    const bob = await world.user("STUDENT", {
      username: `${tag} Bob`,
      email: `BOB.${tag}@x.example`,
    });
    const gone = await world.user("STUDENT");
    await users.update(gone.id, { active: false });
    const teacher = await world.user("TEACHER");
    const asked = [
      `${tag} ada`,
      `${tag} ada`,
      bob.username.toUpperCase(),
      bob.email,
      gone.email,
      teacher.username,
      `${tag} nobody`,
      "",
    ];
    const found = await users.studentsByHandle(asked);
    assertEquals(
      new Map([...found].map(([handle, { id }]) => [handle, id])),
      new Map([
        [handleKey(ada.username), ada.id],
        [handleKey(bob.username), bob.id],
        [handleKey(bob.email), bob.id],
      ]),
    );
    assertFalse("passwordHash" in present(found.get(handleKey(bob.email))));
    assertEquals((await users.studentsByHandle([])).size, 0);
  },

  "studentsByHandle() means the same user as byHandle()": async (world) => {
    const { users, tag } = world;
    const [mine, theirs, left] = times(3, (i) => `${tag}.${i}@school.example`);
    for (const email of [mine, theirs, left]) {
      await world.user("STUDENT", { username: present(email) });
    }
    const owner = await world.user("STUDENT", { email: present(mine) });
    await world.user("TEACHER", { email: present(theirs) });
    const gone = await world.user("STUDENT", { email: present(left) });
    await users.update(gone.id, { active: false });
    const found = await users.studentsByHandle([present(mine), present(theirs), present(left)]);
    assertEquals([...found].map(([handle, { id }]) => [handle, id]), [[present(mine), owner.id]]);
  },

  "studentsByHandle() takes thousands of handles": async (world) => {
    const [first, last] = await world.students(2);
    const asked = [
      present(first).email,
      ...times(5000, (i) => `${world.tag}.${i}@nowhere.example`),
      present(last).username,
    ];
    assertEquals((await world.users.studentsByHandle(asked)).size, 2);
  },

  "list() filters by role and by active": async (world) => {
    const { users, tag: search } = world;
    const [ada, bob] = await world.students(2);
    const teacher = await world.user("TEACHER");
    await users.update(present(bob).id, { active: false });
    const found = async (filter: Parameters<typeof users.list>[0]) =>
      ids(await users.list({ search, ...filter }, PAGE));
    const [adaId, bobId] = [present(ada).id, present(bob).id];
    assertEquals(await found({}), [adaId, bobId, teacher.id].toSorted((a, b) => a - b));
    assertEquals(await found({ role: "STUDENT" }), [adaId, bobId].toSorted((a, b) => a - b));
    assertEquals(await found({ role: "STUDENT", active: true }), [adaId]);
    assertEquals(await found({ active: false }), [bobId]);
    assertEquals(await found({ role: "ADMIN" }), []);
  },

  "list() searches names, emails and numbers, whatever case and accents": async (world) => {
    const { users, tag } = world;
    const names = {
      name: `${tag} Antonín Dvořák`,
      number: `${tag}-Ä7`,
      email: `Á.${tag}@x.example`,
    };
    const made = await world.user("STUDENT", names);
    const arabic = await world.user("STUDENT", { name: `${tag} مُحَمَّد علي` });
    const hindi = await world.user("STUDENT", { name: `${tag} कि` });
    await world.user("STUDENT", { name: `${tag} की` });
    const found = async (search: string) => ids(await users.list({ search }, PAGE));
    for (const search of [`${tag} antonin dvorak`, `${tag} ANTONÍN DVO`, `${tag}-a7`]) {
      assertEquals(await found(search), [made.id], search);
    }
    assertEquals(await found(`a.${tag}@X`), [made.id]);
    assertEquals(await found(`${tag} محمد`), [arabic.id]);
    assertEquals(await found(`${tag} कि`), [hindi.id]);
    // A search finds nothing that begins in one field and ends in the next.
    assertEquals(await found(`dvorak\n${made.username}`), []);
  },

  "list() takes a search key of any length": async (world) => {
    const { users, tag } = world;
    const name = `${tag} ${"ﷺ".repeat(180)}`;
    const { id } = await world.user("STUDENT", { name });
    const found = async (search: string) => ids(await users.list({ search }, PAGE));
    assertEquals(await found(name), [id]);
    for (const length of [900, 4_100, 60_000]) {
      assertEquals(await found(tag + "x".repeat(length)), []);
    }
  },

  "list() searches part of username or email, whatever the case": async (world) => {
    const { users, tag } = world;
    const olga = await world.user("STUDENT", { username: `${tag} ОЛЬГА` });
    const zoe = await world.user("STUDENT", { email: `ZOË.${tag}.x@school.example` });
    for (
      const [search, id] of [[`${tag} оль`, olga.id], [
        `zoë.${tag.toUpperCase()}.`,
        zoe.id,
      ]] as const
    ) {
      assertEquals(ids(await users.list({ search }, PAGE)), [id], search);
    }
    assertEquals((await users.list({ search: "" }, { limit: 2, after: null })).length, 2);
  },

  "list() takes the search literally": async (world) => {
    const { users, tag } = world;
    const odd = ["%", "_", "[a-z]", "\\", "'", '"', "*", "?", "^"];
    const made = new Map<string, number>();
    for (const text of odd) {
      made.set(text, (await world.user("STUDENT", { username: `${tag}<${text}>` })).id);
    }
    await world.user("STUDENT", { username: `${tag}<b>` });
    for (const [text, id] of made) {
      assertEquals(ids(await users.list({ search: `${tag}<${text}>` }, PAGE)), [id], text);
    }
  },

  "list() pages by sort name, then id": async (world) => {
    const { users, tag: search } = world;
    const people = [
      { name: "Zoë", sortName: `${search} Zöe` },
      { name: `${search} Émile` },
      { name: `${search} emil` },
      { name: "A", sortName: `${search} Müller, Anna` },
      { username: `${search} zoe` },
      { name: `${search} Müller, Anna` },
      { name: `${search} Zoe` },
    ];
    const made: number[] = [];
    for (const person of people) made.push((await world.user("STUDENT", person)).id);
    const all = [2, 1, 3, 5, 4, 6, 0].map((place) => made[place]);
    const seen: number[] = [];
    for (let after: number | null = null, page = 0; page < 4; page++) {
      const found: number[] = ids(await users.list({ search }, { limit: 3, after }));
      assertEquals(found.length, [3, 3, 1, 0][page]);
      seen.push(...found);
      after = found.at(-1) ?? after;
    }
    assertEquals(seen, all);
  },
};
