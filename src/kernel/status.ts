/** The words of attendance and how they are counted. */
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

/** What a change can make of a student: a mark may also be taken away. */
export const CHANGED_TO = [...STATUSES, "unmarked"] as const;
export type ChangedTo = (typeof CHANGED_TO)[number];

/** Where a mark or a change came from. */
export const SOURCES = [
  "socket",
  "http",
  "code",
  "undo",
  "close",
  "automatic",
  "import",
  "correction",
] as const;
export type Source = (typeof SOURCES)[number];

/** How often each status occurs. */
export function countStatuses(statuses: Iterable<Status>): Record<Status, number> {
  const counts = { present: 0, absent: 0, late: 0, excused: 0 };
  for (const status of statuses) counts[status]++;
  return counts;
}

export const totalOf = (counts: Counts): number =>
  STATUSES.reduce((sum, status) => sum + counts[status], 0);
