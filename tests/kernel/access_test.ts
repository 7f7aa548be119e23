import { assertEquals } from "@std/assert";
import { ACCESS, type Access, classAllows, roleAllows } from "../../src/kernel/access.ts";
import { type Role, ROLES } from "../../src/kernel/actor.ts";

const OWN = 7;
const facts = { teacherId: OWN, enrolled: false };

/** Whose role is enough, or may be, where the class decides. */
const ROLES_OF: Readonly<Record<Access, readonly Role[]>> = {
  anyone: ROLES,
  signed_in: ROLES,
  teacher_or_admin: ["ADMIN", "TEACHER"],
  admin: ["ADMIN"],
  class_staff: ["ADMIN", "TEACHER"],
  class_member: ROLES,
  class_student: ["STUDENT"],
};

Deno.test("roleAllows() lets in the roles of each rule, and no other", () => {
  for (const access of ACCESS) {
    const allowed = ROLES.filter((role) => roleAllows(access, { userId: OWN, role }));
    assertEquals([access, allowed], [access, ROLES_OF[access]]);
  }
});

Deno.test("classAllows() lets in the class's own teacher, its students and admins", () => {
  const people = {
    admin: [{ userId: 1, role: "ADMIN" }, facts],
    teacher: [{ userId: OWN, role: "TEACHER" }, facts],
    "another teacher": [{ userId: 8, role: "TEACHER" }, facts],
    student: [{ userId: 9, role: "STUDENT" }, { ...facts, enrolled: true }],
    "another student": [{ userId: 10, role: "STUDENT" }, facts],
    // Roles change: what counts is the one of now.
    "a student who was its teacher": [{ userId: OWN, role: "STUDENT" }, facts],
    "a teacher who was enrolled": [{ userId: 8, role: "TEACHER" }, { ...facts, enrolled: true }],
  } as const;
  const whom = (access: "class_staff" | "class_member" | "class_student") =>
    Object.entries(people).filter(([, [actor, of]]) => classAllows(access, actor, of))
      .map(([name]) => name);
  assertEquals(whom("class_staff"), ["admin", "teacher"]);
  assertEquals(whom("class_member"), ["admin", "teacher", "student"]);
  assertEquals(whom("class_student"), ["student"]);
});
