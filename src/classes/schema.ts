import { z } from "zod";
import { markVisibility } from "./visibility.ts";
import { idInput, idNumber } from "../kernel/ids.ts";
import { CHARACTERS, line } from "../kernel/text.ts";
import { user } from "../accounts/schema.ts";

/** `.` and `..` are no names: no URL can hold them as a path segment. */
export const className = line(1, CHARACTERS.className).refine(
  (name) => name !== "." && name !== "..",
  'must not be "." or ".."',
);

export const classView = z.object({
  id: idNumber,
  class_name: z.string(),
  teacher: user,
  students: z.array(user).meta({ description: "Enrolled, by sort name" }),
  student_count: z.int().min(0),
  mark_visibility: markVisibility,
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
}).meta({ id: "Class" });
export type ClassView = z.infer<typeof classView>;

const teacherIds = {
  teacher_id: idInput.optional().meta({ description: "Administrators only" }),
  teacherId: idInput.optional().meta({ description: "The same as `teacher_id`" }),
};

/** `teacher_id` or `teacherId`, whichever came; an issue where they differ. */
function teacherOf(
  body: { teacher_id?: number | undefined; teacherId?: number | undefined },
  ctx: z.RefinementCtx,
): number | undefined {
  const teacherId = body.teacher_id ?? body.teacherId;
  if (body.teacherId !== undefined && body.teacherId !== teacherId) {
    ctx.addIssue({
      code: "custom",
      path: ["teacher_id"],
      message: "must be the same as teacherId",
    });
  }
  return teacherId;
}

export const createClassBody = z.object({ class_name: className, ...teacherIds })
  .transform((body, ctx) => ({ name: body.class_name, teacherId: teacherOf(body, ctx) }));
export type CreateClass = z.output<typeof createClassBody>;

export const updateClassBody = z.object({
  class_name: className.optional(),
  mark_visibility: markVisibility.optional(),
  ...teacherIds,
}).transform((body, ctx) => {
  const teacherId = teacherOf(body, ctx);
  if (
    body.class_name === undefined && body.mark_visibility === undefined && teacherId === undefined
  ) {
    ctx.addIssue({
      code: "custom",
      path: [],
      message: "Nothing to change: give class_name, mark_visibility or teacher_id",
    });
  }
  return { name: body.class_name, markVisibility: body.mark_visibility, teacherId };
});
export type UpdateClass = z.output<typeof updateClassBody>;
