import type { Actor } from "../kernel/actor.ts";
import type { FrameId } from "./protocol/client_frames.ts";
import type { Outbox } from "./outbox.ts";

/** A signed-in socket as rooms and delivery see it. */
export interface Member {
  /** Unique among all instances. */
  readonly id: string;
  /** Changes when the user's role does. */
  readonly actor: Actor;
  readonly outbox: Outbox;
  /**
   * Takes over answering a request of this socket: its frame's id, null if it had none; undefined
   * if the request is answered already or was never made here.
   */
  takeReply(request: number): FrameId | null | undefined;
}
