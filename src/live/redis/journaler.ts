/** Keeps the journal up with what happens, in the background. */
import type { JournalStore } from "../../storage/storage.ts";
import type { Recovery } from "./recovery.ts";
import type { Run } from "./runner.ts";
import { copyTail } from "./tail.ts";
import type { Unsaved } from "./unsaved.ts";

export interface Journaler {
  /** Something happened in this class that is not in the journal. */
  noticed(classId: number): void;
  /** One try at everything that waits, and the end. */
  close(): Promise<void>;
}

/** Milliseconds that marks are collected for one writing. */
const COLLECT_MS = 250;
const MAX_BACKOFF_MS = 4_000;
/** How often to look for what instances that died have left. */
const SEARCH_MS = 5_000;
const PARALLEL = 4;

/** @param mayWork whether Redis is there, and whole */
export function createJournaler(
  { run, journal, unsaved, recovery, mayWork, onError }: {
    run: Run;
    journal: JournalStore;
    unsaved: Unsaved;
    recovery: Recovery;
    mayWork: () => boolean;
    onError: (error: unknown) => void;
  },
): Journaler {
  const waiting = new Set<number>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<void> | null = null;
  let backoffMs = COLLECT_MS;
  let closed = false;

  async function save(classId: number): Promise<void> {
    const before = unsaved.of(classId);
    const copied = await copyTail(classId, { run, journal, unsaved });
    const after = new Set(unsaved.of(classId));
    const stray = before.some((change) =>
      after.has(change) &&
      (change.sessionId !== copied?.sessionId || change.epoch !== copied.epoch)
    );
    if (stray || (copied && copied.outcome !== "stored")) await recovery.one(classId);
  }

  async function write(): Promise<void> {
    const classes = [...waiting];
    waiting.clear();
    const left = classes.values();
    const failures: unknown[] = [];
    await Promise.all(Array.from({ length: PARALLEL }, async () => {
      for (const classId of left) {
        await save(classId).catch((error) => {
          failures.push(error);
          waiting.add(classId);
        });
      }
    }));
    if (failures.length > 0 && backoffMs === COLLECT_MS) onError(failures[0]);
    backoffMs = failures.length > 0 ? Math.min(2 * backoffMs, MAX_BACKOFF_MS) : COLLECT_MS;
  }

  function schedule(): void {
    if (closed || timer !== undefined || writing || waiting.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (!mayWork()) return schedule();
      writing = write().finally(() => {
        writing = null;
        schedule();
      });
    }, backoffMs);
  }

  let searching: Promise<void> | null = null;
  const search = setInterval(() => {
    if (searching || !mayWork()) return;
    // What keeps it from looking is told by who needs it more.
    searching = recovery.all().catch(() => {}).finally(() => searching = null);
  }, SEARCH_MS);

  return {
    noticed(classId) {
      waiting.add(classId);
      schedule();
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(search);
      await Promise.allSettled([writing, searching]);
      if (waiting.size > 0 && mayWork()) await write();
    },
  };
}
