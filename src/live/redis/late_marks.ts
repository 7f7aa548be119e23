/**
 * Marks that were acknowledged, and lost with Redis, and whose session was closed on another instance
 * before this one could bring them back: history is corrected with them, and its trail says so.
 */
import { z } from "zod";
import { status } from "../../attendance/schema.ts";
import { AppError } from "../../errors.ts";
import type { HistoryStore, StoredRecord } from "../../storage/storage.ts";
import type { Change } from "./unsaved.ts";

const marked = z.object({
  marks: z.array(z.object({
    studentId: z.number(),
    status,
    markedBy: z.number(),
    markedAt: z.string(),
  })),
});

type Mark = z.infer<typeof marked>["marks"][number];

const REASON = "Marked before the end of the session; added after an outage";

/** Whether history holds something older in the mark's place. */
function isMissing(mark: Mark, record: StoredRecord): boolean {
  const wasCorrected = record.updatedAt !== record.createdAt;
  const wasUnmarked = record.status === "absent" && record.markedAt === record.createdAt;
  return !wasCorrected && mark.status !== record.status &&
    (wasUnmarked || record.markedAt < mark.markedAt);
}

/** @param changes of this session, which is in history or was cancelled */
export async function addLateMarks(
  history: Pick<HistoryStore, "recordsOf" | "correct">,
  { classId, sessionId }: { classId: number; sessionId: string },
  changes: readonly Change[],
): Promise<void> {
  const latest = new Map<number, Mark>();
  for (const { payload } of changes) {
    const { marks } = marked.catch({ marks: [] }).parse(JSON.parse(payload));
    for (const mark of marks) latest.set(mark.studentId, mark);
  }
  if (latest.size === 0) return;
  const records = (await history.recordsOf([sessionId])).get(sessionId) ?? [];
  for (const record of records) {
    const { id: studentId } = record.student;
    const mark = latest.get(studentId);
    if (!mark || !isMissing(mark, record)) continue;
    try {
      await history.correct({
        classId,
        sessionId,
        studentId,
        status: mark.status,
        reason: REASON,
        by: mark.markedBy,
        at: mark.markedAt,
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "record_not_found") throw error;
    }
  }
}
