import { CLIENT_FRAMES, frameId, MAX_FRAME_BYTES } from "./client_frames.ts";
import { CLOSE } from "./close_codes.ts";
import { SERVER_FRAMES } from "./server_frames.ts";

/** All that is said over a socket, for the documentation. */
export const PROTOCOL = {
  clientFrames: CLIENT_FRAMES,
  serverFrames: SERVER_FRAMES,
  closeCodes: Object.values(CLOSE),
  frameId,
  maxFrameBytes: MAX_FRAME_BYTES,
};
