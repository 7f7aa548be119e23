import type { Status } from "../kernel/status.ts";
import type { LiveChange, LiveMark } from "./live_store.ts";

/** A mark in its place, or what takes one back. */
export type StoredMark = Omit<LiveMark, "status"> & { readonly status: LiveChange["to"] };

/** The step of the trail that a stored mark is. @param from the student's status before it */
export const changeOf = (mark: StoredMark, from: Status | null): LiveChange => ({
  studentId: mark.studentId,
  from,
  to: mark.status,
  by: mark.markedBy,
  at: mark.markedAt,
  source: mark.source,
  markId: mark.markId,
  clientTime: mark.clientTime,
  flags: mark.flags,
  seq: mark.seq,
});
