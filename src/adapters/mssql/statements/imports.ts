import type { StoredImport } from "../../../imports/store.ts";
import { ascii, ID, INT, MAX_TEXT, reading, returning, TIME } from "../statement.ts";

/** BIGINTs come as strings. */
export interface ImportRow extends Pick<StoredImport, "id" | "kind" | "status"> {
  readonly classId: string | null;
  readonly createdBy: string;
  readonly content: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const KEY = ascii(36);

export const IMPORT_STATEMENTS = {
  create: returning<[]>()(
    {
      id: KEY,
      kind: ascii(20),
      class: ID,
      by: ID,
      content: MAX_TEXT,
      createdAt: TIME,
      expiresAt: TIME,
    },
    `INSERT INTO dbo.imports (id, kind, class_id, created_by, content, created_at, expires_at)
VALUES (@id, @kind, @class, @by, @content, @createdAt, @expiresAt);`,
  ),
  byId: reading<[ImportRow]>()(
    { id: KEY, at: TIME },
    `SELECT imports.id, imports.kind, imports.class_id AS [classId],
  imports.created_by AS [createdBy], imports.content, imports.status,
  imports.created_at AS [createdAt], imports.expires_at AS [expiresAt]
FROM dbo.imports AS imports WHERE imports.id = @id AND imports.expires_at > @at;`,
  ),
  finish: returning<[]>()(
    { id: KEY, at: TIME },
    `UPDATE dbo.imports SET status = 'done'
WHERE id = @id AND status = 'previewed' AND expires_at > @at;`,
  ),
  remove: returning<[]>()(
    { id: KEY },
    "DELETE FROM dbo.imports WHERE id = @id;",
    { repeatable: true },
  ),
  purge: returning<[]>()(
    { at: TIME, rows: INT },
    "DELETE TOP (@rows) FROM dbo.imports WHERE expires_at < @at;",
    { repeatable: true },
  ),
};
