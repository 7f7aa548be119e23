/** Counts and durations as plain numbers: noting one costs an addition, formatting waits for a reader. */

/** Upper bounds of the buckets, in seconds. */
export const BOUNDS_S: readonly number[] = [
  ...[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10],
];

/** A distribution of durations. */
export class Timing {
  /** One more than there are bounds: the last bucket takes what is above them all. Not cumulative. */
  readonly buckets: number[] = Array(BOUNDS_S.length + 1).fill(0);
  sumS = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (seconds > (BOUNDS_S[bucket] ?? Infinity)) bucket++;
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.sumS += seconds;
  }
}

export class Count {
  value = 0;
}

/** One `T` for each combination of label values. Values must come from small, known sets. */
export interface Series<T> {
  readonly labelNames: readonly string[];
  /** In the order of the label names. */
  of(...labelValues: string[]): T;
  all(): Iterable<{ readonly labels: Readonly<Record<string, string>>; readonly value: T }>;
}

interface Branch<T> {
  readonly next: Map<string, Branch<T>>;
  value: T | null;
}

export function createSeries<T>(labelNames: readonly string[], make: () => T): Series<T> {
  const all: { labels: Record<string, string>; value: T }[] = [];
  const branch = (): Branch<T> => ({ next: new Map(), value: null });
  const root = branch();
  return {
    labelNames,
    of(...labelValues) {
      // One look-up for each label: a key joined of them all would be hashed anew each time.
      let at = root;
      for (const label of labelValues) {
        let next = at.next.get(label);
        if (!next) at.next.set(label, next = branch());
        at = next;
      }
      if (at.value === null) {
        at.value = make();
        const labels = labelNames.map((name, i) => [name, labelValues[i] ?? ""] as const);
        all.push({ labels: Object.fromEntries(labels), value: at.value });
      }
      return at.value;
    },
    all: () => all,
  };
}
