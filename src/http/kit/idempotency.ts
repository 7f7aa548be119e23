/** Port: answers kept for a repeated `Idempotency-Key`. */

export interface IdempotencyStore {
  /**
   * Claims a key. `fresh`: the caller runs the request and must `finish` or `release` it.
   * A claim left unfinished for longer than `staleMs` may be claimed anew. Another fingerprint is a
   * `mismatch` whatever state the first request is in.
   */
  claim(input: {
    readonly userId: number;
    readonly key: string;
    /** Hash of method, path and body. */
    readonly fingerprint: string;
    readonly at: string;
    readonly staleMs: number;
  }): Promise<
    | { readonly outcome: "fresh" }
    | { readonly outcome: "in_flight" }
    | { readonly outcome: "mismatch" }
    | { readonly outcome: "done"; readonly status: number; readonly body: string }
  >;
  /** Keeps the answer; the first one kept stays. */
  finish(input: {
    readonly userId: number;
    readonly key: string;
    readonly status: number;
    readonly body: string;
  }): Promise<void>;
  /** Forgets a claim that has no answer. */
  release(userId: number, key: string): Promise<void>;
  /** Forgets keys claimed before `before`. */
  purge(before: string): Promise<void>;
}
