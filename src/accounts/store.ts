/**
 * Ports: users, their sign-ins, the links that let them in once, and the school they belong to.
 */
import type { Role } from "../kernel/actor.ts";
import type { WithMessages } from "../kernel/outbox.ts";
import type { IdPage } from "../kernel/page.ts";

/** A user as stored. The password hash is only in `UserWithHash`. */
export interface StoredUser {
  readonly id: number;
  /** What one signs in with. */
  readonly username: string;
  /** What people read; the username where none was given. */
  readonly name: string;
  /** The name as it is sorted, where that is another one. */
  readonly sortName: string | null;
  readonly email: string | null;
  /** The school's own number of the person. */
  readonly number: string | null;
  readonly role: Role;
  readonly active: boolean;
  /** Grows by one whenever every sign-in of the user ends: a token of an older one is worth nothing. */
  readonly generation: number;
  readonly createdAt: string;
}

export interface UserWithHash extends StoredUser {
  /** PHC string of argon2id; null where the user has no password yet. */
  readonly passwordHash: string | null;
}

/** How another system names a person or a class. */
export interface ExternalId {
  readonly source: string;
  readonly externalId: string;
}

export interface UserStore {
  /**
   * Names, emails and numbers are compared by `handleKey`.
   * @throws AppError `email_taken`, `username_taken`, `number_taken`, the first of these that is
   */
  create(
    input: {
      readonly username: string;
      readonly name?: string | null;
      readonly sortName?: string | null;
      readonly email: string | null;
      readonly number?: string | null;
      readonly passwordHash: string | null;
      readonly role: Role;
      readonly at: string;
    } & WithMessages,
  ): Promise<StoredUser>;
  byId(id: number): Promise<StoredUser | null>;
  withHash(id: number): Promise<UserWithHash | null>;
  /** By email or username; where one user's username is another's email, the email wins. */
  byHandle(handle: string): Promise<UserWithHash | null>;
  /**
   * The active students among these emails and usernames, keyed by `handleKey`. A handle means the
   * same user as in `byHandle`: a username that is a teacher's email finds nobody.
   */
  studentsByHandle(handles: readonly string[]): Promise<ReadonlyMap<string, StoredUser>>;
  /**
   * Users by the `sortKey` of their sort name, else name, then id.
   * @param filter.search part of name, username, email or number, compared by `fold`, taken
   *   literally, however long
   */
  list(
    filter: { readonly search?: string; readonly role?: Role; readonly active?: boolean },
    page: IdPage,
  ): Promise<readonly StoredUser[]>;
  /**
   * Changes what is given. A password and a deactivation end every sign-in, as `endSignIns` does.
   * @throws AppError `user_not_found`, `email_taken`, `username_taken`, `number_taken`,
   *   `last_admin` (would leave no active ADMIN),
   *   `role_in_use` (leaves STUDENT while enrolled in a class that is not archived, or leaves
   *   TEACHER while owning one)
   */
  update(
    id: number,
    patch: {
      readonly username?: string;
      readonly name?: string | null;
      readonly sortName?: string | null;
      readonly email?: string | null;
      readonly number?: string | null;
      readonly role?: Role;
      readonly active?: boolean;
      readonly passwordHash?: string;
    } & WithMessages,
  ): Promise<StoredUser>;
  /**
   * Sets the password and ends every sign-in, if the password is still the one that was proved.
   * Of several at once one succeeds.
   */
  replacePassword(
    id: number,
    hashes: { readonly from: string; readonly to: string },
  ): Promise<boolean>;
  /** Revokes the user's refresh families and moves `generation` on. */
  endSignIns(id: number): Promise<void>;
  /** Says how another system names the user. @throws AppError `external_id_taken` */
  identify(id: number, external: ExternalId): Promise<void>;
  byExternalId(external: ExternalId): Promise<StoredUser | null>;
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
    | {
      readonly outcome: "rotated";
      readonly userId: number;
      /** The user's in the moment of the rotation: what ends every sign-in later ends this one too. */
      readonly generation: number;
    }
    | { readonly outcome: "reused"; readonly userId: number }
    | { readonly outcome: "unknown" }
  >;
  /** Revokes the family of this token; unknown tokens are no error. */
  revokeFamily(hash: string): Promise<void>;
  /** Forgets what expired before `at`. */
  purge(at: string): Promise<void>;
}

/** Links that let a person in once, to set a password. */
export interface LinkStore {
  /** A user's older links of the same purpose are good no more. */
  create(link: {
    /** SHA-256 of the token, hex. */
    readonly hash: string;
    readonly userId: number;
    readonly purpose: "welcome";
    readonly expiresAt: string;
    readonly at: string;
  }): Promise<void>;
  /** Whom an unused link that has not expired (`expiresAt` > `at`) is for. */
  find(link: { readonly hash: string; readonly at: string }): Promise<StoredUser | null>;
  /**
   * Uses the link up, sets the password and ends every sign-in: all of it, or null where the link is
   * no good. Of several at once one gets the user.
   */
  use(link: {
    readonly hash: string;
    readonly passwordHash: string;
    readonly at: string;
  }): Promise<StoredUser | null>;
  /** Forgets what expired before `at`. */
  purge(at: string): Promise<void>;
}

export interface School {
  readonly name: string;
  /** IANA. */
  readonly timeZone: string;
  /** BCP 47. */
  readonly locale: string;
  /** Who may sign up; null where that was never said. */
  readonly signup: "open" | "students" | "closed" | null;
}

export interface SchoolStore {
  school(): Promise<School>;
  /** Changes what is given. */
  updateSchool(patch: Partial<School>): Promise<School>;
}
