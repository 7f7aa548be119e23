import { z } from "zod";
import { AppError } from "./errors.ts";

/** An opaque cursor: base64url of JSON, so that it survives any URL. */
export function encodeCursor(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/**
 * What `encodeCursor` was given; null where there is no cursor.
 * @throws AppError `invalid_cursor`
 */
export function decodeCursor<T extends z.ZodType>(
  schema: T,
  cursor: string | undefined,
): z.output<T> | null {
  if (cursor === undefined) return null;
  try {
    const bytes = Uint8Array.fromBase64(cursor, { alphabet: "base64url" });
    return schema.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new AppError("invalid_cursor", { cause });
  }
}

/** A page and the cursor after it, from `limit + 1` fetched items. */
export function pageOf<T>(
  fetched: readonly T[],
  limit: number,
  cursorOf: (last: T) => unknown,
): { data: T[]; next: string | null } {
  const data = fetched.slice(0, limit);
  const last = data.at(-1);
  return {
    data,
    next: fetched.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null,
  };
}
