/** Randomness that can be played again. */
import { createRandom, type Random } from "../../src/tools/demo/random.ts";

const VARIABLE = "TEST_SEED";

/**
 * Runs a test on random choices: other ones each time, or those of `TEST_SEED`. A failure names the
 * seed.
 */
export async function seeded(work: (random: Random) => Promise<void>): Promise<void> {
  const given = Number(Deno.env.get(VARIABLE));
  const seed = given || (crypto.getRandomValues(new Uint32Array(1))[0] ?? 1);
  try {
    await work(createRandom(seed));
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${VARIABLE}=${seed} makes the same choices again\n${text}`, { cause });
  }
}

export function pick<T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[random.below(from.length)] ?? from[0];
}

/** This many different ones, or as many as there are. */
export function sample<T>(random: Random, from: readonly T[], count: number): T[] {
  const rest = [...from];
  const taken: T[] = [];
  while (taken.length < count && rest.length > 0) {
    taken.push(...rest.splice(random.below(rest.length), 1));
  }
  return taken;
}
