import { z } from "zod";

export const ROLES = ["ADMIN", "TEACHER", "STUDENT"] as const;
export const role = z.enum(ROLES);
export type Role = z.infer<typeof role>;

/** Who acts: the signed-in user as the storage knows it now, not as the token claims. */
export interface Actor {
  readonly userId: number;
  readonly role: Role;
}
