/** Port: imports between their preview and their run. */
import type { JsonValue } from "../kernel/json.ts";

export const IMPORT_KINDS = ["people", "roster"] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

export interface StoredImport {
  /** UUID. */
  readonly id: string;
  readonly kind: ImportKind;
  /** The class of a roster, else null. */
  readonly classId: number | null;
  /** Who made the preview. */
  readonly by: number;
  /** What would change, and what was read; services alone understand it. */
  readonly content: JsonValue;
  readonly status: "previewed" | "done";
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface ImportStore {
  create(preview: Omit<StoredImport, "status">): Promise<void>;
  /** Null also where it has expired (`expiresAt` ≤ `at`). */
  byId(id: string, at: string): Promise<StoredImport | null>;
  /** Marks a preview as run. Of several at once one gets true; false for what has expired too. */
  finish(id: string, at: string): Promise<boolean>;
  /** Unknown ids are no error. */
  remove(id: string): Promise<void>;
  /** Forgets what expired before `at`. */
  purge(at: string): Promise<void>;
}
