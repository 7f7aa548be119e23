import { z } from "zod";
import { role } from "../kernel/actor.ts";
import { idNumber } from "../kernel/ids.ts";
import { CHARACTERS, line } from "../kernel/text.ts";

/** A user as others may see it. A student never sees another student's email and number. */
export const user = z.object({
  id: idNumber,
  username: z.string().meta({ description: "What the user signs in with" }),
  email: z.string().nullable().meta({
    description:
      "null without one, and where the caller may not see it (a student looking at another student)",
  }),
  role,
  name: z.string().meta({ description: "What people read; the username where none was given" }),
  number: z.string().nullable().meta({
    description: "The school's own number of the person; null as `email`",
  }),
  sort_name: z.string().nullable().optional().meta({
    description: "The name as it is sorted, where that is another one; for staff only",
  }),
}).meta({ id: "User", description: "A person with an account" });
export type User = z.infer<typeof user>;

export const username = line(1, CHARACTERS.username);
export const personName = line(1, CHARACTERS.name);
export const personNumber = line(1, CHARACTERS.number);
export const email = line(3, CHARACTERS.email).pipe(z.email("must be an email address"));
export const password = z.string().max(1024);
