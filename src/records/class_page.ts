/** A class with its history. */
import { z } from "zod";
import { classView } from "../classes/schema.ts";
import { sessionView } from "./history.ts";

export const classDetailView = classView.extend({
  total_sessions: z.int().min(0).meta({ description: "Closed sessions so far" }),
  sessions: z.array(sessionView).meta({ description: "Newest first" }),
}).meta({ id: "ClassDetail" });
export type ClassDetailView = z.infer<typeof classDetailView>;

/** A class with one page of its sessions, and the cursor of the next. */
export interface ClassPage {
  readonly data: ClassDetailView;
  readonly next: string | null;
}
