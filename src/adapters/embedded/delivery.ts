/** Hands events to this instance's one listener, in the order of their commits. */
import type { ControlEvent, LiveEvent, LiveListener } from "../../sessions/live_store.ts";

type Letter = { readonly event: LiveEvent } | { readonly control: ControlEvent };

export interface Delivery {
  listen(listener: LiveListener): void;
  join(classId: number): void;
  leave(classId: number): void;
  /** Puts it in line; nothing is handed over before `deliver`. */
  event(event: LiveEvent): void;
  control(control: ControlEvent): void;
  /**
   * Hands over everything in line. A call from inside a listener returns at once and leaves its
   * events to the outer call: handing them over on the spot would overtake those still in line.
   */
  deliver(): void;
}

/** @param onError told what a listener threw; the events after it are delivered all the same */
export function createDelivery(onError: (error: unknown) => void): Delivery {
  const joins = new Map<number, number>();
  let receiver: LiveListener | null = null;
  let line: Letter[] = [];
  let delivering = false;

  function hand(letter: Letter): void {
    if (!receiver) return;
    try {
      if ("control" in letter) receiver.control(letter.control);
      else if (joins.has(letter.event.classId)) receiver.event(letter.event);
    } catch (error) {
      onError(error);
    }
  }

  return {
    listen(listener) {
      receiver = listener;
    },
    join(classId) {
      joins.set(classId, (joins.get(classId) ?? 0) + 1);
    },
    leave(classId) {
      const left = (joins.get(classId) ?? 0) - 1;
      if (left > 0) joins.set(classId, left);
      else joins.delete(classId);
    },
    event(event) {
      line.push({ event });
    },
    control(control) {
      line.push({ control });
    },
    deliver() {
      if (delivering) return;
      delivering = true;
      try {
        while (line.length > 0) {
          const ready = line;
          line = [];
          for (const letter of ready) hand(letter);
        }
      } finally {
        delivering = false;
      }
    },
  };
}
