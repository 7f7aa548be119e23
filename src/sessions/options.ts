/** What a session was begun with. One value: stores pass it whole, services alone understand it. */

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

export type SessionOptions = Readonly<Record<string, JsonValue>>;

/** What the session is about; null where it was not said. */
export const titleOf = ({ title }: SessionOptions): string | null =>
  typeof title === "string" ? title : null;
