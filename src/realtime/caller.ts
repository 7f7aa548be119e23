import type { Member } from "./member.ts";

/** A signed-in socket as the handlers of its frames see it. */
export interface Caller extends Member {
  /**
   * Goes on with this token. Returns when it expires, in milliseconds since 1970.
   * @throws AppError 401, `forbidden` (another user's)
   */
  renew(token: string): Promise<number>;
}
