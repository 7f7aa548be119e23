/** A random source that gives the same series for the same seed. */
export interface Random {
  /** From 0, below 1. */
  next(): number;
  /** Whether a chance of this probability came true. */
  chance(probability: number): boolean;
  /** A whole number from 0, below the limit. */
  below(limit: number): number;
  /** The items in another order. */
  shuffled<T>(items: readonly T[]): T[];
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, ample for an example school. */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    chance: (probability) => next() < probability,
    below: (limit) => Math.floor(next() * limit),
    shuffled: (items) =>
      items.map((item) => ({ item, at: next() })).sort((a, b) => a.at - b.at)
        .map(({ item }) => item),
  };
}
