import type { LinkStore, StoredUser } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { endSignIns, toUser, USER_COLUMNS, type UserRow } from "./users.ts";
import { verb } from "./verb.ts";

const REPLACE = "DELETE FROM links WHERE user_id = ? AND purpose = ?";

const INSERT = `INSERT INTO links (hash, user_id, purpose, created_at, expires_at)
  VALUES (?, ?, ?, ?, ?)`;

const FIND = `SELECT ${USER_COLUMNS} FROM links CROSS JOIN users ON users.id = links.user_id
  WHERE links.hash = ? AND links.used_at IS NULL AND links.expires_at > ?`;

export function createLinkStore(db: Database): LinkStore {
  const find = (hash: string, at: string): StoredUser | null => {
    const row = db.get<UserRow>(FIND, hash, at);
    return row ? toUser(row) : null;
  };
  return {
    create: verb(({ hash, userId, purpose, expiresAt, at }) =>
      db.transaction(() => {
        db.run(REPLACE, userId, purpose);
        db.run(INSERT, hash, userId, purpose, at, expiresAt);
      })
    ),
    find: verb(({ hash, at }) => find(hash, at)),
    use: verb(({ hash, passwordHash, at }) =>
      db.transaction(() => {
        const user = find(hash, at);
        if (!user) return null;
        db.run("UPDATE links SET used_at = ? WHERE hash = ?", at, hash);
        db.run("UPDATE users SET password_hash = ? WHERE id = ?", passwordHash, user.id);
        endSignIns(db, user.id);
        return { ...user, generation: user.generation + 1 };
      })
    ),
    purge: verb((at) => {
      db.run("DELETE FROM links WHERE expires_at < ?", at);
    }),
  };
}
