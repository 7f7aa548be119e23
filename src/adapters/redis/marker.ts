/**
 * Sends the marks of one turn of the event loop to a class's session as one script, since a call of
 * a script costs more than a mark. They wait for nothing but the end of the turn.
 */
import { setImmediate } from "node:timers";
import type { MarkInput } from "../../sessions/live_store.ts";
import { markJson, parseChanges, type Stored } from "./codec.ts";
import { changeError } from "./connection.ts";
import type { Run } from "./runner.ts";

/** Arguments after which a script takes no more marks: Redis does nothing else meanwhile. */
const MAX_ARGUMENTS = 3_000;

interface Batch {
  readonly args: (string | number)[];
  readonly waiting: PromiseWithResolvers<Stored>[];
}

export interface Marker {
  /** @throws AppError as `mark` */
  mark(input: MarkInput): Promise<Stored>;
  /** Sends a class's marks before something else is sent that was called for after them. */
  flush(classId: number): void;
}

export function createMarker({ run }: { run: Run }): Marker {
  const batches = new Map<number, Batch>();
  /** `endTurn` is due. */
  let turnEnds = false;

  async function send(classId: number, { args, waiting }: Batch): Promise<void> {
    try {
      const found = parseChanges(await run("change", classId, args));
      for (const [i, { resolve, reject }] of waiting.entries()) {
        const one = found[i];
        if (one instanceof Error) reject(one);
        else if (one) resolve(one);
        else throw new Error("Redis answered fewer changes than it was sent");
      }
    } catch (error) {
      for (const { reject } of waiting) reject(changeError(error));
    }
  }

  function flush(classId: number): void {
    const batch = batches.get(classId);
    if (!batch) return;
    batches.delete(classId);
    void send(classId, batch);
  }

  function endTurn(): void {
    turnEnds = false;
    for (const classId of batches.keys()) flush(classId);
  }

  return {
    flush,
    mark({ classId, marks, bulk }) {
      const batch = batches.get(classId) ?? { args: [], waiting: [] };
      batches.set(classId, batch);
      batch.args.push("marked", `,"bulk":${bulk}`, marks.length);
      for (const mark of marks) batch.args.push(mark.studentId, mark.status, markJson(mark));
      const answer = Promise.withResolvers<Stored>();
      batch.waiting.push(answer);
      if (batch.args.length > MAX_ARGUMENTS) flush(classId);
      else if (!turnEnds) {
        turnEnds = true;
        setImmediate(endTurn);
      }
      return answer.promise;
    },
  };
}
