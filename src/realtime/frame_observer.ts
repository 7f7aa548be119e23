import type { ErrorCode } from "../kernel/errors.ts";
import type { Actor } from "../kernel/actor.ts";
import type { ClientEvent } from "./protocol/client_frames.ts";

/**
 * Told of each frame of a signed-in socket when its turn comes. What it returns is called when the
 * frame is answered, with the error's code where it was refused.
 */
export type FrameObserver = (
  event: ClientEvent | "unknown",
  actor: Actor,
) => (failure: ErrorCode | null) => void;

const ignored = () => {};

/** One observer that tells all of them. */
export function toldTogether(observers: readonly FrameObserver[]): FrameObserver {
  const [only, ...more] = observers;
  if (!only) return () => ignored;
  if (more.length === 0) return only;
  return (event, actor) => {
    const ends = observers.map((observe) => observe(event, actor));
    return (failure) => {
      for (const end of ends) end(failure);
    };
  };
}
