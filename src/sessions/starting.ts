/** Starts sessions on the class as it is, also where it changes at the same moment. */
import { AppError } from "../kernel/errors.ts";
import type { LiveSession, LiveStore } from "./live_store.ts";
import type { ClassStore, StoredClass } from "../classes/store.ts";
import { type Closer, isNoSession } from "./closing.ts";
import type { MarkVisibility } from "../classes/visibility.ts";

export interface StartRequest {
  readonly found: StoredClass;
  readonly startedBy: number;
  readonly title: string | null;
}

/** Rounds of bringing a new session up to date; more than one only if the class keeps changing. */
const MAX_ROUNDS = 3;

/** @returns what opens a session, after finishing a close that was cut off */
export function createStarter(
  { classes, live, closer, now, uuid }: {
    classes: Pick<ClassStore, "byId" | "studentsOf">;
    live: LiveStore;
    closer: Closer;
    now: () => number;
    uuid: () => string;
  },
): (request: StartRequest) => Promise<LiveSession> {
  const rosterOf = async (classId: number): Promise<ReadonlySet<number>> => {
    const students = await classes.studentsOf([classId]);
    return new Set((students.get(classId) ?? []).map(({ id }) => id));
  };

  async function finishOld(old: LiveSession): Promise<void> {
    try {
      await closer.close({
        classId: old.classId,
        sessionId: old.sessionId,
        // It has begun to close, and keeps the outcome and the author of then.
        outcome: "done",
        closedBy: old.startedBy,
      });
    } catch (error) {
      if (!isNoSession(error)) throw error;
    }
  }

  /** The class was archived while the session started: it must not stay in a class nobody reaches. */
  async function withdraw({ classId, sessionId, startedBy }: LiveSession): Promise<never> {
    await closer.close({ classId, sessionId, outcome: "cancelled", closedBy: startedBy });
    throw new AppError("class_not_found");
  }

  /**
   * What changed between reading the class and starting has found no session to change, so it is
   * read again; what changes from now on finds one.
   */
  async function catchUp(
    session: LiveSession,
    seen: { roster: ReadonlySet<number>; markVisibility: MarkVisibility },
  ): Promise<void> {
    const { classId } = session;
    let { roster, markVisibility } = seen;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const found = await classes.byId(classId);
      if (!found || found.archived) return await withdraw(session);
      const current = await rosterOf(classId);
      const enrol = [...current.difference(roster)];
      const unenrol = [...roster.difference(current)];
      const same = found.markVisibility === markVisibility;
      if (same && enrol.length + unenrol.length === 0) return;
      ({ markVisibility } = found);
      roster = current;
      await live.updateClass(classId, { enrol, unenrol, markVisibility });
    }
  }

  return async ({ found, startedBy, title }) => {
    const { id: classId, markVisibility } = found;
    await closer.idle(classId);
    const running = await live.session(classId);
    if (running?.state === "open") throw new AppError("session_already_active");
    if (running) await finishOld(running);
    const roster = await rosterOf(classId);
    const session = await live.start({
      classId,
      sessionId: uuid(),
      startedAt: new Date(now()).toISOString(),
      startedBy,
      plannedStart: null,
      options: { title },
      markVisibility,
      roster: [...roster],
    });
    try {
      await catchUp(session, { roster, markVisibility });
    } catch (error) {
      // The session is running and its start was told to the room: that is the answer then.
      if (!(error instanceof AppError) || error.status !== 503) throw error;
    }
    return session;
  };
}
