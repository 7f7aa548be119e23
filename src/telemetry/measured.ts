/** Ports with a stopwatch on every verb. What a verb returns, and when, stays as it is. */
import { toAppError } from "../kernel/errors.ts";
import type { Series, Timing } from "./series.ts";

/** `refused`: the rules said no; `failed`: it did not answer as it should. */
type Outcome = "ok" | "refused" | "failed";

const outcomeOf = (error: unknown): Outcome =>
  toAppError(error).status < 500 ? "refused" : "failed";

const secondsSince = (startedMs: number): number => (performance.now() - startedMs) / 1000;

type Verb = (...args: unknown[]) => unknown;

const isVerb = (value: unknown): value is Verb => typeof value === "function";

function timed(verb: Verb, name: string, timings: Series<Timing>): Verb {
  // Looked up once: nearly every call comes to this.
  let ok: Timing | null = null;
  return (...args) => {
    const startedMs = performance.now();
    const result = verb(...args);
    if (!(result instanceof Promise)) return result;
    // Beside the caller's own chain: a promise in between would delay it and could reorder events.
    result.then(
      () => (ok ??= timings.of(name, "ok")).observe(secondsSince(startedMs)),
      (error) => timings.of(name, outcomeOf(error)).observe(secondsSince(startedMs)),
    );
    return result;
  };
}

/**
 * A copy of the port that notes how long each promise of a verb takes, by verb (`users.byId` where
 * the port is made of ports) and outcome.
 */
export function measured<T extends object>(port: T, timings: Series<Timing>, prefix = ""): T {
  const copy = { ...port };
  for (const [name, value] of Object.entries(port)) {
    if (isVerb(value)) Reflect.set(copy, name, timed(value, prefix + name, timings));
    else if (typeof value === "object" && value !== null) {
      Reflect.set(copy, name, measured(value, timings, `${prefix}${name}.`));
    }
  }
  return copy;
}
