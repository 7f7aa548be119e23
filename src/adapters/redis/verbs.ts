/** The verbs on a class's session: each runs its script, has the journal take what that stored, and answers. */
import { z } from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { LiveEvent, LiveStore } from "../../sessions/live_store.ts";
import {
  changesOf,
  parseHeld,
  parseMark,
  parseStored,
  parseStream,
  sessionJson,
  type Stored,
  type StoredEvent,
} from "./codec.ts";
import { changeError, type Connection } from "./connection.ts";
import type { Feed } from "./feed.ts";
import type { Marker } from "./marker.ts";
import type { Recovery } from "./recovery.ts";
import type { Names, Run } from "./runner.ts";
import type { Writer } from "./writer.ts";

const snapshotReply = z.tuple([z.unknown(), z.array(z.string())]);
const closingReply = z.tuple([z.unknown(), z.array(z.string()), z.array(z.string()), z.unknown()]);

type Verbs = Pick<
  LiveStore,
  | "start"
  | "mark"
  | "session"
  | "snapshot"
  | "own"
  | "publishSummary"
  | "updateClass"
  | "beginClose"
  | "finishClose"
>;

export function createVerbs(
  { guarded, run, commands, names, instance, marker, writer, feed, recovery, underWay, onError }: {
    /** Runs work while Redis is there, and refuses it in our errors. */
    guarded: <T>(work: () => Promise<T>) => Promise<T>;
    run: Run;
    commands: Connection;
    names: Names;
    instance: string;
    marker: Marker;
    writer: Writer;
    feed: Pick<Feed, "own">;
    recovery: Pick<Recovery, "underWay">;
    /** The last call of each class whose answer is on its way: Redis answers in order. */
    underWay: Map<number, Promise<void>>;
    onError: (error: unknown) => void;
  },
): Verbs {
  /** The last call of each class that waits until the session is sound again. */
  const waiting = new Map<number, Promise<unknown>>();

  /** Resolves when what was stored before is journalled, and the session is in one piece. */
  async function sound(
    classId: number,
    before: Promise<unknown> | undefined,
    blocked: Promise<void> | null,
  ): Promise<void> {
    await before;
    await blocked;
    await recovery.underWay(classId);
  }

  /**
   * Runs a verb on a class's session when nothing of it is being put right. Calls that wait for that
   * go on in the order in which they were made, before any that comes later.
   */
  const whenSound = <T>(classId: number, work: () => Promise<T>): Promise<T> =>
    guarded(() => {
      const before = waiting.get(classId);
      const blocked = writer.blocked(classId);
      if (!before && !blocked && !recovery.underWay(classId)) return work();
      blocked?.catch(() => {
        // It rejects this call below, as soon as those before have been decided.
      });
      const mine = sound(classId, before, blocked);
      const last = () => {
        if (waiting.get(classId) === settled) waiting.delete(classId);
      };
      const result = mine.then(() => {
        last();
        return work();
      }, (error) => {
        last();
        throw error;
      });
      const settled = mine.catch(() => {});
      waiting.set(classId, settled);
      return result;
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
  };
}
