/** Collects what arrives and lets a test wait for it: tests wait on events, never on time. */
import type { ControlEvent, LiveEvent, LiveListener } from "../../src/sessions/live_store.ts";

export interface Collector<T> {
  /** Everything so far, oldest first. */
  readonly items: readonly T[];
  push(item: T): void;
  /**
   * Resolves as soon as `predicate` holds of the items, at once if it does now; rejects after the
   * deadline with what there was.
   */
  until(predicate: (items: readonly T[]) => boolean, what?: string): Promise<readonly T[]>;
}

export function collector<T>({ deadlineMs = 5_000 } = {}): Collector<T> {
  const items: T[] = [];
  const checks = new Set<() => void>();
  return {
    items,
    push(item) {
      items.push(item);
      for (const check of checks) check();
    },
    until(predicate, what = "the awaited items") {
      const { promise, resolve, reject } = Promise.withResolvers<readonly T[]>();
      const deadline = setTimeout(() => {
        checks.delete(check);
        reject(new Error(`${what} did not arrive in ${deadlineMs} ms: ${Deno.inspect(items)}`));
      }, deadlineMs);
      function check(): void {
        if (!predicate(items)) return;
        clearTimeout(deadline);
        checks.delete(check);
        resolve(items);
      }
      checks.add(check);
      check();
      return promise;
    },
  };
}

export interface LiveCollector {
  readonly listener: LiveListener;
  readonly events: Collector<LiveEvent>;
  readonly controls: Collector<ControlEvent>;
  readonly resyncs: Collector<number | null>;
}

/** A listener for a live store that keeps all it hears. */
export function liveCollector(options: { deadlineMs?: number } = {}): LiveCollector {
  const events = collector<LiveEvent>(options);
  const controls = collector<ControlEvent>(options);
  const resyncs = collector<number | null>(options);
  return {
    events,
    controls,
    resyncs,
    listener: { event: events.push, control: controls.push, resync: resyncs.push },
  };
}
