import { MAX_DELAY_MS, type Schedule } from "../kernel/schedule.ts";

/** How long before expiry the client is warned. */
export const WARNING_MS = 30_000;

/** Watches when the token of one connection runs out. */
export interface TokenLife {
  /** Counts from now on towards this moment, with a new warning. */
  renew(expiresAtMs: number): void;
  /** By the clock, so that a late timer lets nothing through. */
  expired(): boolean;
  stop(): void;
}

export function createTokenLife(
  { now, schedule, onWarning, onExpiry }: {
    now: () => number;
    schedule: Schedule;
    onWarning: () => void;
    onExpiry: () => void;
  },
): TokenLife {
  let expiresAtMs = Infinity;
  let warned = false;
  let cancel = () => {};

  function arm(): void {
    const left = expiresAtMs - now();
    if (left <= 0) return onExpiry();
    if (left <= WARNING_MS && !warned) {
      warned = true;
      onWarning();
    }
    cancel = schedule(arm, Math.min(warned ? left : left - WARNING_MS, MAX_DELAY_MS));
  }

  return {
    renew(at) {
      cancel();
      expiresAtMs = at;
      warned = false;
      arm();
    },
    expired: () => now() >= expiresAtMs,
    stop() {
      cancel();
    },
  };
}
