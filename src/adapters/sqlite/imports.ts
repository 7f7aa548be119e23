import type { ImportStore, StoredImport } from "../../imports/store.ts";
import type { Database } from "./database.ts";
import { verb } from "./verb.ts";

interface ImportRow extends Omit<StoredImport, "content"> {
  readonly content: string;
}

const INSERT = `INSERT INTO imports
  (id, kind, class_id, created_by, content, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`;

const BY_ID = `SELECT id, kind, class_id AS classId, created_by AS "by", content, status,
    created_at AS createdAt, expires_at AS expiresAt
  FROM imports WHERE id = ? AND expires_at > ?`;

const FINISH = `UPDATE imports SET status = 'done'
  WHERE id = ? AND status = 'previewed' AND expires_at > ?`;

export function createImportStore(db: Database): ImportStore {
  return {
    create: verb(({ id, kind, classId, by, content, createdAt, expiresAt }) => {
      db.run(INSERT, id, kind, classId, by, JSON.stringify(content), createdAt, expiresAt);
    }),
    byId: verb((id, at): StoredImport | null => {
      const row = db.get<ImportRow>(BY_ID, id, at);
      return row ? { ...row, content: JSON.parse(row.content) } : null;
    }),
    finish: verb((id, at) => db.run(FINISH, id, at).changes > 0),
    remove: verb((id) => {
      db.run("DELETE FROM imports WHERE id = ?", id);
    }),
    purge: verb((at) => {
      db.run("DELETE FROM imports WHERE expires_at < ?", at);
    }),
  };
}
