import type { WebSocketLike } from "./outbox.ts";
import type { CloseCode } from "./protocol/close_codes.ts";
import type { Schedule } from "../kernel/schedule.ts";

/** The peer counts as quiet when nothing has come for this long. */
export const QUIET_MS = 50;

/** A peer that never pauses is not waited for any longer: so many times `QUIET_MS`. */
const MAX_ROUNDS = 20;

/**
 * Closes a socket in a moment when the peer is quiet: the runtime answers data that comes after
 * `close()` by dropping the connection, and the peer would never learn the close code.
 */
export interface Farewell {
  /** Something came from the peer. */
  heard(): void;
  say(close: CloseCode): void;
  /** The socket has closed by itself. */
  stop(): void;
}

export function createFarewell(
  { socket, schedule }: { socket: WebSocketLike; schedule: Schedule },
): Farewell {
  let heard = false;
  let cancel = () => {};

  function wait(close: CloseCode, rounds: number): void {
    heard = false;
    cancel = schedule(() => {
      if (heard && rounds < MAX_ROUNDS) return wait(close, rounds + 1);
      try {
        socket.close(close.code, close.reason);
      } catch {
        // It closed under our hands.
      }
    }, QUIET_MS);
  }

  return {
    heard() {
      heard = true;
    },
    say: (close) => wait(close, 1),
    stop() {
      cancel();
    },
  };
}
