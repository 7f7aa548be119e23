import type { Actor } from "../kernel/actor.ts";
import type { Outbox } from "./outbox.ts";

/** A signed-in socket as rooms and delivery see it. */
export interface Member {
  /** Unique among all instances. */
  readonly id: string;
  /** Changes when the user's role does. */
  readonly actor: Actor;
  readonly outbox: Outbox;
}
