import type { ImportStore } from "../../imports/store.ts";
import type { Database } from "./database.ts";
import { verb } from "./errors.ts";
import { IMPORT_STATEMENTS } from "./statements/imports.ts";

/** Rows in one DELETE: previews are big. */
const PURGE_ROWS = 100;

export function createImportStore(db: Database): ImportStore {
  return {
    create: verb(async ({ id, kind, classId, by, content, createdAt, expiresAt }) => {
      const json = JSON.stringify(content);
      const values = { id, kind, class: classId, by, content: json, createdAt, expiresAt };
      await db.run(IMPORT_STATEMENTS.create, values);
    }),
    byId: verb(async (id, at) => {
      const row = await db.get(IMPORT_STATEMENTS.byId, { id, at });
      if (!row) return null;
      return {
        id: row.id,
        kind: row.kind,
        classId: row.classId === null ? null : Number(row.classId),
        by: Number(row.createdBy),
        content: JSON.parse(row.content),
        status: row.status,
        createdAt: row.createdAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
      };
    }),
    finish: verb(async (id, at) => await db.run(IMPORT_STATEMENTS.finish, { id, at }) > 0),
    remove: verb(async (id) => {
      await db.run(IMPORT_STATEMENTS.remove, { id });
    }),
    purge: verb(async (at) => {
      const rows = PURGE_ROWS;
      while (await db.run(IMPORT_STATEMENTS.purge, { at, rows }) === rows);
    }),
  };
}
