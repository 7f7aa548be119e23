/**
 * Marks that were acknowledged, and lost with Redis, and whose session was closed on another instance
 * before this one could bring them back: history is corrected with them, and its trail says so.
 */
import { z } from "zod";
import { status } from "../../kernel/status.ts";
import { AppError } from "../../kernel/errors.ts";
import type { HistoryStore, StoredChange, StoredRecord } from "../../records/store.ts";
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

/** Lines of the trail in one reading. */
const PAGE = 1_000;

const REASON = "Marked before the end of the session; added after an outage";

/** Whether history holds something older in the mark's place. */
function isMissing(mark: Mark, record: StoredRecord): boolean {
  const wasCorrected = record.updatedAt !== record.createdAt;
  const wasUnmarked = record.status === "absent" && record.markedAt === record.createdAt;
  // A correction is later than any mark, unless another instance added one of its own this way.
  const since = wasCorrected ? record.updatedAt : wasUnmarked ? "" : record.markedAt;
  return mark.status !== record.status && since < mark.markedAt;
}

const lineOf = (studentId: number, to: string, by: number, at: string): string =>
  [studentId, to, by, at].join(" ");

/** What was in the session when it closed, and what was added like this. */
async function trailOf(
  history: Pick<HistoryStore, "changes">,
  sessionId: string,
): Promise<ReadonlySet<string>> {
  const lines = new Set<string>();
  for (let after: number | null = null;;) {
    const page: readonly StoredChange[] = await history.changes(sessionId, { limit: PAGE, after });
    for (const { studentId, to, by, at } of page) lines.add(lineOf(studentId, to, by ?? 0, at));
    const last = page.at(-1);
    if (!last || page.length < PAGE) return lines;
    after = last.id;
  }
}

/** @param changes of this session, which is in history or was cancelled */
export async function addLateMarks(
  history: Pick<HistoryStore, "recordsOf" | "changes" | "correct">,
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
  const missing = records.flatMap((record) => {
    const mark = latest.get(record.student.id);
    return mark && isMissing(mark, record) ? [mark] : [];
  });
  if (missing.length === 0) return;
  const trail = await trailOf(history, sessionId);
  for (const { studentId, status, markedBy: by, markedAt: at } of missing) {
    // Whatever the clocks say, another mark came after it.
    if (trail.has(lineOf(studentId, status, by, at))) continue;
    try {
      await history.correct({ classId, sessionId, studentId, status, reason: REASON, by, at });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "record_not_found") throw error;
    }
  }
}
