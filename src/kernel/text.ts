import { z } from "zod";

// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** One line that a person typed: trimmed, NFC, well-formed Unicode, no control characters. */
export const line = (min: number, max: number) =>
  z.string().transform((text) => text.normalize("NFC").trim()).pipe(
    z.string().min(min, min === 1 ? "must not be empty" : undefined).max(max)
      .refine((text) => text.isWellFormed(), "must be well-formed Unicode")
      .refine((text) => !CONTROL.test(text), "must not hold control characters"),
  );
