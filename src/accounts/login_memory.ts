/** Port: what the limits on guessing passwords remember. Of all instances that share one. */

export interface FailureLimit {
  /** Failures allowed per window. */
  readonly failures: number;
  /** Seconds from the first failure until it is forgotten; at most 24 days. */
  readonly windowS: number;
}

export interface FailureCounts {
  /** null: none that still counts. */
  get(key: string): Promise<{ readonly failures: number; readonly msLeft: number } | null>;
  add(key: string): Promise<void>;
  forget(key: string): Promise<void>;
}

export interface LoginMemory {
  /** @param name of the kind of keys; each is asked for once */
  counts(name: string, limit: FailureLimit): FailureCounts;
  /** Whether somebody signed in with this pair of address and account before. */
  isFamiliar(pair: string): Promise<boolean>;
  remember(pair: string): Promise<void>;
  /** Lets go of what it holds here. */
  close(): void;
}
