/**
 * Changes that this instance acknowledged and that are not in the journal yet: with Redis lost, they
 * are all there is of them.
 */
import { AppError } from "../../kernel/errors.ts";
import type { Position } from "./orderer.ts";

export interface Change {
  readonly sessionId: string;
  readonly classId: number;
  readonly epoch: number;
  readonly place: number;
  /** Where it was acknowledged; since then it may have been brought back in another place. */
  readonly since?: Position;
  /** The event as the script wrote it. */
  readonly payload: string;
}

export interface Unsaved {
  readonly size: number;
  /** @throws AppError `live_unavailable` where there is no room: better refused than at risk */
  mustHaveRoom(): void;
  add(change: Change): void;
  /** Of one class, oldest first; sessions may be several. */
  of(classId: number): readonly Change[];
  classes(): readonly number[];
  /** These are in the journal, or need not be. */
  drop(changes: Iterable<Change>): void;
}

/** About 150,000 single marks. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

export function createUnsaved({ maxCharacters = MAX_CHARACTERS } = {}): Unsaved {
  const byClass = new Map<number, Set<Change>>();
  let characters = 0;
  let size = 0;

  return {
    get size() {
      return size;
    },
    mustHaveRoom() {
      if (characters < maxCharacters) return;
      throw new AppError("live_unavailable", {
        detail: "Too many marks are waiting for the database: nothing was stored",
      });
    },
    add(change) {
      const known = byClass.get(change.classId) ?? new Set();
      byClass.set(change.classId, known.add(change));
      characters += change.payload.length;
      size++;
    },
    of: (classId) => [...byClass.get(classId) ?? []],
    classes: () => [...byClass.keys()],
    drop(changes) {
      for (const change of changes) {
        const known = byClass.get(change.classId);
        if (!known?.delete(change)) continue;
        characters -= change.payload.length;
        size--;
        if (known.size === 0) byClass.delete(change.classId);
      }
    },
  };
}
