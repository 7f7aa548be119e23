/** The end of a session: closing in two steps, and the lists by which an end cut off is found. */
import type { LiveEvent, LiveStore } from "../../sessions/live_store.ts";
import { originJson, parseClosing } from "./codec.ts";
import { changeError, type Connection, liveError } from "./connection.ts";
import type { Names, Run } from "./runner.ts";
import { KEEP_EVENTS_S } from "./scripts.ts";

type Closing = Pick<LiveStore, "beginClose" | "finishClose" | "closing">;

/**
 * @param guarded runs a verb while Redis is there and whole
 * @param tell delivers the event that a script made
 */
export function createClosing(
  { commands, run, names, guarded, tell, onError }: {
    commands: Connection;
    run: Run;
    names: Names;
    guarded: <T>(work: () => Promise<T>) => Promise<T>;
    tell: <T extends LiveEvent["type"]>(
      types: readonly T[],
      reply: Promise<unknown>,
    ) => Promise<Extract<LiveEvent, { type: T }> | null>;
    onError: (error: unknown) => void;
  },
): Closing {
  /** Takes the class off the lists, unless another session has begun there. */
  async function forget(classId: number): Promise<void> {
    await commands.srem(names.closing, classId);
    await commands.srem(names.active, classId);
    const state = await commands.hget(names.session(classId), "state");
    if (state !== null) await commands.sadd(names.active, classId);
    if (state === "closing") await commands.sadd(names.closing, classId);
  }

  return {
    beginClose: ({ classId, sessionId = "", outcome, closedBy, closedAt }) =>
      guarded(async () => {
        // Noted before the script runs: a close that is cut off right after it must be found by the
        // sweeper. Not awaited in between, or later calls would overtake this one. Where that fails
        // alone, recovery notes it.
        const noted = commands.sadd(names.closing, classId).catch(onError);
        const [reply] = await Promise.allSettled([
          run("beginClose", classId, outcome, closedBy, closedAt, sessionId),
          noted,
        ]);
        if (reply.status === "fulfilled") return parseClosing(reply.value);
        if (liveError(reply.reason).code === "no_active_session") await forget(classId);
        throw changeError(reply.reason);
      }),

    finishClose: ({ classId, sessionId, totals, origin }) =>
      guarded(async () => {
        const event = await tell(
          ["done", "cancelled"],
          run(
            "finishClose",
            classId,
            sessionId,
            JSON.stringify(totals),
            originJson(origin),
            KEEP_EVENTS_S,
          ),
        );
        // What stays noted by a failure here is looked at again by the sweeper, to no effect.
        if (event) await forget(classId).catch(onError);
        return event;
      }),

    closing: () =>
      guarded(async () => {
        const noted = (await commands.smembers(names.closing)).map(Number);
        const states = await Promise.all(
          noted.map((classId) => commands.hget(names.session(classId), "state")),
        );
        return noted.filter((_, i) => states[i] === "closing");
      }),
  };
}
