/** What a session was begun with. One value: stores pass it whole, services alone understand it. */
import type { JsonObject } from "../kernel/json.ts";

export type SessionOptions = JsonObject;

const textOf = (value: unknown): string | null => typeof value === "string" ? value : null;

/** What the session is about; null where it was not said. */
export const titleOf = ({ title }: SessionOptions): string | null => textOf(title);

/** Which occurrence of a schedule it is; null where it is none. */
export const occurrenceOf = ({ occurrence }: SessionOptions): string | null => textOf(occurrence);
