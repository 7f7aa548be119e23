/**
 * Ports: users and refresh tokens.
 */
import type { Role } from "../kernel/actor.ts";
import type { IdPage } from "../kernel/page.ts";

/** A user as stored. The password hash is only in `UserWithHash`. */
export interface StoredUser {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly role: Role;
  readonly active: boolean;
  readonly createdAt: string;
}

export interface UserWithHash extends StoredUser {
  /** PHC string of argon2id. */
  readonly passwordHash: string;
}

export interface UserStore {
  /** @throws AppError `email_taken`, `username_taken` (compared by `handleKey`) */
  create(input: {
    readonly username: string;
    readonly email: string;
    readonly passwordHash: string;
    readonly role: Role;
    readonly at: string;
  }): Promise<StoredUser>;
  byId(id: number): Promise<StoredUser | null>;
  withHash(id: number): Promise<UserWithHash | null>;
  /** By email or username; where one user's username is another's email, the email wins. */
  byHandle(handle: string): Promise<UserWithHash | null>;
  /**
   * The active students among these emails and usernames, keyed by `handleKey`. A handle means the
   * same user as in `byHandle`: a username that is a teacher's email finds nobody.
   */
  studentsByHandle(handles: readonly string[]): Promise<ReadonlyMap<string, StoredUser>>;
  /** `search`: part of username or email, case-insensitive, taken literally. */
  list(
    filter: { readonly search?: string; readonly role?: Role; readonly active?: boolean },
    page: IdPage,
  ): Promise<readonly StoredUser[]>;
  /**
   * @throws AppError `user_not_found`, `email_taken`, `username_taken`,
   *   `last_admin` (would leave no active ADMIN),
   *   `role_in_use` (leaves STUDENT while enrolled in a class that is not archived, or leaves
   *   TEACHER while owning one)
   */
  update(id: number, patch: {
    readonly username?: string;
    readonly email?: string;
    readonly role?: Role;
    readonly active?: boolean;
    readonly passwordHash?: string;
  }): Promise<StoredUser>;
}

/** Refresh tokens: hashed, in families that begin at a sign-in and rotate. */
export interface TokenStore {
  create(input: {
    /** SHA-256 of the token, hex. */
    readonly hash: string;
    readonly family: string;
    readonly userId: number;
    readonly expiresAt: string;
    readonly at: string;
  }): Promise<void>;
  /**
   * Uses the token once and stores its successor. Of two calls at the same moment one rotates, the
   * other finds it used. `reused` has already revoked the whole family. `unknown`: never stored,
   * forgotten, expired (`expiresAt` ≤ `at`), or unused in a revoked family.
   */
  rotate(input: {
    readonly hash: string;
    readonly nextHash: string;
    readonly nextExpiresAt: string;
    readonly at: string;
  }): Promise<
    | { readonly outcome: "rotated"; readonly userId: number }
    | { readonly outcome: "reused"; readonly userId: number }
    | { readonly outcome: "unknown" }
  >;
  /** Revokes the family of this token; unknown tokens are no error. */
  revokeFamily(hash: string): Promise<void>;
  revokeUser(userId: number): Promise<void>;
  /** Forgets what expired before `at`. */
  purge(at: string): Promise<void>;
}
