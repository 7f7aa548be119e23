import type { FrameId } from "./protocol/client_frames.ts";

/**
 * The frames of one socket that wait for their answer. Whoever takes a reply sends it, so each is
 * sent once: by the hub as the asker's copy of the event, or else by the connection.
 */
export interface Replies {
  /** Returns the number under which the answer is taken. */
  open(id: FrameId | null): number;
  /** The frame's id, null if it had none; undefined if taken already. */
  take(request: number): FrameId | null | undefined;
}

export function createReplies(): Replies {
  const open = new Map<number, FrameId | null>();
  let last = 0;
  return {
    open(id) {
      last += 1;
      open.set(last, id);
      return last;
    },
    take(request) {
      const id = open.get(request);
      open.delete(request);
      return id;
    },
  };
}
