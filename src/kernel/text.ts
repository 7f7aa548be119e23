import { z } from "zod";

/**
 * The most characters of each text that people and imports write. A character is a Unicode code
 * point everywhere: at the edge, in the documents, and in the databases, whose columns hold as many
 * UTF-16 units as that many characters can take. So what is accepted can be stored.
 */
export const CHARACTERS = {
  username: 150,
  name: 200,
  email: 254,
  number: 64,
  className: 255,
  title: 200,
  note: 500,
  reason: 500,
  code: 16,
  codeMeaning: 100,
  schoolName: 200,
  externalSource: 64,
  externalId: 255,
} as const;

/** UTF-16 units of a column that any text of this many characters fits into. */
export const unitsOf = (characters: number): number => 2 * characters;

// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** One line that a person typed: trimmed, NFC, well-formed Unicode, no control characters. */
export const line = (min: number, max: number) =>
  z.string().transform((text) => text.normalize("NFC").trim()).pipe(
    z.string().min(min, min === 1 ? "must not be empty" : undefined)
      .max(max, `must have at most ${max} characters`)
      .refine((text) => text.isWellFormed(), "must be well-formed Unicode")
      .refine((text) => !CONTROL.test(text), "must not hold control characters"),
  );
