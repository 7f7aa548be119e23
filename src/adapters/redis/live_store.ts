/**
 * The live store on Redis. `verbs.ts`, `scripts.ts`: each verb as one Lua script, which stores a change and gives
 * it its place · `writer.ts`: what was stored goes to the journal in the records' database, then to
 * the listeners (`feed.ts`, in the order that `orderer.ts` keeps), and the verb is answered ·
 * `recovery.ts`: sessions come back from the journal when Redis has lost them.
 */
import { setImmediate } from "node:timers";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../kernel/errors.ts";
import type { JournalSession } from "../../sessions/journal.ts";
import type { LiveStore } from "../../sessions/live_store.ts";
import { type Entry, parseStream } from "./codec.ts";
import { type Connection, liveError, withoutCommand } from "./connection.ts";
import { createFeed } from "./feed.ts";
import { createGate, watchServer } from "./gate.ts";
import { createRecovery, type Records } from "./recovery.ts";
import { createMarker } from "./marker.ts";
import { createNames, createRun } from "./runner.ts";
import { createVerbs } from "./verbs.ts";
import { createWriter } from "./writer.ts";

/** Milliseconds that a call waits for Redis to come back. */
const GATE_MS = 2_000;
/** Milliseconds that closing waits for calls under way; the others are refused. */
const CLOSE_MS = 2_000;

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
  const ended = new AbortController();
  /** Ends at once when the store has ended. */
  const sleep = (ms: number): Promise<void> =>
    delay(ms, undefined, { signal: ended.signal }).catch(() => {});
  let closed = false;

  /** The last call of each class whose answer is on its way: Redis answers in order. */
  const underWay = new Map<number, Promise<void>>();

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
    sleep,
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
    sleep,
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

  return {
    ...createVerbs({
      guarded,
      run,
      commands,
      names,
      instance,
      marker,
      writer,
      feed,
      recovery,
      underWay,
      onError,
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
      await Promise.race([Promise.allSettled(pending), sleep(CLOSE_MS)]);
      writer.end();
      feed.close();
      endWatch();
      gate.end();
      ended.abort();
      commands.disconnect();
      listener.disconnect();
    },
  };
}
