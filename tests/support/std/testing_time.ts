/**
 * The part of `@std/testing/time` that `node:test`'s mock timers carry, under std's names. See
 * assert.ts for why.
 */
import { mock } from "node:test";

/**
 * Replaces Date, setTimeout, setInterval and setImmediate until `restore()`; time then stands still
 * except for `tick()`. One at a time, as in std.
 *
 * @example
 * ```ts
 * using time = new FakeTime(0);
 * time.tick(1_000);
 * ```
 */
export class FakeTime {
  readonly #start: number;
  #restored = false;

  constructor(start?: number | string | Date | null) {
    this.#start = start === undefined || start === null ? Date.now() : new Date(start).getTime();
    if (!Number.isFinite(this.#start)) throw new TypeError("Cannot fake time: invalid start");
    mock.timers.enable({
      apis: ["setTimeout", "setInterval", "setImmediate", "Date"],
      now: this.#start,
    });
  }

  /** Fake time in ms since the epoch. */
  get now(): number {
    return Date.now();
  }

  /** The fake time this began at, in ms since the epoch. */
  get start(): number {
    return this.#start;
  }

  /** Moves time on by `ms` and runs the timers that fall due, in order. */
  tick(ms = 0): void {
    mock.timers.tick(ms);
  }

  /** As `tick()`, after what is already resolved has run. */
  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.tick(ms);
    await this.runMicrotasks();
  }

  async runMicrotasks(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }

  restore(): void {
    if (this.#restored) throw new Error("Cannot restore time: already restored");
    this.#restored = true;
    mock.timers.reset();
  }

  [Symbol.dispose](): void {
    if (!this.#restored) this.restore();
  }
}
