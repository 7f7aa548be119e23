import { z } from "zod";
import { role } from "../kernel/actor.ts";
import { idNumber } from "../kernel/ids.ts";
import { line } from "../kernel/text.ts";

/** A user as others may see it. A student never sees another student's email: it is null there. */
export const user = z.object({
  id: idNumber,
  username: z.string(),
  email: z.string().nullable().meta({
    description: "null where the caller may not see it (a student looking at another student)",
  }),
  role,
}).meta({ id: "User", description: "A person with an account" });
export type User = z.infer<typeof user>;

export const username = line(1, 150);
export const email = line(3, 254).pipe(z.email("must be an email address"));
export const password = z.string().max(1024);
