/** What the driver's errors mean. */
import { AppError } from "../../kernel/errors.ts";

const DEADLOCK_VICTIM = 1205;
/** A unique constraint and a unique index, broken. */
const DUPLICATE = new Set([2627, 2601]);
const CONNECTION_LOST = new Set(["ESOCKET", "ECONNCLOSED", "ECONNRESET", "EPIPE"]);

/** The error itself and those that the server sent before it. */
function chain(error: unknown): Error[] {
  if (!(error instanceof Error)) return [];
  const before = "precedingErrors" in error ? error.precedingErrors : [];
  return [error, ...(Array.isArray(before) ? before.filter((e) => e instanceof Error) : [])];
}

const numberOf = (error: Error): unknown => "number" in error ? error.number : undefined;

/** Chosen to end a deadlock: rolled back, worth another try. */
export const isDeadlock = (error: unknown): boolean =>
  chain(error).some((one) => numberOf(one) === DEADLOCK_VICTIM);

/** The connection broke: nobody knows whether the statement ran. */
export const isConnectionLost = (error: unknown): boolean =>
  chain(error).some((one) =>
    "code" in one && typeof one.code === "string" && CONNECTION_LOST.has(one.code)
  );

/** Which of these unique constraints and indexes the error says was broken; null for other errors. */
export function brokenUnique(error: unknown, names: readonly string[]): string | null {
  for (const one of chain(error)) {
    const number = numberOf(one);
    if (typeof number !== "number" || !DUPLICATE.has(number)) continue;
    // The message goes on to quote the duplicate key, which people choose: the first name counts.
    const found = names.map((name) => ({ name, place: one.message.indexOf(name) }))
      .filter(({ place }) => place >= 0)
      .toSorted((a, b) => a.place - b.place);
    if (found[0]) return found[0].name;
  }
  return null;
}

/** Passes AppErrors through and turns any other into `storage_unavailable`. */
export const storageError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError("storage_unavailable", { cause: error });

/** A port verb: what the work throws rejects, as an AppError. */
export function verb<A extends readonly unknown[], R>(
  work: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await work(...args);
    } catch (error) {
      throw storageError(error);
    }
  };
}
