import { z } from "zod";

/** Who in the room sees each mark: staff and the marked student, or everyone. */
export const markVisibility = z.enum(["staff", "class"]).meta({
  description:
    "Who in the room sees each mark: `staff` (and the marked student) or the whole class",
});
export type MarkVisibility = z.infer<typeof markVisibility>;
