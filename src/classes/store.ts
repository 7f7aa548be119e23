/** Port: classes, and who is enrolled in them. */
import type { StoredUser } from "../accounts/store.ts";
import type { Actor } from "../kernel/actor.ts";
import type { MarkVisibility } from "./visibility.ts";

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
