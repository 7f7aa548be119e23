/**
 * The live store on Redis: one Lua script per verb, events over pub/sub, gaps from a stream; and a
 * journal in the records' database, from which sessions come back that Redis has lost.
 */
import { AppError } from "../../kernel/errors.ts";
import { z } from "zod";
import type { LiveEvent, LiveListener, LiveStore } from "../../sessions/live_store.ts";
import {
  markJson,
  originJson,
  parseDurable,
  parseEvent,
  parseHash,
  parseMark,
  parseSession,
  parseSummary,
  sessionJson,
} from "./codec.ts";
import { createClosing } from "./closing.ts";
import { changeError, type Connection, liveError, withoutCommand } from "./connection.ts";
import { createFeed } from "./feed.ts";
import { createGate } from "./gate.ts";
import { createJournaler } from "./journaler.ts";
import { createRecovery, type Records } from "./recovery.ts";
import { createNames, createRun } from "./runner.ts";
import { watchServer } from "./server_watch.ts";
import { createSleeper } from "./sleeper.ts";
import { copyTail } from "./tail.ts";
import { createUnsaved } from "./unsaved.ts";

/** Milliseconds that a call waits for Redis to come back. */
const GATE_MS = 2_000;
/** Milliseconds that closing waits for calls under way, and for the last writing to the journal. */
const CLOSE_MS = 1_000;

const sessionAndMarks = z.tuple([z.unknown(), z.array(z.string())]);

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
  const names = createNames(prefix, database);
  const run = createRun({ commands, names, sharded });
  const feed = createFeed({ commands, listener, sharded, names, onError });
  const unsaved = createUnsaved();
  const gate = createGate({ waitMs: GATE_MS });
  const sleeper = createSleeper();
  const { journal } = records;
  const recovery = createRecovery({
    run,
    commands,
    names,
    records,
    unsaved,
    now,
    sleep: sleeper.sleep,
    onRebuilt: feed.renew,
    onBehind: (classId) => journaler.noticed(classId),
    onError,
  });
  const journaler = createJournaler({
    run,
    journal,
    unsaved,
    recovery,
    mayWork: () => gate.isOpen,
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
  let closed = false;

  /** What is under way; `close` waits for it, so that nothing that was sent goes unanswered. */
  const pending = new Set<Promise<unknown>>();

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
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
  };

  /** Runs a script that makes an event, and delivers that here before it returns it. */
  async function tell<T extends LiveEvent["type"]>(
    types: readonly T[],
    reply: Promise<unknown>,
  ): Promise<Extract<LiveEvent, { type: T }> | null> {
    const payload = z.string().nullable().parse(
      await reply.catch((error) => {
        throw changeError(error);
      }),
    );
    if (payload === null) return null;
    const placed = parseEvent(payload);
    const { event, at } = placed;
    const isOne = (e: LiveEvent): e is Extract<LiveEvent, { type: T }> =>
      types.some((type) => type === e.type);
    if (!isOne(event)) throw new Error(`Redis answered with a "${event.type}" event`);
    if (event.type === "started" || event.type === "marked") {
      const { classId, sessionId } = event;
      unsaved.add({ classId, sessionId, ...at, payload });
      journaler.noticed(classId);
    }
    await feed.own(placed);
    return event;
  }

  async function mustTell<T extends LiveEvent["type"]>(type: T, reply: Promise<unknown>) {
    const event = await tell([type], reply);
    if (!event) throw new Error(`Redis answered with no "${type}" event`);
    return event;
  }

  return {
    start: (input) =>
      guarded(async () => {
        unsaved.mustHaveRoom();
        // Noted before the script runs, so that what follows is found if this instance dies. Not
        // awaited in between, or later calls would overtake this one.
        const noted = commands.sadd(names.active, input.classId).catch(onError);
        const { session } = await mustTell(
          "started",
          run(
            "start",
            input.classId,
            input.classId,
            input.sessionId,
            sessionJson(input),
            input.markVisibility,
            Date.parse(input.startedAt),
            originJson(input.origin),
            input.roster,
          ),
        );
        await noted;
        // Without its start nothing else of a session is of use. Failing, it is tried again.
        await copyTail(input.classId, { run, journal, unsaved }).catch(() => {});
        return session;
      }),

    mark: (input) =>
      guarded(() => {
        unsaved.mustHaveRoom();
        return mustTell(
          "marked",
          run(
            "mark",
            input.classId,
            input.bulk ? 1 : 0,
            input.source,
            originJson(input.origin),
            input.marks.flatMap((mark) => [
              mark.studentId,
              mark.status,
              markJson({ ...mark, markedBy: input.markedBy, markedAt: input.markedAt }),
            ]),
          ),
        );
      }),

    session: (classId) =>
      guarded(async () => {
        const fields = Object.entries(await commands.hgetall(names.session(classId)));
        return fields.length === 0 ? null : parseSession(new Map(fields));
      }),

    snapshot: (classId, studentId) =>
      guarded(async () => {
        const [hash, marks] = sessionAndMarks.parse(
          await run("snapshot", classId, studentId ?? ""),
        );
        const fields = parseHash(hash);
        const session = fields && parseSession(fields);
        if (!fields || session?.state !== "open") return null;
        return {
          session,
          marks: marks.map(parseMark).sort((a, b) => a.studentId - b.studentId),
          summary: parseSummary(fields),
          durableSeq: parseDurable(fields),
        };
      }),

    own: (classId, studentId) =>
      guarded(async () => {
        const [hash, marks] = sessionAndMarks.parse(await run("snapshot", classId, studentId));
        const fields = parseHash(hash);
        const session = fields && parseSession(fields);
        if (session?.state !== "open") return { session: null, mark: null };
        return { session, mark: marks.map(parseMark)[0] ?? null };
      }),

    publishSummary: (classId, origin) =>
      guarded(() => mustTell("summary", run("summary", classId, originJson(origin)))),

    updateClass: (classId, { enrol = [], unenrol = [], markVisibility = "" }) =>
      guarded(async () => {
        await tell(
          ["roster"],
          run("update", classId, markVisibility, enrol.length, enrol, unenrol),
        );
      }),

    ...createClosing({ commands, run, names, guarded, tell, onError }),

    publishControl: (event) => guarded(() => feed.control(event)),

    listen: (receiver: LiveListener) => feed.listen(receiver),
    join: (classId) => guarded(() => feed.join(classId)),
    // Not behind the gate: who leaves while Redis is away has left when it is back.
    leave: (classId) => closed ? Promise.resolve() : feed.leave(classId),

    notDurable: () => unsaved.size,

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
      feed.close();
      await Promise.race([journaler.close(), sleeper.sleep(CLOSE_MS)]);
      endWatch();
      gate.end();
      sleeper.end();
      commands.disconnect();
      listener.disconnect();
    },
  };
}
