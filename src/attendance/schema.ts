import { z } from "zod";
import { idInput, line } from "../users/schema.ts";

export const STATUSES = ["present", "absent", "late", "excused"] as const;
export const status = z.enum(STATUSES, "must be one of: present, absent, late, excused");
export type Status = z.infer<typeof status>;

export type Counts = Readonly<Record<Status, number>>;

/** How many of each status, `total` marked so far, and `enrolled` on the class list. */
export interface Summary extends Counts {
  readonly total: number;
  readonly enrolled: number;
}

/** Who in the room sees each mark: staff and the marked student, or everyone. */
export const markVisibility = z.enum(["staff", "class"]).meta({
  description:
    "Who in the room sees each mark: `staff` (and the marked student) or the whole class",
});
export type MarkVisibility = z.infer<typeof markVisibility>;

/** Where a change of a record came from. */
export const SOURCES = ["socket", "http", "close", "correction"] as const;
export type Source = (typeof SOURCES)[number];

/** Marks in one request. */
export const MAX_MARKS = 5000;

/** A remark on a mark; blank and absent are both null. */
const note = line(0, 500).nullish().transform((text) => text || null).meta({
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
  title: line(0, 200).nullish().meta({ description: "What the session is about" }),
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

export const correctionBody = z.object({
  status,
  reason: line(1, 500).meta({ description: "Why; kept in the trail" }),
});

/** The id of a session in a path, in either case. */
export const sessionIdParam = z.guid("must be a UUID").toLowerCase()
  .meta({ description: "Id of the session" });
