/**
 * Ports: users, refresh tokens, classes, history, idempotency keys, the journal of running sessions.
 * `tests/contracts/storage.ts` runs on every adapter.
 *
 * Verbs are atomic: each is one transaction, whatever else runs. Rules that must hold (unique
 * names and emails, one record per student and session, the last admin) are kept by the database,
 * not by a look before the write. Times are ISO 8601 UTC strings with milliseconds; ids of users,
 * classes and records are safe integers; session ids are lower-case UUIDs.
 *
 * Errors: the named AppErrors; anything that keeps the database from answering is
 * `storage_unavailable`, never a driver's own error.
 */
import type { JournalStore } from "./journal.ts";
import type { Counts, MarkVisibility, Source, Status } from "../attendance/schema.ts";
import type { Actor, Role } from "../users/schema.ts";

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

/** A page in ascending id order: items with id > `after`, at most `limit`. */
export interface IdPage {
  readonly limit: number;
  readonly after: number | null;
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

export interface StoredClass {
  readonly id: number;
  readonly name: string;
  readonly teacherId: number;
  readonly markVisibility: MarkVisibility;
  readonly archived: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Closed sessions so far. */
  readonly sessionCount: number;
}

export interface ClassStore {
  /**
   * @throws AppError `class_name_taken` (per teacher, among classes that are not archived; exact
   *   match after NFC), `user_not_found` (`teacherId` is no active TEACHER)
   */
  create(input: {
    readonly teacherId: number;
    readonly name: string;
    readonly at: string;
  }): Promise<StoredClass>;
  /** Archived ones too. */
  byId(id: number): Promise<StoredClass | null>;
  /** Classes of this exact name, not archived, that the actor teaches, is enrolled in, or (ADMIN) any; by id. */
  visibleByName(actor: Actor, name: string): Promise<readonly StoredClass[]>;
  /** Not archived; ADMIN → all, TEACHER → own, STUDENT → enrolled; by id. */
  visibleTo(actor: Actor): Promise<readonly StoredClass[]>;
  /**
   * Sets what is given and `updatedAt`.
   * @throws AppError `class_not_found` (also when archived), `class_name_taken`,
   *   `user_not_found` (the new `teacherId` is no active TEACHER)
   */
  update(id: number, patch: {
    readonly name?: string;
    readonly teacherId?: number;
    readonly markVisibility?: MarkVisibility;
    readonly archived?: true;
    readonly at: string;
  }): Promise<StoredClass>;
  /**
   * Enrols active students; returns which were new. Ids that are no active STUDENT are left out.
   * @throws AppError `class_not_found` (also when archived)
   */
  enrol(
    classId: number,
    studentIds: readonly number[],
    at: string,
  ): Promise<{ readonly added: readonly number[]; readonly already: readonly number[] }>;
  /** Whether there was an enrolment to end. */
  unenrol(classId: number, studentId: number): Promise<boolean>;
  isEnrolled(classId: number, studentId: number): Promise<boolean>;
  /**
   * Active enrolled students of these classes, by `handleKey` of the username. Every id asked for
   * has its list, if an empty one.
   */
  studentsOf(classIds: readonly number[]): Promise<ReadonlyMap<number, readonly StoredUser[]>>;
  /** How many students `studentsOf` lists. */
  studentCount(classId: number): Promise<number>;
  /** Ids of classes, not archived, that this user is enrolled in. */
  enrolledIn(userId: number): Promise<readonly number[]>;
}

/** A session as it goes into history, whole. */
export interface ClosedSession {
  readonly sessionId: string;
  readonly classId: number;
  readonly title: string | null;
  readonly startedAt: string;
  readonly startedBy: number;
  readonly closedAt: string;
  readonly closedBy: number;
  /** One per student. */
  readonly records: readonly {
    readonly studentId: number;
    readonly status: Status;
    readonly note: string | null;
    readonly markedBy: number;
    readonly markedAt: string;
  }[];
  /** What led there, oldest first; becomes the start of the trail. */
  readonly changes: readonly {
    readonly studentId: number;
    readonly from: Status | null;
    readonly to: Status;
    readonly by: number;
    readonly at: string;
    readonly source: Source;
  }[];
  /** The journal's epoch in which it was closed, where it has one; see `JournalStore`. */
  readonly epoch?: number;
}

export interface StoredSession {
  readonly sessionId: string;
  readonly classId: number;
  readonly title: string | null;
  readonly startedAt: string;
  readonly startedBy: number;
  readonly closedAt: string;
  readonly closedBy: number;
  /** Counts of its records now, corrections included. */
  readonly counts: Counts;
}

export interface StoredRecord {
  readonly id: number;
  readonly sessionId: string;
  readonly student: StoredUser;
  readonly status: Status;
  readonly note: string | null;
  readonly markedBy: number;
  readonly markedAt: string;
  /** The session's `closedAt`. */
  readonly createdAt: string;
  /** When it was corrected last; `createdAt` where never. */
  readonly updatedAt: string;
}

export interface StoredChange {
  readonly id: number;
  readonly studentId: number;
  readonly from: Status | null;
  readonly to: Status;
  readonly by: number;
  readonly at: string;
  readonly reason: string | null;
  readonly source: Source;
}

/** Newest first: sessions that come after `before` in (startedAt, sessionId) descending order. */
export interface SessionPage {
  readonly limit: number;
  readonly before: { readonly startedAt: string; readonly sessionId: string } | null;
}

export interface HistoryStore {
  /**
   * Saves session, records and trail in one transaction and counts it on the class. Safe to repeat:
   * a session id that is there already changes nothing. Returns what is stored. The session's
   * journal goes in the same transaction.
   * @throws AppError `live_unavailable` (its journal is in a later epoch: there may be more to save)
   */
  saveSession(closed: ClosedSession): Promise<StoredSession>;
  /**
   * Writes one audit line, once per (kind, subject). The session's journal goes in the same
   * transaction.
   * @throws AppError `live_unavailable` (its journal is in a later epoch)
   */
  audit(entry: {
    readonly kind: "session_cancelled";
    /** What it is about: the session id. */
    readonly subject: string;
    readonly classId: number;
    readonly by: number;
    readonly at: string;
    readonly detail: Readonly<Record<string, unknown>>;
    /** As in `ClosedSession`. */
    readonly epoch?: number;
  }): Promise<void>;
  sessions(classId: number, page: SessionPage): Promise<readonly StoredSession[]>;
  session(classId: number, sessionId: string): Promise<StoredSession | null>;
  /**
   * Records of these sessions, by `handleKey` of the student's username; only one student's where
   * given. Every session asked for has its list, if an empty one.
   */
  recordsOf(
    sessionIds: readonly string[],
    studentId?: number,
  ): Promise<ReadonlyMap<string, readonly StoredRecord[]>>;
  /**
   * Changes one record's status, the session's counts and the trail together. Note, `markedBy` and
   * `markedAt` stay; the trail says who corrected.
   * @throws AppError `record_not_found`
   */
  correct(input: {
    readonly classId: number;
    readonly sessionId: string;
    readonly studentId: number;
    readonly status: Status;
    readonly reason: string;
    readonly by: number;
    readonly at: string;
  }): Promise<StoredRecord>;
  /** The trail, oldest first. */
  changes(sessionId: string, page: IdPage): Promise<readonly StoredChange[]>;
  /**
   * One student's totals over a class's closed sessions and the status in the latest of those that
   * have a record of the student.
   */
  studentTotals(classId: number, studentId: number): Promise<{
    readonly counts: Counts;
    readonly latest:
      | { readonly sessionId: string; readonly startedAt: string; readonly status: Status }
      | null;
  }>;
}

export interface IdempotencyStore {
  /**
   * Claims a key. `fresh`: the caller runs the request and must `finish` or `release` it.
   * A claim left unfinished for longer than `staleMs` may be claimed anew. Another fingerprint is a
   * `mismatch` whatever state the first request is in.
   */
  claim(input: {
    readonly userId: number;
    readonly key: string;
    /** Hash of method, path and body. */
    readonly fingerprint: string;
    readonly at: string;
    readonly staleMs: number;
  }): Promise<
    | { readonly outcome: "fresh" }
    | { readonly outcome: "in_flight" }
    | { readonly outcome: "mismatch" }
    | { readonly outcome: "done"; readonly status: number; readonly body: string }
  >;
  /** Keeps the answer; the first one kept stays. */
  finish(input: {
    readonly userId: number;
    readonly key: string;
    readonly status: number;
    readonly body: string;
  }): Promise<void>;
  /** Forgets a claim that has no answer. */
  release(userId: number, key: string): Promise<void>;
  /** Forgets keys claimed before `before`. */
  purge(before: string): Promise<void>;
}

export interface Storage {
  readonly users: UserStore;
  readonly tokens: TokenStore;
  readonly classes: ClassStore;
  readonly history: HistoryStore;
  readonly idempotency: IdempotencyStore;
  readonly journal: JournalStore;
  /** Resolves while the database answers and every migration is done. @throws AppError `storage_unavailable` */
  ready(): Promise<void>;
  /** Every verb fails with `storage_unavailable` from then on; closing again is no error. */
  close(): Promise<void>;
}
