/**
 * Brings sessions back that Redis has lost, whole or in part. Every restart of the server counts as a
 * loss: what came back goes to the journal with what this instance has in memory, and the session is
 * rebuilt from there in a new epoch. Several instances may be at it; the journal decides whose epoch
 * counts.
 */
import { z } from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { JournalSession, JournalStore } from "../../sessions/journal.ts";
import type { ClassStore } from "../../classes/store.ts";
import type { HistoryStore } from "../../records/store.ts";
import { parseEvent, replayArgs } from "./codec.ts";
import type { Connection } from "./connection.ts";
import { addLateMarks } from "./late_marks.ts";
import { type Look, look } from "./look.ts";
import { createRestorer } from "./restorer.ts";
import type { Names, Run } from "./runner.ts";
import { KEEP_EVENTS_S } from "./scripts.ts";
import { copyTail, pages } from "./tail.ts";
import type { Change, Unsaved } from "./unsaved.ts";

/** What is needed of the records' database. */
export interface Records {
  readonly journal: JournalStore;
  readonly classes: Pick<ClassStore, "byId" | "studentsOf">;
  readonly history: Pick<HistoryStore, "recordsOf" | "changes" | "correct">;
}

export interface Recovery {
  /** Looks after every session that the journal, Redis or this instance knows. */
  all(): Promise<void>;
  /** Looks after one class's sessions. */
  one(classId: number): Promise<void>;
}

const PARALLEL = 8;
/** Milliseconds that others are waited for: who has begun, or who knows more. */
const OTHERS_MS = 2_000;
const LOOK_MS = 50;

const isUnavailable = (error: unknown): boolean =>
  error instanceof AppError && error.status === 503;

/** In the order of their acknowledgement, also where bringing them back was cut off. */
function byAge(a: Change, b: Change): number {
  const [one, other] = [a.since ?? a, b.since ?? b];
  return one.epoch - other.epoch || one.place - other.place;
}

export function createRecovery(
  { run, commands, names, records, unsaved, now, sleep, onRebuilt, onBehind, onError }: {
    run: Run;
    commands: Connection;
    names: Names;
    records: Records;
    unsaved: Unsaved;
    now: () => number;
    sleep: (ms: number) => Promise<void>;
    /** The class's session is another one now, or the same in another epoch. */
    onRebuilt: (classId: number) => void;
    /** Events of the class wait for the journal. */
    onBehind: (classId: number) => void;
    onError: (error: unknown) => void;
  },
): Recovery {
  const { journal, history } = records;
  const restorer = createRestorer({ run, commands, names, records, now, onRebuilt, onError });

  const own = (classId: number, sessionId: string): Change[] =>
    unsaved.of(classId).filter((change) => change.sessionId === sessionId).sort(byAge);

  const epochOf = async (sessionId: string): Promise<number | null> =>
    (await journal.open()).find((one) => one.sessionId === sessionId)?.epoch ?? null;

  /** Adds this instance's changes to the journal; in which epoch it takes them, if any. */
  async function saveOwn(classId: number, sessionId: string): Promise<number | "closed" | null> {
    const epochs = Map.groupBy(own(classId, sessionId), ({ epoch }) => epoch);
    let taken: number | null = null;
    for (const [epoch, changes] of epochs) {
      for (const page of pages(changes)) {
        const outcome = await journal.append({ sessionId, classId, epoch }, page);
        if (outcome === "closed") return outcome;
        if (outcome === "stored") taken = epoch;
        else break;
      }
    }
    return taken;
  }

  /** Marks anew what the rebuilt session lacks of this instance's changes. */
  async function replay(classId: number, { sessionId, epoch }: Look): Promise<void> {
    const older = own(classId, sessionId).filter((change) => change.epoch < epoch);
    if (older.length === 0) return;
    // By what was marked: it may be there in another epoch, brought back before.
    const known = new Set(
      (await journal.read(sessionId)).map((payload) => replayArgs(payload)?.join()),
    );
    for (const change of older) {
      const args = replayArgs(change.payload);
      const payload = args && !known.has(args.join()) &&
        z.string().nullable().parse(await run("replay", classId, args));
      if (payload) {
        const { epoch, place } = parseEvent(payload).at;
        const since = change.since ?? { epoch: change.epoch, place: change.place };
        unsaved.add({ sessionId, classId, epoch, place, since, payload });
        onBehind(classId);
      }
      unsaved.drop([change]);
    }
  }

  /** Of a session that is in history, or was cancelled. */
  async function bury(classId: number, sessionId: string): Promise<void> {
    if (await run("drop", classId, sessionId, KEEP_EVENTS_S) === 1) onRebuilt(classId);
    const changes = own(classId, sessionId);
    await addLateMarks(history, { classId, sessionId }, changes);
    unsaved.drop(changes);
  }

  /** @param inEpoch of the journal, where it is known */
  async function settle(classId: number, sessionId: string, inEpoch: number | null): Promise<void> {
    let known = inEpoch;
    for (const until = now() + OTHERS_MS;;) {
      const found = await look(run, classId);
      if (found?.sessionId === sessionId && found.whole) return await replay(classId, found);
      const taken = await saveOwn(classId, sessionId);
      if (taken === "closed") return await bury(classId, sessionId);
      // The class has gone on without it.
      if (found?.whole) return;
      const from = taken ?? known ?? await epochOf(sessionId);
      if (from === null) return;
      const session = { sessionId, classId, epoch: from };
      const hasStart = await restorer.canRestore(session);
      // Without a start nothing is claimed: who has it must be able to add it.
      const outcome = hasStart
        ? await restorer.restore(session)
        : await journal.claim(sessionId, from, from);
      if (outcome === "closed") return await bury(classId, sessionId);
      if (hasStart && outcome === "stored") continue;
      known = null;
      if (!hasStart && (restorer.lacksStart(sessionId) || now() > until)) {
        // Perhaps the instance that started it comes back yet.
        return restorer.giveUp(sessionId);
      }
      if (now() > until) throw new AppError("live_unavailable");
      await sleep(LOOK_MS);
    }
  }

  async function recover(classId: number, open: readonly JournalSession[]): Promise<void> {
    const found = await look(run, classId);
    const sessions = new Map<string, number | null>();
    if (found && !found.whole) {
      // What came back may be more than the journal has.
      await copyTail(classId, { run, journal, unsaved });
      sessions.set(found.sessionId, found.epoch);
    } else if (found?.behind) onBehind(classId);
    // The list is on one master of a cluster, which may have lost it alone.
    if (found?.closing) await commands.sadd(names.closing, classId);
    for (const { sessionId } of unsaved.of(classId)) sessions.set(sessionId, null);
    for (const { sessionId, epoch } of open) sessions.set(sessionId, epoch);
    const newest = ([sessionId, epoch]: [string, number | null]): number =>
      own(classId, sessionId).reduce((last, own) => Math.max(last, own.epoch), epoch ?? 0);
    // The newest first: a class has one session.
    for (const [sessionId, epoch] of [...sessions].sort((a, b) => newest(b) - newest(a))) {
      await settle(classId, sessionId, epoch);
    }
  }

  /** The last work in hand of each class: one at a time. */
  const inHand = new Map<number, Promise<unknown>>();
  async function inTurn(classId: number, work: () => Promise<void>): Promise<void> {
    const before = inHand.get(classId);
    const running = (async () => {
      if (before) await Promise.allSettled([before]);
      await work();
    })();
    inHand.set(classId, running);
    try {
      await running;
    } finally {
      if (inHand.get(classId) === running) inHand.delete(classId);
    }
  }

  return {
    async all() {
      const open = Map.groupBy(await journal.open(), ({ classId }) => classId);
      const active = (await commands.smembers(names.active)).map(Number);
      const left = new Set([...open.keys(), ...active, ...unsaved.classes()]).values();
      const failures: unknown[] = [];
      await Promise.all(Array.from({ length: PARALLEL }, async () => {
        for (const classId of left) {
          await inTurn(classId, () => recover(classId, open.get(classId) ?? []))
            .catch((error) => failures.push(error));
        }
      }));
      const [first] = failures.filter(isUnavailable);
      for (const error of failures) if (error !== first) onError(error);
      if (first) throw first;
    },
    one: (classId) =>
      inTurn(classId, async () => {
        const open = await journal.open();
        await recover(classId, open.filter((one) => one.classId === classId));
      }),
  };
}
