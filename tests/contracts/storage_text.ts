import { assert, assertEquals } from "@std/assert";
import { className } from "../../src/classes/schema.ts";
import { CHARACTERS, unitsOf } from "../../src/kernel/text.ts";
import { personName, personNumber, username } from "../../src/accounts/schema.ts";
import { correctionBody } from "../../src/records/schema.ts";
import { markInput, startBody } from "../../src/sessions/schema.ts";
import {
  at,
  closedSession,
  type ContractTests,
  ids,
  present,
  type World,
} from "./storage_world.ts";

/** A text of so many characters, of two units each, that no other test uses. */
const astral = ({ tag }: World, characters: number): string =>
  [...tag].map((char) => String.fromCodePoint(0x1f300 + char.charCodeAt(0))).join("")
    .padEnd(unitsOf(characters), "𝒳").slice(0, unitsOf(characters));

/** What the edge makes of the longest text that it takes; one character more must be refused. */
function longest<T>(
  world: World,
  characters: number,
  schema: { safeParse(value: unknown): { readonly success: boolean; readonly data?: T } },
  wrap: (text: string) => unknown = (text) => text,
): T {
  const text = astral(world, characters);
  assertEquals([...text].length, characters);
  assert(!schema.safeParse(wrap(`${text}x`)).success, `${characters + 1} characters`);
  const { success, data } = schema.safeParse(wrap(text));
  assert(success && data !== undefined, `${characters} characters`);
  return data;
}

export const textTests: ContractTests = {
  "a user's longest texts are stored, found and sorted": async (world) => {
    const { users } = world;
    const person = {
      username: longest(world, CHARACTERS.username, username),
      name: longest(world, CHARACTERS.name, personName),
      sortName: longest(world, CHARACTERS.name, personName),
      number: longest(world, CHARACTERS.number, personNumber),
      email: astral(world, CHARACTERS.email),
    };
    const made = await world.user("STUDENT", person);
    const stored = present(await users.byId(made.id));
    const { username: _, name, sortName, number, email } = stored;
    assertEquals({ username: stored.username, name, sortName, number, email }, person);
    for (const handle of [person.username, person.email]) {
      assertEquals(present(await users.byHandle(handle)).id, made.id);
      assertEquals(ids([...(await users.studentsByHandle([handle])).values()]), [made.id]);
    }
    for (const search of [name, sortName, present(number), person.email]) {
      const page = { limit: 5, after: null };
      assertEquals(ids(await users.list({ search: present(search) }, page)), [made.id]);
    }
    const other = await world.user("STUDENT");
    const next = { username: `${person.username.slice(2)}x`, name: `${person.name.slice(2)}x` };
    assertEquals((await users.update(other.id, next)).name, next.name);
    const external = {
      source: astral(world, CHARACTERS.externalSource),
      externalId: astral(world, CHARACTERS.externalId),
    };
    await users.identify(made.id, external);
    assertEquals(present(await users.byExternalId(external)).id, made.id);
  },

  "a class's longest name is stored and found": async (world) => {
    const { classes } = world;
    const teacher = await world.user("TEACHER");
    const name = longest(world, CHARACTERS.className, className);
    const { id } = await classes.create({ teacherId: teacher.id, name, at: at(0) });
    const actor = { userId: teacher.id, role: teacher.role };
    assertEquals(ids(await classes.visibleByName(actor, name, at(0))), [id]);
    const other = await classes.create({ teacherId: teacher.id, name: "x", at: at(0) });
    await classes.update(id, { name: `${name.slice(2)}x`, at: at(1) });
    assertEquals((await classes.update(other.id, { name, at: at(1) })).name, name);
  },

  "what a mark may say, a session saves": async (world) => {
    const { history } = world;
    const { klass, students } = await world.full(1);
    const { id: studentId } = present(students[0]);
    const marked = longest(world, CHARACTERS.note, markInput, (note) => (
      { studentId, status: "late", note }
    ));
    const started = longest(world, CHARACTERS.title, startBody, (title) => (
      { class_id: klass.id, title }
    ));
    const corrected = longest(world, CHARACTERS.reason, correctionBody, (reason) => (
      { status: "excused", reason }
    ));
    const code = astral(world, CHARACTERS.code);
    const plain = closedSession(klass, [[present(students[0]), "late"]]);
    const closed = {
      ...plain,
      options: { title: started.title },
      records: plain.records.map((record) => ({ ...record, note: marked.note, code })),
    };
    assertEquals<unknown>((await history.saveSession(closed)).options, { title: started.title });
    const { sessionId } = closed;
    const [record] = present((await history.recordsOf([sessionId])).get(sessionId));
    assertEquals([present(record).note, present(record).code], [marked.note, code]);
    const { reason, status } = corrected;
    const by = klass.teacherId;
    const fixed = { classId: klass.id, sessionId, studentId, status, reason, code, by, at: at(90) };
    assertEquals((await history.correct(fixed)).code, code);
    const trail = await history.changes(sessionId, { limit: 10, after: null });
    assertEquals(trail.at(-1)?.reason, reason);
  },

  "the school's longest texts are stored": async (world) => {
    const { schools, history } = world;
    const [before, codes] = [await schools.school(), await history.codes()];
    try {
      const name = astral(world, CHARACTERS.schoolName);
      assertEquals((await schools.updateSchool({ name })).name, name);
      const code = {
        code: astral(world, CHARACTERS.code),
        status: "late" as const,
        meaning: astral(world, CHARACTERS.codeMeaning),
      };
      await history.setCodes([code]);
      assertEquals(await history.codes(), [code]);
    } finally {
      await schools.updateSchool(before);
      await history.setCodes(codes);
    }
  },
};
