import type { FrameId } from "./protocol/client_frames.ts";
import type { Member } from "./member.ts";

/** A signed-in socket as the handlers of its frames see it. */
export interface Caller extends Member {
  /** Opens the reply to a frame; returns the number under which it is taken. */
  openReply(id: FrameId | null): number;
  /**
   * Goes on with this token. Returns when it expires, in milliseconds since 1970.
   * @throws AppError 401, `forbidden` (another user's)
   */
  renew(token: string): Promise<number>;
}
