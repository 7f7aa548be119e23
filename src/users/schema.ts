import { z } from "zod";

/** Ids of users and classes: positive, exact in a JSON number. */
export const idNumber = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

const CANONICAL_ID = /^[1-9]\d{0,15}$/;

/** An id as people and JSON write it: 7 or "7", never "07", "7e0", " 7" or -7. */
export const idInput = z.union([
  idNumber,
  z.string().regex(CANONICAL_ID, "must be a positive whole number").transform(Number)
    .pipe(idNumber),
], "must be a positive whole number").meta({
  description: "A positive whole number, as a number or in plain decimal digits",
});

/** An id in a URL path. */
export const idParam = z.string().regex(CANONICAL_ID, "must be a positive whole number")
  .transform(Number).pipe(idNumber);

// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** One line that a person typed: trimmed, NFC, well-formed Unicode, no control characters. */
export const line = (min: number, max: number) =>
  z.string().transform((text) => text.normalize("NFC").trim()).pipe(
    z.string().min(min, min === 1 ? "must not be empty" : undefined).max(max)
      .refine((text) => text.isWellFormed(), "must be well-formed Unicode")
      .refine((text) => !CONTROL.test(text), "must not hold control characters"),
  );

export const ROLES = ["ADMIN", "TEACHER", "STUDENT"] as const;
export const role = z.enum(ROLES);
export type Role = z.infer<typeof role>;

/** Who acts: the signed-in user as the storage knows it now, not as the token claims. */
export interface Actor {
  readonly userId: number;
  readonly role: Role;
}

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

/** The form in which emails and usernames are compared. */
export const handleKey = (handle: string): string => handle.normalize("NFKC").toLowerCase();
