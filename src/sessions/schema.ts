import { z } from "zod";
import { idInput } from "../kernel/ids.ts";
import { status } from "../kernel/status.ts";
import { CHARACTERS, line } from "../kernel/text.ts";

/** Marks in one request. */
export const MAX_MARKS = 5000;

/** A remark on a mark; blank and absent are both null. */
const note = line(0, CHARACTERS.note).nullish().transform((text) => text || null).meta({
  description: "A remark, seen by staff and by the marked student",
});

export const markInput = z.object({ studentId: idInput, status, note });

/** The marks of one change: at least one, no student twice. */
export const marksInput = z.array(markInput).min(1, "must hold at least one mark")
  .max(MAX_MARKS, `must hold at most ${MAX_MARKS} marks`)
  .superRefine((marks, ctx) => {
    const seen = new Set<number>();
    marks.forEach(({ studentId }, index) => {
      if (seen.has(studentId)) {
        ctx.addIssue({
          code: "custom",
          path: [index, "studentId"],
          message: "must not be in the list twice",
        });
      }
      seen.add(studentId);
    });
  });

export const marksBody = z.object({ marks: marksInput });

export const startBody = z.object({
  class_id: idInput.optional(),
  classId: idInput.optional().meta({ description: "The same as `class_id`" }),
  title: line(0, CHARACTERS.title).nullish().meta({ description: "What the session is about" }),
}).transform((body, ctx) => {
  const classId = body.class_id ?? body.classId;
  if (classId === undefined || (body.classId ?? classId) !== classId) {
    ctx.addIssue({
      code: "custom",
      path: ["class_id"],
      message: classId === undefined ? "Class ID required" : "must be the same as classId",
    });
    return z.NEVER;
  }
  return { classId, title: body.title || null };
});
