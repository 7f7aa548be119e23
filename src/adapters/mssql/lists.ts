/**
 * Many values as one parameter. JSON strings are sent without JSON's escapes, since not every
 * engine that speaks T-SQL takes them out of what OPENJSON returns. In their place stand `~1` for
 * `"`, `~2` for a backslash, `~3` for a line end, `~0` for `~` (after RFC 6901).
 */

const ESCAPES: Readonly<Record<string, string>> = { "~": "~0", '"': "~1", "\\": "~2", "\n": "~3" };

/** The text as it goes into a list. */
export const escaped = (text: string): string =>
  text.replace(/[~"\\\n]/g, (char) => ESCAPES[char] ?? char);

const UNESCAPES = [["~3", "NCHAR(10)"], ["~2", "N'\\'"], ["~1", `N'"'`], ["~0", "N'~'"]];

/** T-SQL that takes the escapes out again, character by character whatever the collation. */
export const unescaped = (column: string): string =>
  UNESCAPES.reduce(
    (inner, [escape, char]) => `REPLACE(${inner}, N'${escape}', ${char})`,
    `${column} COLLATE Latin1_General_100_BIN2`,
  );

/** A time as OPENJSON reads it into a DATETIME2: without the Z. */
export const timeInList = (iso: string): string => new Date(iso).toISOString().slice(0, -1);

/** Each item once, as JSON. */
export const listOf = (items: readonly (string | number)[]): string =>
  JSON.stringify([...new Set(items)]);

/** Stands between handles in a list; control characters are in no stored handle. */
const SEPARATOR = "\n";

/** Handles for STRING_SPLIT by `NCHAR(10)`; those that can't be stored are left out. */
export const handleList = (keys: Iterable<string>): string =>
  [...keys].filter((key) => !key.includes(SEPARATOR)).join(SEPARATOR);
