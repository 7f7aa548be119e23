/**
 * The live store on Redis. `scripts.ts`: each verb as one Lua script, which stores a change and gives
 * it its place · `writer.ts`: what was stored goes to the journal in the records' database, then to
 * the listeners (`feed.ts`, in the order that `orderer.ts` keeps), and the verb is answered ·
 * `recovery.ts`: sessions come back from the journal when Redis has lost them.
 */
import { setImmediate } from "node:timers";
import { z } from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { JournalSession } from "../../sessions/journal.ts";
import type { LiveEvent, LiveStore } from "../../sessions/live_store.ts";
import {
  changesOf,
  type Entry,
  parseHeld,
  parseMark,
  parseStored,
  parseStream,
  sessionJson,
  type Stored,
  type StoredEvent,
} from "./codec.ts";
import { changeError, type Connection, liveError, withoutCommand } from "./connection.ts";
import { createFeed } from "./feed.ts";
import { createGate } from "./gate.ts";
import { createRecovery, type Records } from "./recovery.ts";
import { createMarker } from "./marker.ts";
import { createNames, createRun } from "./runner.ts";
import { watchServer } from "./server_watch.ts";
import { createSleeper } from "./sleeper.ts";
import { createWriter } from "./writer.ts";

/** Milliseconds that a call waits for Redis to come back. */
const GATE_MS = 2_000;
/** Milliseconds that closing waits for calls under way; the others are refused. */
const CLOSE_MS = 2_000;

const snapshotReply = z.tuple([z.unknown(), z.array(z.string())]);
const closingReply = z.tuple([z.unknown(), z.array(z.string()), z.array(z.string()), z.unknown()]);

/**
 * @param commands answers verbs; @param listener is in subscriber mode. `close` ends both.
 * @param records where the journal is, and what a session is rebuilt from
 * @param sharded events by sharded pub/sub (Redis Cluster from 7.0)
 * @param database its number
 * @param prefix of every key and channel, so that several services can share a server
 */
export function createRedisLive(
  {
    commands,
    listener,
    records,
    sharded = false,
    database = 0,
    prefix = "la",
    now = Date.now,
    ...options
  }: {
    commands: Connection;
    listener: Connection;
    records: Records;
    sharded?: boolean;
    database?: number;
    prefix?: string;
    now?: () => number;
    onError: (error: unknown) => void;
  },
): LiveStore {
  const onError = (error: unknown) => options.onError(withoutCommand(error));
  const instance = crypto.randomUUID();
  const names = createNames(prefix, database);
  const run = createRun({ commands, names, sharded });
  const marker = createMarker({ run });
  const gate = createGate({ waitMs: GATE_MS });
  const sleeper = createSleeper();
  let closed = false;

  const lookAfter = ({ classId, epoch }: JournalSession) => {
    if (!closed && gate.isOpen) recovery.one(classId, epoch).catch(onError);
  };

  const feed = createFeed({
    instance,
    run,
    listener,
    commands,
    sharded,
    names,
    answered: (classId) => underWay.get(classId) ?? null,
    onDelivered: (classId, at) => writer.delivered(classId, at),
    onBehind({ classId, sessionId, journalled, told }) {
      const at = { ...journalled, offset: told };
      // Who needs it more is told what keeps the journal from taking it.
      writer.upTo({ classId, sessionId }, at, journalled.offset).catch(() => {});
    },
    onError,
  });

  const writer = createWriter({
    journal: records.journal,
    deliver: feed.own,
    async read({ classId, epoch }, from, to): Promise<Entry[]> {
      const key = names.events(classId);
      return parseStream(await commands.xrange(key, `${epoch}-${from}`, `${epoch}-${to}`));
    },
    release(session, offset) {
      // After what the transport sends at the end of this turn: the answers.
      setImmediate(async () => {
        try {
          const { classId, epoch } = session;
          const reply = await run("release", classId, epoch, offset, instance);
          if (reply === 0) lookAfter({ ...session, epoch: 0 });
        } catch {
          // Other instances hear of it with the next release, or by their steady look.
        }
      });
    },
    outdated: lookAfter,
  });

  const recovery = createRecovery({
    run,
    commands,
    names,
    records,
    now,
    sleep: sleeper.sleep,
    onRebuilt: feed.renew,
    onError,
  });

  const endWatch = watchServer({
    commands,
    gate,
    async recover() {
      await recovery.all();
      feed.renewAll();
    },
    sleep: sleeper.sleep,
    onError,
  });

  /** What is under way; `close` waits for it, so that nothing that was sent goes unanswered. */
  const pending = new Set<Promise<unknown>>();

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new AppError("live_unavailable");
    const running = gate.run(work);
    pending.add(running);
    try {
      return await running;
    } catch (error) {
      throw liveError(error);
    } finally {
      pending.delete(running);
    }
  }

  /** Runs a verb on a class's session when nothing of it is being put right. */
  const whenSound = <T>(classId: number, work: () => Promise<T>): Promise<T> =>
    guarded(async () => {
      const blocked = writer.blocked(classId);
      if (blocked) await blocked;
      const underWay = recovery.underWay(classId);
      if (underWay) await underWay;
      return await work();
    });

  /** The same, behind the marks that wait. */
  const onClass = <T>(classId: number, work: () => Promise<T>): Promise<T> =>
    whenSound(classId, () => {
      marker.flush(classId);
      return work();
    });

  /** What a script that makes an event answers. */
  const storedBy = (reply: Promise<unknown>): Promise<Stored | null> =>
    reply.then(parseStored, (error) => {
      throw changeError(error);
    });

  /** The last call of each class whose answer is on its way: Redis answers in order. */
  const underWay = new Map<number, Promise<void>>();

  /** Resolves when what was stored is in the journal and was delivered. */
  async function tell(
    classId: number,
    storing: Promise<Stored | null>,
  ): Promise<StoredEvent | null> {
    let writing: Promise<void> | null = null;
    const known = storing.then((stored) => {
      if (stored) writing = writer.write(stored);
    }).catch(() => {}).finally(() => {
      if (underWay.get(classId) === known) underWay.delete(classId);
    });
    underWay.set(classId, known);
    const stored = await storing;
    await known;
    await writing;
    return stored?.event ?? null;
  }

  async function mustTell<T extends LiveEvent["type"]>(
    classId: number,
    type: T,
    storing: Promise<Stored | null>,
  ) {
    const event = await tell(classId, storing);
    const isOne = (e: StoredEvent | null): e is Extract<LiveEvent, { type: T }> => e?.type === type;
    if (!isOne(event)) throw new Error(`Redis answered with a "${event?.type}" event`);
    return event;
  }

  /** What Redis holds of a class's session, when the journal has all of it. */
  async function reading(classId: number, whose: number | "all" | "none") {
    const [hash, marks] = snapshotReply.parse(await run("snapshot", classId, whose));
    const held = parseHeld(hash);
    if (!held) return null;
    await writer.upTo(held.session, held.at, held.journalled).catch((cause) => {
      throw new AppError("live_unavailable", { cause });
    });
    return { ...held, marks: marks.map(parseMark).sort((a, b) => a.studentId - b.studentId) };
  }

  /** Takes the class off the list, unless another session has begun there. */
  async function forget(classId: number): Promise<void> {
    await commands.srem(names.active, classId);
    if (await commands.exists(names.session(classId))) await commands.sadd(names.active, classId);
  }

  return {
    start: (input) =>
      onClass(input.classId, async () => {
        // Noted before the script runs: what is stored must be found. Not awaited in between, or
        // later calls would overtake this one.
        const noted = commands.sadd(names.active, input.classId);
        const [started] = await Promise.all([
          mustTell(
            input.classId,
            "started",
            storedBy(
              run(
                "start",
                input.classId,
                ...[input.classId, input.sessionId, sessionJson(input), input.markVisibility],
                Date.parse(input.startedAt),
                input.roster,
              ),
            ),
          ),
          noted.catch(onError),
        ]);
        return started.session;
      }),

    mark: (input) =>
      whenSound(input.classId, () => mustTell(input.classId, "marked", marker.mark(input))),

    session: (classId) =>
      onClass(classId, async () => (await reading(classId, "none"))?.session ?? null),

    snapshot: (classId, studentId) =>
      onClass(classId, async () => {
        const found = await reading(classId, studentId ?? "all");
        if (found?.session.state !== "open") return null;
        const { session, marks, summary } = found;
        return { session, marks, summary };
      }),

    own: (classId, studentId) =>
      onClass(classId, async () => {
        const found = await reading(classId, studentId);
        if (found?.session.state !== "open") return { session: null, mark: null };
        return { session: found.session, mark: found.marks[0] ?? null };
      }),

    publishSummary: (classId) =>
      onClass(classId, () => mustTell(classId, "summary", storedBy(run("summary", classId)))),

    updateClass: (classId, { enrol = [], unenrol = [], markVisibility = "" }) =>
      onClass(classId, async () => {
        await tell(
          classId,
          storedBy(run("update", classId, markVisibility, enrol.length, enrol, unenrol)),
        );
      }),

    beginClose: ({ classId, sessionId = "", outcome, closedBy, closedAt }) =>
      onClass(classId, async () => {
        const close = JSON.stringify({ outcome, closedBy, closedAt });
        const [hash, roster, marks, events] = closingReply.parse(
          await run("beginClose", classId, sessionId, close).catch((error) => {
            throw changeError(error);
          }),
        );
        const held = parseHeld(hash);
        if (!held?.close) throw new Error("Redis lost the session while it was being closed");
        await writer.upTo(held.session, held.at, held.journalled);
        return {
          session: held.session,
          ...held.close,
          roster: roster.map(Number),
          marks: marks.map(parseMark),
          changes: parseStream(events).flatMap(({ payload }) => changesOf(payload)),
          journal: held.at,
        };
      }),

    finishClose: ({ classId, sessionId, totals }) =>
      onClass(classId, async () => {
        const stored = await storedBy(
          run("finishClose", classId, sessionId, JSON.stringify(totals), instance),
        );
        if (!stored) return null;
        const { event } = stored;
        if (event.type !== "done" && event.type !== "cancelled") {
          throw new Error(`Redis answered with a "${event.type}" event`);
        }
        // A class that stays on the list is looked at in vain.
        forget(classId).catch(onError);
        await feed.own(classId, [stored]);
        return event;
      }),

    closing: () =>
      guarded(async () => {
        const active = (await commands.smembers(names.active)).map(Number);
        const closing = await Promise.all(
          active.map((classId) => commands.hexists(names.session(classId), "close")),
        );
        return active.filter((_, i) => closing[i] === 1);
      }),

    publishControl: (event) => guarded(() => feed.control(event)),

    listen: (receiver) => feed.listen(receiver),
    join: (classId) => guarded(() => feed.join(classId)),
    // Not behind the gate: who leaves while Redis is away has left when it is back.
    leave: (classId) => closed ? Promise.resolve() : feed.leave(classId),

    async ready() {
      // No waiting here: whoever asks wants to know how it is.
      if (!gate.isOpen) throw new AppError("live_unavailable");
      await guarded(() => commands.ping());
    },

    async close() {
      if (closed) return;
      closed = true;
      if (!gate.isOpen) gate.end();
      await Promise.race([Promise.allSettled(pending), sleeper.sleep(CLOSE_MS)]);
      writer.end();
      feed.close();
      endWatch();
      gate.end();
      sleeper.end();
      commands.disconnect();
      listener.disconnect();
    },
  };
}
