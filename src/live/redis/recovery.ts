/**
 * Brings sessions back that Redis has lost, whole or in part. Every restart of the server counts as a
 * loss: what came back goes to the journal with what this instance has in memory, and the session is
 * rebuilt from there in a new epoch. Several instances may be at it; the journal decides whose epoch
 * counts.
 */
import { z } from "zod";
import { AppError } from "../../errors.ts";
import type {
  ClassStore,
  HistoryStore,
  JournalOutcome,
  JournalSession,
  JournalStore,
} from "../../storage/storage.ts";
import { parseEvent, replayArgs } from "./codec.ts";
import type { Connection } from "./connection.ts";
import { createLeases, type Lease } from "./lease.ts";
import { addLateMarks } from "./late_marks.ts";
import { isStart, makeUpStart, rebuild } from "./rebuild.ts";
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
/** Milliseconds that an instance which knows a session's start may stay away. */
const START_MS = 30_000;

const lookReply = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.string().nullable(),
  z.string(),
  z.string().nullable(),
  z.string(),
]).nullable();

interface Look {
  readonly sessionId: string;
  readonly epoch: number;
  /** Events that are not in the journal. */
  readonly behind: boolean;
  readonly closing: boolean;
  /** Whether it was started or rebuilt in this run of the server. */
  readonly whole: boolean;
}

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
  const { journal, classes, history } = records;
  const leases = createLeases(run);
  /** Sessions without a start → since when that is known. */
  const startless = new Map<string, number>();

  async function look(classId: number): Promise<Look | null> {
    const reply = lookReply.parse(await run("look", classId));
    if (!reply) return null;
    const [sessionId, epoch, told, journalled, state, server, here] = reply;
    return {
      sessionId,
      epoch: Number(epoch),
      behind: Number(told) > Number(journalled ?? 0),
      closing: state === "closing",
      whole: server === here,
    };
  }

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

  function giveUp(sessionId: string): void {
    if (startless.has(sessionId)) return;
    startless.set(sessionId, now());
    onError(new Error(`Cannot rebuild session ${sessionId}: its start is not in the journal`));
  }

  /** Whether the journal has the session's start, if need be one that is made up. */
  async function canRebuild(session: JournalSession): Promise<boolean> {
    const { sessionId, classId, epoch } = session;
    const payloads = await journal.read(sessionId);
    if (payloads.some(isStart)) return true;
    const since = startless.get(sessionId);
    if (since === undefined || now() - since < START_MS) return false;
    const klass = await classes.byId(classId);
    const payload = klass && makeUpStart(payloads, { classId, sessionId, epoch }, klass);
    return payload !== null && await journal.append(session, [{ place: 0, payload }]) === "stored";
  }

  /**
   * Builds the session anew from the journal. Only who holds the lease may.
   * @param from the epoch that the journal is thought to be in
   */
  async function restore(
    classId: number,
    sessionId: string,
    from: number,
    { token, hold }: Lease,
  ): Promise<JournalOutcome> {
    const found = await look(classId);
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
        z.string().nullable().parse(await run("replay", classId, ...args));
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
      const found = await look(classId);
      if (found?.sessionId === sessionId && found.whole) return await replay(classId, found);
      const taken = await saveOwn(classId, sessionId);
      if (taken === "closed") return await bury(classId, sessionId);
      // The class has gone on without it.
      if (found?.whole) return;
      const from = taken ?? known ?? await epochOf(sessionId);
      if (from === null) return;
      const hasStart = await canRebuild({ sessionId, classId, epoch: from });
      // Without a start nothing is claimed: who has it must be able to add it.
      const outcome = hasStart
        ? await leases.holding(classId, (lease) => restore(classId, sessionId, from, lease))
        : await journal.claim(sessionId, from, from);
      if (outcome === "closed") return await bury(classId, sessionId);
      if (hasStart && outcome === "stored") continue;
      known = null;
      if (!hasStart && (startless.has(sessionId) || now() > until)) {
        // Perhaps the instance that started it comes back yet.
        return giveUp(sessionId);
      }
      if (now() > until) throw new AppError("live_unavailable");
      await sleep(LOOK_MS);
    }
  }

  async function recover(classId: number, open: readonly JournalSession[]): Promise<void> {
    const found = await look(classId);
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
