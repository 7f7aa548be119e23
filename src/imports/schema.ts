import { z } from "zod";
import { CHARACTERS, line } from "../kernel/text.ts";

/** Rows of one import. */
export const MAX_IMPORT_ROWS = 20_000;

const handles = z.array(line(1, CHARACTERS.email)).max(
  MAX_IMPORT_ROWS,
  `must hold at most ${MAX_IMPORT_ROWS} students`,
);

const NO_IMPORT = "must be a list of emails and usernames, alone or under students";

/**
 * Emails or usernames, as a list or under `students`. Both are checked right here, so that a list
 * that is too long is refused before its rows are looked at.
 */
export const importBody = z.union([handles, z.object({ students: handles })], {
  error: ({ code, errors }) =>
    code === "invalid_union"
      ? errors.flat().find((issue) => issue.code === "too_big")?.message ?? NO_IMPORT
      : NO_IMPORT,
}).transform((body) => Array.isArray(body) ? body : body.students);

export const importResult = z.object({
  added: z.int().min(0).meta({ description: "Newly enrolled" }),
  already: z.int().min(0).meta({ description: "Were enrolled before" }),
  unknown: z.array(z.string()).meta({
    description: "As given: no active student has this email or username",
  }),
}).meta({ id: "ImportResult" });
export type ImportResult = z.infer<typeof importResult>;
