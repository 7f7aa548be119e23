import type { Timing } from "./series.ts";

const INTERVAL_MS = 20;

/**
 * Notes how late a timer fires, which is how long everything else had to wait too. (The runtime's
 * `monitorEventLoopDelay` does not see a blocked loop.)
 * @returns stops it
 */
export function watchEventLoop(delay: Timing, tick: () => number = () => performance.now()) {
  let due = tick() + INTERVAL_MS;
  const timer = setInterval(() => {
    const now = tick();
    delay.observe(Math.max(0, now - due) / 1000);
    due = now + INTERVAL_MS;
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}
