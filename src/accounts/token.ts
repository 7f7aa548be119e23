/** Access tokens: JWTs signed with HS256. */
import { createHash } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { AppError } from "../kernel/errors.ts";
import type { Actor } from "../kernel/actor.ts";
import { idParam } from "../kernel/ids.ts";

const ISSUER = "live-attendance";
const AUDIENCE = "live-attendance";

/** Verified tokens remembered at most; the oldest make room. */
const REMEMBERED = 10_000;

/** Whom a token is made for. */
export interface TokenSubject extends Actor {
  /** As of the user: a token of an older one is worth nothing. */
  readonly generation: number;
}

export interface VerifiedToken {
  readonly userId: number;
  readonly generation: number;
  /** Unix time in milliseconds from which it is no longer valid. */
  readonly expiresAtMs: number;
}

export interface Tokens {
  issue(subject: TokenSubject): Promise<string>;
  /** @throws AppError `token_invalid`, `token_expired` */
  verify(token: string): Promise<VerifiedToken>;
  /**
   * What `verify` would give, at once, for a token that was verified before; null for any other.
   * @throws AppError `token_expired`
   */
  recall(token: string): VerifiedToken | null;
}

const generationClaim = z.int().min(0);

/** Names a secret in a token's header without telling anything of it. */
const keyId = (secret: string) => createHash("sha256").update(secret).digest("hex").slice(0, 8);

const importKey = (secret: string) =>
  crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );

/**
 * @param secrets the first one signs, each of them verifies, so that a secret can be rotated
 * @param accessTtlMs life of a token in milliseconds, kept to the second
 */
export async function createTokens(
  { secrets, accessTtlMs, now }: {
    secrets: readonly string[];
    accessTtlMs: number;
    now: () => number;
  },
): Promise<Tokens> {
  const [signing] = secrets;
  if (signing === undefined) throw new Error("Cannot sign tokens: no secret was given");
  const keys = new Map(
    await Promise.all(secrets.map(async (s) => [keyId(s), await importKey(s)] as const)),
  );
  const kid = keyId(signing);
  const signingKey = await importKey(signing);
  const remembered = new Map<string, VerifiedToken>();

  const remember = (token: string, verified: VerifiedToken) => {
    if (remembered.size >= REMEMBERED) {
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    }
    remembered.set(token, verified);
  };

  const recall = (token: string): VerifiedToken | null => {
    const known = remembered.get(token);
    if (known === undefined) return null;
    if (now() < known.expiresAtMs) return known;
    remembered.delete(token);
    throw new AppError("token_expired");
  };

  return {
    issue({ userId, role, generation }) {
      const issuedAt = Math.floor(now() / 1000);
      return new SignJWT({ role, generation })
        .setProtectedHeader({ alg: "HS256", typ: "JWT", kid })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(`${userId}`)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + Math.round(accessTtlMs / 1000))
        .setJti(crypto.randomUUID())
        .sign(signingKey);
    },
    recall,
    async verify(token) {
      const known = recall(token);
      if (known) return known;
      try {
        const { payload } = await jwtVerify(
          token,
          (header) => {
            const key = keys.get(header.kid ?? "");
            if (!key) throw new Error("Cannot verify the token: its key is not one of ours");
            return key;
          },
          {
            algorithms: ["HS256"],
            issuer: ISSUER,
            audience: AUDIENCE,
            requiredClaims: ["sub", "iat", "exp", "jti"],
            currentDate: new Date(now()),
          },
        );
        const verified = {
          userId: idParam.parse(payload.sub),
          generation: generationClaim.parse(payload["generation"]),
          expiresAtMs: (payload.exp ?? 0) * 1000,
        };
        remember(token, verified);
        return verified;
      } catch (cause) {
        throw new AppError(
          cause instanceof errors.JWTExpired ? "token_expired" : "token_invalid",
          { cause },
        );
      }
    },
  };
}
