/** Puts a session that Redis has lost back from the journal, one instance at a time. */
import type { JournalOutcome, JournalSession, JournalStore } from "../../sessions/journal.ts";
import type { ClassStore } from "../../classes/store.ts";
import type { Connection } from "./connection.ts";
import { createLeases, type Lease } from "./lease.ts";
import { look } from "./look.ts";
import { isStart, makeUpStart, rebuild } from "./rebuild.ts";
import type { Names, Run } from "./runner.ts";

/** Milliseconds that an instance which knows a session's start may stay away. */
const START_MS = 30_000;

export interface Restorer {
  /** Whether a session's start was looked for in vain. */
  lacksStart(sessionId: string): boolean;
  /** Stops looking for it; after a while one is made up. */
  giveUp(sessionId: string): void;
  /** Whether the journal has the session's start, if need be one that is made up. */
  canRestore(session: JournalSession): Promise<boolean>;
  /**
   * Opens a new epoch and builds the session there.
   * @param session in the epoch that the journal is thought to be in
   * @returns null where another instance is at it; `outdated`: it was faster, or the epoch is another
   */
  restore(session: JournalSession): Promise<JournalOutcome | null>;
}

export function createRestorer(
  { run, commands, names, records, now, onRebuilt, onError }: {
    run: Run;
    commands: Connection;
    names: Names;
    records: {
      readonly journal: JournalStore;
      readonly classes: Pick<ClassStore, "byId" | "studentsOf">;
    };
    now: () => number;
    onRebuilt: (classId: number) => void;
    onError: (error: unknown) => void;
  },
): Restorer {
  const { journal, classes } = records;
  const leases = createLeases(run);
  /** Sessions without a start → since when that is known. */
  const startless = new Map<string, number>();

  async function restore(
    { sessionId, classId, epoch: from }: JournalSession,
    { token, hold }: Lease,
  ): Promise<JournalOutcome> {
    const found = await look(run, classId);
    // Another one was faster.
    if (found?.whole) return "outdated";
    const epoch = Math.max(now(), from + 1);
    const claimed = await journal.claim(sessionId, from, epoch);
    if (claimed !== "stored") return claimed;
    await hold();
    // Read after the claim: nothing is added any more to what was before.
    const [payloads, klass, students] = await Promise.all([
      journal.read(sessionId),
      classes.byId(classId),
      classes.studentsOf([classId]),
    ]);
    await hold();
    const rebuilt = rebuild(payloads, epoch);
    if (!rebuilt) return "outdated";
    const roster = students.get(classId) ?? [];
    const { json, visibility, seq, counts, marks, events } = rebuilt;
    const { present, absent, late, excused } = counts;
    // Noted first, as in the verbs.
    await commands.sadd(names.active, classId);
    if (found?.closing) await commands.sadd(names.closing, classId);
    const reply = await run(
      "restore",
      classId,
      ...[token, sessionId, epoch, classId, json, klass?.markVisibility ?? visibility, seq],
      ...[present, absent, late, excused, roster.length, marks.size],
      roster.map(({ id }) => id),
      [...marks].flat(),
      events,
    );
    if (reply !== 1) return "outdated";
    onRebuilt(classId);
    return "stored";
  }

  return {
    lacksStart: (sessionId) => startless.has(sessionId),
    giveUp(sessionId) {
      if (startless.has(sessionId)) return;
      startless.set(sessionId, now());
      onError(new Error(`Cannot rebuild session ${sessionId}: its start is not in the journal`));
    },
    async canRestore(session) {
      const { sessionId } = session;
      const payloads = await journal.read(sessionId);
      if (payloads.some(isStart)) return true;
      const since = startless.get(sessionId);
      if (since === undefined || now() - since < START_MS) return false;
      const klass = await classes.byId(session.classId);
      const payload = klass && makeUpStart(payloads, session, klass);
      return payload !== null &&
        await journal.append(session, [{ place: 0, payload }]) === "stored";
    },
    restore: (session) => leases.holding(session.classId, (lease) => restore(session, lease)),
  };
}
