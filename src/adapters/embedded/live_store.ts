/**
 * Live store of the embedded database. Running sessions lie in the same file as history, so they
 * outlive the process; there is one instance per file, so delivering an event is a function call.
 */
import { clearImmediate, setImmediate } from "node:timers";
import { AppError } from "../../kernel/errors.ts";
import { brokenConstraint, type Database } from "../sqlite/database.ts";
import type { LiveEvent, LiveStore, MarkInput } from "../../sessions/live_store.ts";
import { createDelivery } from "./delivery.ts";
import { type MarkedEvent, storeMarks } from "./marks.ts";
import {
  beginClosing,
  changeClass,
  finishClosing,
  readClosing,
  readOwn,
  readSession,
  readSnapshot,
  readSummary,
  startSession,
} from "./sessions.ts";
import { toSession } from "./rows.ts";

interface QueuedMark {
  readonly input: MarkInput;
  readonly resolve: (event: MarkedEvent) => void;
  readonly reject: (error: AppError) => void;
}

function liveError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError("live_unavailable", { cause: error });
}

/**
 * Group commit: marks issued in one turn of the event loop are stored by one transaction, since a
 * commit costs more than a mark (with `synchronous = FULL` a hundred times more). They wait for
 * nothing but the end of the turn. Every other verb first stores the marks that wait, so calls are
 * applied in the order in which they were made.
 *
 * The database is not closed with the store: history shares it.
 *
 * @param onError told what a listener threw
 */
export function createEmbeddedLive(
  { db, onError = console.error }: { db: Database; onError?: (error: unknown) => void },
): LiveStore {
  const delivery = createDelivery(onError);
  let queue: QueuedMark[] = [];
  let turn: ReturnType<typeof setImmediate> | null = null;
  let closed = false;

  function store(inputs: readonly MarkInput[]): (MarkedEvent | AppError)[] {
    try {
      return storeMarks(db, inputs);
    } catch (error) {
      // An input that breaks the schema (a student twice, say) must not take the others with it.
      if (inputs.length > 1 && brokenConstraint(error)) {
        return inputs.flatMap((input) => store([input]));
      }
      return inputs.map(() => liveError(error));
    }
  }

  function flush(): void {
    if (turn) clearImmediate(turn);
    turn = null;
    if (queue.length === 0) return;
    const batch = queue;
    queue = [];
    const results = store(batch.map((queued) => queued.input));
    for (const [index, { resolve, reject }] of batch.entries()) {
      const result = results[index] ?? new AppError("live_unavailable");
      if (result instanceof AppError) {
        reject(result);
        continue;
      }
      delivery.event(result);
      // Who awaits it goes on after this turn's events are delivered: see `flushTurn` and `verb`.
      resolve(result);
    }
  }

  function flushTurn(): void {
    flush();
    delivery.deliver();
  }

  /** Runs `work` at once, behind the marks that wait, and delivers its events before it resolves. */
  function verb<T>(work: () => T): Promise<T> {
    try {
      if (closed) throw new AppError("live_unavailable");
      flush();
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(liveError(error));
    } finally {
      delivery.deliver();
    }
  }

  function publish<E extends LiveEvent | null>(event: E): E {
    if (event) delivery.event(event);
    return event;
  }

  return {
    mark(input) {
      if (closed) return Promise.reject(new AppError("live_unavailable"));
      turn ??= setImmediate(flushTurn);
      return new Promise((resolve, reject) => queue.push({ input, resolve, reject }));
    },
    start: (input) => verb(() => publish(startSession(db, input)).session),
    session: (classId) =>
      verb(() => {
        const row = readSession(db, classId);
        return row ? toSession(row) : null;
      }),
    snapshot: (classId, studentId) => verb(() => readSnapshot(db, classId, studentId)),
    own: (classId, studentId) => verb(() => readOwn(db, classId, studentId)),
    publishSummary: (classId) => verb(() => publish(readSummary(db, classId))),
    updateClass: (classId, change) =>
      verb(() => {
        publish(changeClass(db, classId, change));
      }),
    beginClose: (input) => verb(() => beginClosing(db, input)),
    finishClose: (input) => verb(() => publish(finishClosing(db, input))),
    closing: () => verb(() => readClosing(db)),
    publishControl: (event) => verb(() => delivery.control(event)),
    listen: (listener) => delivery.listen(listener),
    join: (classId) => verb(() => delivery.join(classId)),
    // Never rejects, not even after close(): there is nothing left to leave.
    leave(classId) {
      delivery.leave(classId);
      return Promise.resolve();
    },
    ready: () =>
      verb(() => {
        db.get("SELECT 1 AS one");
      }),
    close() {
      closed = true;
      flushTurn();
      return Promise.resolve();
    },
  };
}
