import { z } from "zod";

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
export const markVisibility = z.enum(["staff", "class"]);
export type MarkVisibility = z.infer<typeof markVisibility>;

/** Where a change of a record came from. */
export const SOURCES = ["socket", "http", "close", "correction"] as const;
export type Source = (typeof SOURCES)[number];
