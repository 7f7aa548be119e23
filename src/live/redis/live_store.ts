/** The live store on Redis: one Lua script per verb, events over pub/sub, gaps from a stream. */
import { AppError } from "../../errors.ts";
import { z } from "zod";
import type { LiveEvent, LiveListener, LiveStore } from "../live_store.ts";
import {
  markJson,
  parseClosing,
  parseEvent,
  parseHash,
  parseMark,
  parseSession,
  parseSummary,
  sessionJson,
} from "./codec.ts";
import { type Connection, createScript, liveError } from "./connection.ts";
import { createFeed } from "./feed.ts";
import * as lua from "./scripts.ts";

/** Seconds for which a finished session's events can still be read by an instance that missed some. */
const KEEP_EVENTS_S = 3_600;

const scripts = {
  start: createScript(lua.START),
  mark: createScript(lua.MARK),
  summary: createScript(lua.SUMMARY),
  update: createScript(lua.UPDATE),
  snapshot: createScript(lua.SNAPSHOT),
  beginClose: createScript(lua.BEGIN_CLOSE),
  finishClose: createScript(lua.FINISH_CLOSE),
};

const sessionAndMarks = z.tuple([z.unknown(), z.array(z.string())]);

/**
 * @param commands answers verbs; @param listener is in subscriber mode. `close` ends both.
 * @param sharded events by sharded pub/sub (Redis Cluster from 7.0)
 * @param prefix of every key and channel, so that several services can share a server
 */
export function createRedisLive(
  { commands, listener, sharded = false, prefix = "la", onError }: {
    commands: Connection;
    listener: Connection;
    sharded?: boolean;
    prefix?: string;
    onError: (error: unknown) => void;
  },
): LiveStore {
  const tag = (classId: number) => `${prefix}:{${classId}}`;
  const keysOf = (classId: number) => {
    const base = tag(classId);
    return { session: `${base}:s`, keys: [`${base}:s`, `${base}:r`, `${base}:m`, `${base}:e`] };
  };
  const closingKey = `${prefix}:closing`;
  const feed = createFeed({ commands, listener, sharded, prefix, onError });
  let closed = false;

  /** What is under way; `close` waits for it, so that nothing that was sent goes unanswered. */
  const pending = new Set<Promise<unknown>>();

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new AppError("live_unavailable");
    const running = work();
    pending.add(running);
    try {
      return await running;
    } catch (error) {
      throw liveError(error);
    } finally {
      pending.delete(running);
    }
  };

  const call = (script: keyof typeof scripts, classId: number, ...args: (string | number)[]) =>
    scripts[script](commands, keysOf(classId).keys, [
      sharded ? "SPUBLISH" : "PUBLISH",
      feed.channel(classId),
      ...args.map(String),
    ]);

  /** Runs a script that makes an event, and delivers that here before it returns it. */
  async function tell<T extends LiveEvent["type"]>(
    types: readonly T[],
    reply: Promise<unknown>,
  ): Promise<Extract<LiveEvent, { type: T }> | null> {
    const payload = z.string().nullable().parse(await reply);
    if (payload === null) return null;
    const placed = parseEvent(payload);
    const { event } = placed;
    const isOne = (e: LiveEvent): e is Extract<LiveEvent, { type: T }> =>
      types.some((type) => type === e.type);
    if (!isOne(event)) throw new Error(`Redis answered with a "${event.type}" event`);
    await feed.own(placed);
    return event;
  }

  async function mustTell<T extends LiveEvent["type"]>(type: T, reply: Promise<unknown>) {
    const event = await tell([type], reply);
    if (!event) throw new Error(`Redis answered with no "${type}" event`);
    return event;
  }

  const originArg = (origin: unknown) => origin === undefined ? "" : JSON.stringify(origin);

  return {
    start: (input) =>
      guarded(async () => {
        const { session } = await mustTell(
          "started",
          call(
            "start",
            input.classId,
            input.classId,
            input.sessionId,
            sessionJson(input),
            input.markVisibility,
            Date.parse(input.startedAt),
            originArg(input.origin),
            ...input.roster,
          ),
        );
        return session;
      }),

    mark: (input) =>
      guarded(() =>
        mustTell(
          "marked",
          call(
            "mark",
            input.classId,
            input.bulk ? 1 : 0,
            input.source,
            originArg(input.origin),
            ...input.marks.flatMap((mark) => [
              mark.studentId,
              mark.status,
              markJson({ ...mark, markedBy: input.markedBy, markedAt: input.markedAt }),
            ]),
          ),
        )
      ),

    session: (classId) =>
      guarded(async () => {
        const fields = Object.entries(await commands.hgetall(keysOf(classId).session));
        return fields.length === 0 ? null : parseSession(new Map(fields));
      }),

    snapshot: (classId, studentId) =>
      guarded(async () => {
        const [hash, marks] = sessionAndMarks.parse(
          await call("snapshot", classId, studentId ?? ""),
        );
        const fields = parseHash(hash);
        const session = fields && parseSession(fields);
        if (!fields || session?.state !== "open") return null;
        return {
          session,
          marks: marks.map(parseMark).sort((a, b) => a.studentId - b.studentId),
          summary: parseSummary(fields),
        };
      }),

    own: (classId, studentId) =>
      guarded(async () => {
        const [hash, marks] = sessionAndMarks.parse(await call("snapshot", classId, studentId));
        const fields = parseHash(hash);
        const session = fields && parseSession(fields);
        if (session?.state !== "open") return { session: null, mark: null };
        return { session, mark: marks.map(parseMark)[0] ?? null };
      }),

    publishSummary: (classId, origin) =>
      guarded(() => mustTell("summary", call("summary", classId, originArg(origin)))),

    updateClass: (classId, { enrol = [], unenrol = [], markVisibility = "" }) =>
      guarded(async () => {
        const args = [markVisibility, enrol.length, ...enrol, ...unenrol];
        await tell(["roster"], call("update", classId, ...args));
      }),

    beginClose: ({ classId, sessionId = "", outcome, closedBy, closedAt }) =>
      guarded(async () => {
        // Noted before the script runs: a close that is cut off right after it must be found by the
        // sweeper. Not awaited in between, or later calls would overtake this one.
        const [noted, reply] = await Promise.allSettled([
          commands.sadd(closingKey, classId),
          call("beginClose", classId, outcome, closedBy, closedAt, sessionId),
        ]);
        if (reply.status === "fulfilled" && noted.status === "fulfilled") {
          return parseClosing(reply.value);
        }
        if (reply.status === "rejected" && liveError(reply.reason).code === "no_active_session") {
          await forget(classId);
        }
        throw reply.status === "rejected" ? reply.reason : new AppError("live_unavailable");
      }),

    finishClose: ({ classId, sessionId, totals, origin }) =>
      guarded(async () => {
        const event = await tell(
          ["done", "cancelled"],
          call(
            "finishClose",
            classId,
            sessionId,
            JSON.stringify(totals),
            originArg(origin),
            KEEP_EVENTS_S,
          ),
        );
        // What stays noted by a failure here is looked at again by the sweeper, to no effect.
        if (event) await forget(classId).catch(onError);
        return event;
      }),

    closing: () =>
      guarded(async () => {
        const noted = (await commands.smembers(closingKey)).map(Number);
        const states = await Promise.all(
          noted.map((classId) => commands.hget(keysOf(classId).session, "state")),
        );
        return noted.filter((_, i) => states[i] === "closing");
      }),

    publishControl: (event) => guarded(() => feed.control(event)),

    listen: (receiver: LiveListener) => feed.listen(receiver),
    join: (classId) => guarded(() => feed.join(classId)),
    leave: (classId) => closed ? Promise.resolve() : guarded(() => feed.leave(classId)),

    ready: () =>
      guarded(async () => {
        await commands.ping();
      }),

    async close() {
      if (closed) return;
      closed = true;
      await Promise.allSettled(pending);
      feed.close();
      commands.disconnect();
      listener.disconnect();
    },
  };

  /** Takes the class off the sweeper's list, unless another close has begun there. */
  async function forget(classId: number): Promise<void> {
    await commands.srem(closingKey, classId);
    if (await commands.hget(keysOf(classId).session, "state") === "closing") {
      await commands.sadd(closingKey, classId);
    }
  }
}
