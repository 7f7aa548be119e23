import type { ErrorCode } from "../errors.ts";
import type { Actor } from "../users/schema.ts";
import type { Handlers } from "./handlers.ts";
import type { ClientFrame } from "./parse.ts";
import type { ClientEvent } from "./protocol/client_frames.ts";

/**
 * Told of each frame of a signed-in socket when its turn comes. What it returns is called when the
 * frame is answered, with the error's code where it was refused.
 */
export type FrameObserver = (
  event: ClientEvent | "unknown",
  actor: Actor,
) => (failure: ErrorCode | null) => void;

/** Handlers that tell every observer. */
export function observeFrames(
  handlers: Handlers,
  observers: readonly FrameObserver[],
): Handlers {
  if (observers.length === 0) return handlers;
  const begin = (frame: ClientFrame, actor: Actor) => {
    const ends = observers.map((observe) => observe(frame.event ?? "unknown", actor));
    return (failure: ErrorCode | null) => {
      for (const end of ends) end(failure);
      return failure;
    };
  };
  return {
    async prepareMark(caller, frame) {
      const end = begin(frame, caller.actor);
      const issue = await handlers.prepareMark(caller, frame);
      return async () => end(await issue());
    },
    async run(caller, frame) {
      const end = begin(frame, caller.actor);
      return end(await handlers.run(caller, frame));
    },
  };
}
