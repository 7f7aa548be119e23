/** Runs something later; returns the call that cancels it. Tests pass their own. */
export type Schedule = (run: () => void, delayMs: number) => () => void;

/** The longest delay that timers keep to; a longer one would fire at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

export const timers: Schedule = (run, delayMs) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};
