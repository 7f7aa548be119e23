/** Every text at its limit, in characters that take two UTF-16 units each, through the public surface. */
import { assertEquals } from "@std/assert";
import { CHARACTERS } from "../../src/kernel/text.ts";
import { onStage, PASSWORD, type Stage } from "./stage.ts";

/** Beyond the first plane: one code point, two UTF-16 units, four bytes. */
const CHARACTER = "𝒳";
const atLimit = (characters: number) => CHARACTER.repeat(characters);
const over = (characters: number) => CHARACTER.repeat(characters + 1);

const isRefused = async (stage: Stage, method: string, path: string, body: unknown) => {
  const token = stage.people.admin.token;
  const before = stage.dump();
  const refused = await stage.api.expect(400, method, path, { token, body });
  assertEquals(refused.body.code, "invalid_request");
  assertEquals(stage.dump(), before);
};

Deno.test("a person whose texts are as long as they may be is stored and found", async () => {
  await onStage(async (stage) => {
    const { admin } = stage.people;
    const email = "long@school.example";
    const person = {
      username: atLimit(CHARACTERS.username),
      name: atLimit(CHARACTERS.name),
      sort_name: atLimit(CHARACTERS.name),
      number: atLimit(CHARACTERS.number),
    };
    const body = { ...person, email, password: PASSWORD, role: "STUDENT" };
    const { body: made } = await stage.as(admin, 201, "POST", "/api/users/", { body });
    const { body: shown } = await stage.as(admin, 200, "GET", `/api/users/${made.data.id}/`);
    for (const [field, text] of Object.entries(person)) assertEquals(shown.data[field], text);
    const search = encodeURIComponent(person.name.slice(0, 2 * 100));
    const { body: found } = await stage.as(admin, 200, "GET", `/api/students/?search=${search}`);
    assertEquals(found.data.map(({ id }: { id: number }) => id), [made.data.id]);
    const limits = {
      username: CHARACTERS.username,
      name: CHARACTERS.name,
      sort_name: CHARACTERS.name,
      number: CHARACTERS.number,
    };
    for (const [field, limit] of Object.entries(limits)) {
      await isRefused(stage, "PATCH", `/api/users/${made.data.id}/`, { [field]: over(limit) });
    }
  });
});

Deno.test("a session whose texts are as long as they may be is closed, shown and corrected", async () => {
  await onStage(async (stage) => {
    const { teacher, student, classmate } = stage.people;
    const { id } = await stage.newClass({ name: atLimit(CHARACTERS.className) });
    const at = `/api/class/${id}`;
    await isRefused(stage, "PATCH", `${at}/`, { class_name: over(CHARACTERS.className) });

    const start = { class_id: id, title: atLimit(CHARACTERS.title) };
    await isRefused(stage, "POST", "/api/class/start-attendance/", {
      ...start,
      title: over(CHARACTERS.title),
    });
    await stage.as(teacher, 200, "POST", "/api/class/start-attendance/", { body: start });

    const note = atLimit(CHARACTERS.note);
    const mark = { studentId: student.id, status: "late", note };
    await isRefused(stage, "POST", `${at}/session/marks/`, {
      marks: [{ ...mark, note: over(CHARACTERS.note) }],
    });
    await stage.as(teacher, 200, "POST", `${at}/session/marks/`, { body: { marks: [mark] } });
    const socket = await stage.connect(teacher);
    const marked = await socket.request("ATTENDANCE_MARKED", {
      classId: id,
      studentId: classmate.id,
      status: "present",
      note,
    });
    assertEquals(marked.data.note, note);
    await stage.as(teacher, 200, "POST", `${at}/session/done/`);

    const { body: listed } = await stage.as(teacher, 200, "GET", `${at}/sessions/`);
    const [session] = listed.data;
    assertEquals(session.title, start.title);
    assertEquals(
      session.attendance_records.map((record: { note: string | null }) => record.note),
      [note, note],
    );
    const record = `${at}/sessions/${session.session_id}/records/${student.id}/`;
    await isRefused(stage, "PATCH", record, { status: "present", reason: over(CHARACTERS.reason) });
    const reason = atLimit(CHARACTERS.reason);
    await stage.as(teacher, 200, "PATCH", record, { body: { status: "present", reason } });
    const changes = `${at}/sessions/${session.session_id}/changes/`;
    const { body: trail } = await stage.as(teacher, 200, "GET", changes);
    assertEquals(trail.data.at(-1).reason, reason);
  });
});
