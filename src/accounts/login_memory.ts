/**
 * Port: what the limits on guessing passwords remember, of all instances that share one. The
 * limiters of rate-limiter-flexible are such counts.
 */

export interface FailureLimit {
  /** Failures allowed per window. */
  readonly failures: number;
  /** Seconds from the first failure until it is forgotten; at most 24 days. */
  readonly windowS: number;
}

export interface Counts {
  /** null: none that still counts. */
  get(key: string): Promise<
    { readonly consumedPoints: number; readonly msBeforeNext: number } | null
  >;
  /** Counts one more. */
  penalty(key: string): Promise<unknown>;
  /** Puts the count in the place of any before, for so many seconds. */
  set(key: string, points: number, durationS: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

export interface LoginMemory {
  /** @param name of the kind of keys; each is asked for once */
  counts(name: string, limit: FailureLimit): Counts;
  /** Lets go of what it holds here. */
  close(): void;
}
