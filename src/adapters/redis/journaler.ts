/** Keeps the journal up with what happens, in the background. */
import type { JournalStore } from "../../sessions/journal.ts";
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
  const working = new Map<number, Promise<void>>();
  /** Classes whose writing failed, and how long each waits before the next try: others go on. */
  const delays = new Map<number, number>();
  const retries = new Map<number, ReturnType<typeof setTimeout>>();
  let timer: ReturnType<typeof setTimeout> | undefined;
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

  async function write(classId: number): Promise<void> {
    try {
      await save(classId);
      delays.delete(classId);
    } catch (error) {
      if (delays.size === 0) onError(error);
      retry(classId);
    }
  }

  function retry(classId: number): void {
    if (closed) return void waiting.add(classId);
    const delayMs = Math.min(2 * (delays.get(classId) ?? COLLECT_MS), MAX_BACKOFF_MS);
    delays.set(classId, delayMs);
    const again = () => {
      retries.delete(classId);
      noticed(classId);
    };
    retries.set(classId, setTimeout(again, delayMs));
  }

  function begin(): void {
    timer = undefined;
    if (mayWork()) {
      for (const classId of waiting) {
        if (working.size >= PARALLEL) break;
        if (working.has(classId)) continue;
        waiting.delete(classId);
        working.set(classId, write(classId).finally(() => working.delete(classId)));
      }
    }
    schedule();
  }

  function schedule(): void {
    if (closed || timer !== undefined || waiting.size === 0) return;
    timer = setTimeout(begin, COLLECT_MS);
  }

  function noticed(classId: number): void {
    if (retries.has(classId)) return;
    waiting.add(classId);
    schedule();
  }

  let searching: Promise<void> | null = null;
  const search = setInterval(() => {
    if (searching || !mayWork()) return;
    // What keeps it from looking is told by who needs it more.
    searching = recovery.all().catch(() => {}).finally(() => searching = null);
  }, SEARCH_MS);

  return {
    noticed,
    async close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(search);
      for (const [classId, retrying] of retries) {
        clearTimeout(retrying);
        waiting.add(classId);
      }
      await Promise.allSettled([...working.values(), searching]);
      if (mayWork()) await Promise.all([...waiting].map(write));
    },
  };
}
