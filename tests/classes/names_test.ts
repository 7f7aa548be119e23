import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { className } from "../../src/classes/schema.ts";
import { withSchool } from "../support/school.ts";

const NAMES = [
  "Maths 1.0",
  "a/b",
  "100%",
  "%2F",
  "50%/2.",
  "...",
  "Ελληνικά",
  "数学 7年",
  "e\u0301te\u0301",
  "👩‍🏫 form",
  `"quoted" & 'single'`,
  "a?b#c",
  "semi;colon",
  "plus+plus",
  "back\\slash",
  "session",
  "Robert'); DROP TABLE classes;--",
  "x".repeat(255),
];

Deno.test("get-class finds a class by whatever name it has", async () => {
  await withSchool(async ({ call, teacher }) => {
    for (const name of NAMES) {
      const made = await call(teacher, "POST", "/api/class/create_class/", { class_name: name });
      assertEquals(made.status, 201, name);
      assertEquals(made.body.data.class_name, name.normalize("NFC"));
      const path = `/api/class/get-class/${encodeURIComponent(name)}`;
      for (const url of [`${path}/`, path]) {
        const found = await call(teacher, "GET", url);
        assertEquals([found.status, found.body.data?.id], [200, made.body.data.id], name);
      }
    }
  });
});

Deno.test("get-class finds a class by any name that create_class takes", async () => {
  await withSchool(async ({ call, teacher }) => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).filter((text) =>
      className.safeParse(text).success
    );
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(name, async (given) => {
        const made = await call(teacher, "POST", "/api/class/create_class/", { class_name: given });
        const key = className.parse(given);
        assertEquals(made.status, seen.has(key) ? 409 : 201);
        seen.add(key);
        const found = await call(
          teacher,
          "GET",
          `/api/class/get-class/${encodeURIComponent(key)}/`,
        );
        assertEquals(found.body.data.class_name, key);
      }),
      { numRuns: 60 },
    );
  });
});

Deno.test("className refuses what no URL can hold, and what is too long", () => {
  for (const name of ["", "   ", "x".repeat(256), ".", "..", "a\nb"]) {
    assertEquals([name, className.safeParse(name).success], [name, false]);
  }
});

Deno.test("a name is unique per teacher, also after NFC, and free again once archived", async () => {
  await withSchool(async ({ call, teacher, rival, classId }) => {
    const create = (actor: typeof teacher, name: string) =>
      call(actor, "POST", "/api/class/create_class/", { class_name: name });
    assertEquals((await create(teacher, " Maths ")).body.code, "class_name_taken");
    assertEquals((await create(rival, "Maths")).status, 201);
    assertEquals((await create(teacher, "\u00c5")).status, 201);
    assertEquals((await create(teacher, "A\u030a")).status, 409);
    assertEquals((await call(teacher, "DELETE", `/api/class/${classId}/`)).status, 204);
    assertEquals((await create(teacher, "Maths")).status, 201);
  });
});

Deno.test("get-class names the ids where the caller sees several classes of that name", async () => {
  await withSchool(async ({ call, admin, rival, classId, student, classes, stranger }) => {
    const other = await classes.create(rival, { name: "Maths", teacherId: undefined });
    await classes.addStudent(rival, other.id, student(0).userId);
    for (const actor of [admin, student(0)]) {
      const { status, body } = await call(actor, "GET", "/api/class/get-class/Maths/");
      assertEquals([status, body.code], [409, "class_name_ambiguous"]);
      assertStringIncludes(body.detail, `${classId}, ${other.id}`);
      assertEquals(body.class_ids, [classId, other.id]);
    }
    assertEquals(
      (await call(student(1), "GET", "/api/class/get-class/Maths/")).body.data.id,
      classId,
    );
    assertEquals((await call(rival, "GET", "/api/class/get-class/Maths/")).body.data.id, other.id);
    assertEquals((await call(stranger, "GET", "/api/class/get-class/Maths/")).status, 404);
  });
});
