import { z } from "zod";
import { sessionView } from "../attendance/history.ts";
import { markVisibility } from "../attendance/schema.ts";
import { idInput, idNumber, line, user } from "../users/schema.ts";

/** `.` and `..` are no names: no URL can hold them as a path segment. */
export const className = line(1, 255).refine(
  (name) => name !== "." && name !== "..",
  'must not be "." or ".."',
);

export const classView = z.object({
  id: idNumber,
  class_name: z.string(),
  teacher: user,
  students: z.array(user).meta({ description: "Enrolled, by username" }),
  student_count: z.int().min(0),
  mark_visibility: markVisibility,
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
}).meta({ id: "Class" });
export type ClassView = z.infer<typeof classView>;

export const classDetailView = classView.extend({
  total_sessions: z.int().min(0).meta({ description: "Closed sessions so far" }),
  sessions: z.array(sessionView).meta({ description: "Newest first" }),
}).meta({ id: "ClassDetail" });
export type ClassDetailView = z.infer<typeof classDetailView>;

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

/** Rows of one import. */
export const MAX_IMPORT_ROWS = 20_000;

const handles = z.array(line(1, 254)).max(
  MAX_IMPORT_ROWS,
  `must hold at most ${MAX_IMPORT_ROWS} students`,
);

const NO_IMPORT = "must be a list of emails and usernames, alone or under students";

/**
 * Emails or usernames, as a list or under `students`. Both are checked right here, so that a list
 * that is too long is refused before its rows are looked at.
 */
export const importBody = z.union([handles, z.object({ students: handles })], {
  error: ({ code, errors }) =>
    code === "invalid_union"
      ? errors.flat().find((issue) => issue.code === "too_big")?.message ?? NO_IMPORT
      : NO_IMPORT,
}).transform((body) => Array.isArray(body) ? body : body.students);

export const importResult = z.object({
  added: z.int().min(0).meta({ description: "Newly enrolled" }),
  already: z.int().min(0).meta({ description: "Were enrolled before" }),
  unknown: z.array(z.string()).meta({
    description: "As given: no active student has this email or username",
  }),
}).meta({ id: "ImportResult" });
export type ImportResult = z.infer<typeof importResult>;
