/**
 * Brings sessions back that Redis has lost, whole or in part. Every restart of the server counts as a
 * loss, for it may have come back empty or from an older file: what it has and the journal lacks was
 * never acknowledged and is thrown away, and the session is built from the journal in a new epoch.
 * Several instances may be at it: the journal gives each epoch to one, and the highest one stays.
 */
import { z } from "zod";
import type { ClassStore } from "../../classes/store.ts";
import { AppError } from "../../kernel/errors.ts";
import type { JournalSession, JournalStore } from "../../sessions/journal.ts";
import type { Connection } from "./connection.ts";
import { rebuild } from "./rebuild.ts";
import type { Names, Run } from "./runner.ts";

/** What is needed of the records' database. */
export interface Records {
  readonly journal: JournalStore;
  readonly classes: Pick<ClassStore, "byId" | "studentsOf">;
}

export interface Recovery {
  /** Looks after every session that the journal or Redis knows. */
  all(): Promise<void>;
  /**
   * Looks after one class's session. Who comes while that is under way waits for it.
   * @param outdated epochs up to this one are not to be believed, even where Redis has them whole
   */
  one(classId: number, outdated?: number): Promise<void>;
  /** Null, or resolves when the class has been looked after. */
  underWay(classId: number): Promise<void> | null;
}

const PARALLEL = 8;
/** Milliseconds that another instance is given to build the session in the epoch it has opened. */
const OTHERS_MS = 2_000;
const LOOK_MS = 25;

const lookReply = z.tuple([z.string(), z.string(), z.number()]).nullable();

export function createRecovery(
  { run, commands, names, records: { journal, classes }, now, sleep, onRebuilt, onError }: {
    run: Run;
    commands: Connection;
    names: Names;
    records: Records;
    now: () => number;
    sleep: (ms: number) => Promise<void>;
    /** The class's session is another one now, or the same in another epoch. */
    onRebuilt: (classId: number) => void;
    onError: (error: unknown) => void;
  },
): Recovery {
  async function look(classId: number) {
    const reply = lookReply.parse(await run("look", classId));
    return reply && { sessionId: reply[0], epoch: Number(reply[1]), whole: reply[2] === 1 };
  }

  /** Builds the session in this epoch, which the journal has given to this instance alone. */
  async function restore({ classId, sessionId, epoch }: JournalSession): Promise<void> {
    // Read after the claim: nothing is added any more to what was before.
    const [payloads, klass, students] = await Promise.all([
      journal.read(sessionId),
      classes.byId(classId),
      classes.studentsOf([classId]),
    ]);
    const rebuilt = rebuild(payloads);
    if (!rebuilt) throw new Error(`Cannot rebuild session ${sessionId}: its journal has no start`);
    const { json, visibility, close, seq, counts, marks } = rebuilt;
    const roster = (students.get(classId) ?? []).map(({ id }) => id);
    // Noted first, as in `start`.
    await commands.sadd(names.active, classId);
    await run(
      "restore",
      classId,
      ...[sessionId, epoch, classId, json, klass?.markVisibility ?? visibility],
      ...[close === null ? "" : JSON.stringify(close), seq],
      ...[counts.present, counts.absent, counts.late, counts.excused, roster.length, marks.size],
      roster,
      [...marks].flat(),
      payloads,
    );
    onRebuilt(classId);
  }

  async function settle(classId: number, outdated: number): Promise<void> {
    for (let until: number | null = null;;) {
      const found = await look(classId);
      const [kept] = await journal.open(classId);
      const isSound = found !== null && found.whole && found.epoch > outdated;
      if (!kept) {
        // A sound one is just being started. Any other is in history, or its start was refused.
        if (!found || isSound) return;
        await run("drop", classId, found.sessionId, found.epoch);
        return onRebuilt(classId);
      }
      if (isSound && kept.sessionId === found.sessionId && kept.epoch === found.epoch) {
        await commands.sadd(names.active, classId);
        return;
      }
      // Another instance has just opened an epoch and builds the session, unless it has died.
      if (until !== null && now() < until) {
        await sleep(LOOK_MS);
        continue;
      }
      const epoch = Math.max(now(), kept.epoch + 1, (found?.epoch ?? 0) + 1);
      if (await journal.claim(kept.sessionId, kept.epoch, epoch) === "stored") {
        await restore({ ...kept, epoch });
        outdated = 0;
      } else until = now() + OTHERS_MS;
    }
  }

  const inHand = new Map<number, Promise<void>>();

  function one(classId: number, outdated = 0): Promise<void> {
    const known = inHand.get(classId);
    if (known) return known;
    const running = settle(classId, outdated).finally(() => inHand.delete(classId));
    inHand.set(classId, running);
    return running;
  }

  return {
    one,
    underWay: (classId) => inHand.get(classId)?.catch(() => {}) ?? null,
    async all() {
      const kept = (await journal.open()).map(({ classId }) => classId);
      const active = (await commands.smembers(names.active)).map(Number);
      const left = new Set([...kept, ...active]).values();
      const failures: unknown[] = [];
      await Promise.all(Array.from({ length: PARALLEL }, async () => {
        for (const classId of left) await one(classId).catch((error) => failures.push(error));
      }));
      const isAway = (error: unknown) => error instanceof AppError && error.status === 503;
      for (const error of failures) if (!isAway(error)) onError(error);
      const away = failures.find(isAway);
      if (away !== undefined) throw away;
    },
  };
}
