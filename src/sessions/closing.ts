/**
 * Ends sessions: marking stops, history is saved, live state is cleared. Each step may be repeated,
 * so whatever dies in between, the next one who comes finishes it, once.
 */
import { AppError } from "../kernel/errors.ts";
import type { ClosingSession, LiveEvent, LiveStore } from "./live_store.ts";
import type { SessionArchive } from "./archive.ts";
import { titleOf } from "./options.ts";
import { closeSession } from "./rules.ts";
import { countStatuses } from "../kernel/status.ts";

export type ClosedEvent = Extract<LiveEvent, { type: "done" | "cancelled" }>;

export interface CloseRequest {
  readonly classId: number;
  /** The session that was running when the close was asked for. */
  readonly sessionId: string;
  readonly outcome: "done" | "cancelled";
  readonly closedBy: number | null;
  /** Leaves alone what began to close less than this ago. */
  readonly minAgeMs?: number;
}

export interface Closer {
  /**
   * Ends a session, or finishes an end that was cut off, with the outcome that began. Null where
   * another caller finished it.
   * @throws AppError `no_active_session`, `storage_unavailable` (marking stays stopped),
   *   `live_unavailable` (also where the session was rebuilt meanwhile: it may be open again)
   */
  close(request: CloseRequest): Promise<ClosedEvent | null>;
  /** Resolves when this instance has no close of the class in hand. */
  idle(classId: number): Promise<void>;
  isBusy(classId: number): boolean;
}

export const isNoSession = (error: unknown): boolean =>
  error instanceof AppError && error.code === "no_active_session";

export function createCloser(
  { archive, live, now }: { archive: SessionArchive; live: LiveStore; now: () => number },
): Closer {
  /** The last close in hand of each class; closes of one class run one after the other. */
  const inHand = new Map<number, Promise<unknown>>();

  async function save(closing: ClosingSession) {
    const { session, outcome, closedBy, closedAt, marks, journal } = closing;
    const { closed, totals } = closeSession(closing);
    if (outcome === "done") {
      await archive.saveSession(closed);
    } else {
      await archive.audit({
        kind: "session_cancelled",
        subject: session.sessionId,
        classId: session.classId,
        by: closedBy,
        at: closedAt,
        detail: {
          title: titleOf(session.options),
          startedAt: session.startedAt,
          startedBy: session.startedBy,
          ...countStatuses(marks.map(({ status }) => status)),
        },
        ...(journal ? { journal } : {}),
      });
    }
    return await live.finishClose({
      classId: session.classId,
      sessionId: session.sessionId,
      totals,
    });
  }

  async function run(request: CloseRequest, before: Promise<unknown> | undefined) {
    if (before) await Promise.allSettled([before]);
    const { classId, sessionId, outcome, closedBy, minAgeMs } = request;
    const at = now();
    const closing = await live.beginClose({
      classId,
      sessionId,
      outcome,
      closedBy,
      closedAt: new Date(at).toISOString(),
    });
    if (minAgeMs !== undefined && at - Date.parse(closing.closedAt) < minAgeMs) return null;
    return await save(closing);
  }

  return {
    async close(request) {
      const { classId } = request;
      const work = run(request, inHand.get(classId));
      inHand.set(classId, work);
      try {
        return await work;
      } finally {
        if (inHand.get(classId) === work) inHand.delete(classId);
      }
    },
    async idle(classId) {
      for (let work = inHand.get(classId); work; work = inHand.get(classId)) {
        await Promise.allSettled([work]);
      }
    },
    isBusy: (classId) => inHand.has(classId),
  };
}
