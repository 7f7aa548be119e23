import { storageError } from "./database.ts";

/** A port verb from synchronous work: what the work throws rejects, as an AppError. */
export function verb<A extends readonly unknown[], R>(
  work: (...args: A) => R,
): (...args: A) => Promise<R> {
  return (...args) => {
    try {
      return Promise.resolve(work(...args));
    } catch (error) {
      return Promise.reject(storageError(error));
    }
  };
}
