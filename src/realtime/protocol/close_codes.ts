/** Why the service closes a socket. Part of the protocol: codes are never given another meaning. */
export interface CloseCode {
  readonly code: number;
  /** Sent with the close; for people. */
  readonly reason: string;
  /** For the documentation: what happened, and what a client does then. */
  readonly meaning: string;
}

const closeCode = (code: number, reason: string, meaning: string): CloseCode => ({
  code,
  reason,
  meaning,
});

export const CLOSE = {
  binary: closeCode(
    1003,
    "binary frames are not understood",
    "A binary frame came; frames are text. Do not retry unchanged.",
  ),
  tooBig: closeCode(
    1009,
    "frame over 64 KiB",
    "A frame was over 64 KiB. Split bulk marks, or send them over HTTP.",
  ),
  restarting: closeCode(
    1012,
    "service restart",
    "The service is restarting; replies to what it had received were sent. Reconnect with jitter.",
  ),
  tryAgainLater: closeCode(
    1013,
    "try again later",
    "The database or the live store could not be reached, so the socket might have missed " +
      "something. Reconnect with back-off.",
  ),
  unauthenticated: closeCode(
    4401,
    "authentication required",
    "No valid token within 5 seconds, the token expired, or the account was deactivated. Get a " +
      "fresh token, then reconnect.",
  ),
  slow: closeCode(
    4408,
    "receiver too slow",
    "More than 1 MiB was waiting to be received. Reconnect and SUBSCRIBE.",
  ),
  rateLimited: closeCode(
    4429,
    "too many frames",
    "Frames kept coming too fast after `rate_limited` errors. Slow down, then reconnect.",
  ),
} as const satisfies Record<string, CloseCode>;
