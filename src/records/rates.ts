/** How a rate of attendance is made: pure functions, no I/O. */
import type { Counts } from "../kernel/status.ts";

/**
 * The share of sessions attended, 0–1 to four digits: present and late over those and absent.
 * Excused sessions don't count either way. Null where no session counts.
 */
export function attendanceRate(counts: Counts): number | null {
  const attended = counts.present + counts.late;
  const counted = attended + counts.absent;
  return counted === 0 ? null : Math.round((attended / counted) * 10_000) / 10_000;
}
