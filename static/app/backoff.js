const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * How long to wait before trying again: doubling from one second up to 30, of which the upper half
 * is random, so that clients who lost a server together do not come back together.
 *
 * @param {number} attempt 0 for the first try after a loss
 * @param {() => number} random from 0 up to 1
 * @returns {number} milliseconds
 */
export function backoffMs(attempt, random) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
