import type { TokenStore } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { verb } from "./verb.ts";

interface TokenRow {
  readonly family: string;
  readonly used: number;
  readonly expiresAt: string;
  readonly userId: number;
  readonly revoked: number;
  readonly generation: number;
}

const BY_HASH = `SELECT tokens.family, tokens.used, tokens.expires_at AS expiresAt,
    families.user_id AS userId, families.revoked, users.generation
  FROM refresh_tokens AS tokens JOIN refresh_families AS families ON families.id = tokens.family
  JOIN users ON users.id = families.user_id
  WHERE tokens.hash = ?`;

const INSERT_FAMILY =
  "INSERT INTO refresh_families (id, user_id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING";

const INSERT = `INSERT INTO refresh_tokens (hash, family, created_at, expires_at)
  VALUES (?, ?, ?, ?)`;

const REVOKE = "UPDATE refresh_families SET revoked = 1 WHERE id = ?";

const REVOKE_BY_HASH = `UPDATE refresh_families SET revoked = 1
  WHERE id = (SELECT family FROM refresh_tokens WHERE hash = ?)`;

const PURGE_FAMILIES = `DELETE FROM refresh_families
  WHERE NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE family = refresh_families.id)`;

export function createTokenStore(db: Database): TokenStore {
  return {
    create: verb(({ hash, family, userId, expiresAt, at }) =>
      db.transaction(() => {
        db.run(INSERT_FAMILY, family, userId);
        db.run(INSERT, hash, family, at, expiresAt);
      })
    ),
    rotate: verb(({ hash, nextHash, nextExpiresAt, at }) =>
      db.transaction(() => {
        const token = db.get<TokenRow>(BY_HASH, hash);
        if (!token || token.expiresAt <= at) return { outcome: "unknown" };
        const { family, userId, generation } = token;
        if (token.used === 1) {
          db.run(REVOKE, family);
          return { outcome: "reused", userId };
        }
        if (token.revoked === 1) return { outcome: "unknown" };
        db.run("UPDATE refresh_tokens SET used = 1 WHERE hash = ?", hash);
        db.run(INSERT, nextHash, family, at, nextExpiresAt);
        return { outcome: "rotated", userId, generation };
      })
    ),
    revokeFamily: verb((hash) => {
      db.run(REVOKE_BY_HASH, hash);
    }),
    purge: verb((at) =>
      db.transaction(() => {
        const { changes } = db.run("DELETE FROM refresh_tokens WHERE expires_at < ?", at);
        if (changes > 0) db.run(PURGE_FAMILIES);
      })
    ),
  };
}
