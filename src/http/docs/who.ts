import type { Access } from "../../kernel/access.ts";

/** Whom each rule lets in, in the documents' words. */
export const WHO: Readonly<Record<Access, string>> = {
  anyone: "anyone, without a token",
  signed_in: "every signed-in user",
  teacher_or_admin: "teachers and administrators",
  admin: "administrators",
  class_staff: "the class's own teacher, and administrators",
  class_member: "the class's own teacher, students enrolled in the class, and administrators",
  class_student: "students enrolled in the class",
};
