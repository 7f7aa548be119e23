/** Class lists as files: CSV with or without a header. */
import Papa from "papaparse";
import { AppError } from "../kernel/errors.ts";
import { MAX_IMPORT_ROWS } from "./schema.ts";

/** Headings that name the students' column; the earlier one wins where a row fills several. */
const HEADINGS = [
  ["email", "e-mail", "email address", "mail"],
  ["username", "user name", "user"],
  ["student", "students"],
] as const;

interface Parsed {
  readonly data: readonly (readonly string[])[];
  readonly errors: readonly { readonly type: string; readonly row?: number }[];
}

/** The columns to read, or null where the first row is no header. */
function columnsOf(first: readonly string[]): number[] | null {
  const headings = first.map((cell) => cell.trim().toLowerCase());
  const columns = HEADINGS.flatMap((names) => {
    const index = headings.findIndex((heading) => names.some((name) => name === heading));
    return index < 0 ? [] : [index];
  });
  return columns.length > 0 ? columns : null;
}

/**
 * Emails and usernames from a CSV file: the column headed email, username or student, else the
 * first one. Blank rows don't count. Reads one row over `MAX_IMPORT_ROWS`, so that too many show.
 * @throws AppError `invalid_request` where a quote is never closed
 */
export function handlesFromCsv(text: string): string[] {
  const parsed: Parsed = Papa.parse(text, {
    skipEmptyLines: "greedy",
    preview: MAX_IMPORT_ROWS + 2,
  });
  const broken = parsed.errors.find((error) => error.type === "Quotes");
  if (broken) {
    throw new AppError("invalid_request", {
      detail: `The CSV has a wrong quotation mark in row ${(broken.row ?? 0) + 1}`,
    });
  }
  const [first, ...rest] = parsed.data;
  if (!first) return [];
  const columns = columnsOf(first);
  return (columns ? rest : parsed.data).flatMap((row) => {
    const cells = (columns ?? [0]).map((column) => (row[column] ?? "").trim());
    return cells.find((cell) => cell !== "") ?? [];
  });
}
