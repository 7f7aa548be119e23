/** Port: what must go out later (webhooks, mail), written in the transaction that causes it. */
import type { JsonValue } from "./json.ts";

/** A message as a verb is given it; the verb adds what it is about. */
export interface Message {
  /** What it is for, as `user.created`; ASCII, at most 64 characters. */
  readonly topic: string;
  readonly payload: JsonValue;
  /** When it was caused, ISO 8601. */
  readonly at: string;
  /** ISO 8601; not to be sent before. At once where absent. */
  readonly due?: string;
}

/** Verbs that cause messages take them along: stored with the change, or neither is. */
export interface WithMessages {
  readonly messages?: readonly Message[];
}

export interface ClaimedMessage {
  readonly id: number;
  readonly topic: string;
  /** The id of the user, class or session that it is about. */
  readonly subject: string;
  readonly payload: JsonValue;
  readonly createdAt: string;
  /** Claims so far, this one included. */
  readonly attempts: number;
}

/** At least once: who claims and dies leaves the message to the next one when the lease is over. */
export interface OutboxStore {
  /**
   * The oldest messages that are due and that nobody has a lease on, for this claimant alone until
   * the lease ends.
   */
  claim(input: {
    /** Names this claim; a UUID. */
    readonly claim: string;
    readonly limit: number;
    readonly at: string;
    /** ISO 8601, later than `at`. */
    readonly leaseUntil: string;
  }): Promise<readonly ClaimedMessage[]>;
  /** Removes a message that was sent. False where the claim has it no more. */
  finish(id: number, claim: string): Promise<boolean>;
  /** Gives it back, to be claimed from `due` on. False where the claim has it no more. */
  fail(id: number, claim: string, due: string): Promise<boolean>;
}
