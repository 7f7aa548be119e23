/** What the documentation shows; checked against the schemas like every answer. */
import { STUDENT, TEACHER } from "../accounts/examples.ts";
import type { ClassView } from "./schema.ts";

export const CLASS: ClassView = {
  id: 3,
  class_name: "Mathematics 7b",
  teacher: TEACHER,
  students: [STUDENT],
  student_count: 1,
  mark_visibility: "staff",
  created_at: "2026-09-01T07:00:00.000Z",
  updated_at: "2026-09-01T07:00:00.000Z",
};
