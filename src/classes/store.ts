/** Port: classes, their staff, and who is enrolled in them. Days are dates, `2026-09-01`. */
import type { ExternalId, StoredUser } from "../accounts/store.ts";
import type { Actor } from "../kernel/actor.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { WithMessages } from "../kernel/outbox.ts";
import type { MarkVisibility } from "./visibility.ts";

/** What sessions of the class begin with; stores keep it whole, services alone understand it. */
export type ClassSettings = JsonObject;

export interface StoredClass {
  readonly id: number;
  readonly name: string;
  readonly teacherId: number;
  readonly markVisibility: MarkVisibility;
  readonly settings: ClassSettings;
  readonly archived: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Closed sessions so far. */
  readonly sessionCount: number;
}

/** Who works in a class besides its teacher. */
export const STAFF_ROLES = ["co", "cover"] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

export interface StaffMember {
  readonly user: StoredUser;
  readonly role: StaffRole;
  /** ISO 8601; the right begins then, at once where null. */
  readonly from: string | null;
  /** ISO 8601; the right ends then by itself, never where null. */
  readonly until: string | null;
}

/** A time in a class. One who left and came back has several. */
export interface Enrolment {
  readonly studentId: number;
  readonly firstDay: string;
  /** The last day; null while it goes on. */
  readonly lastDay: string | null;
}

export interface ClassStore {
  /**
   * @throws AppError `class_name_taken` (per teacher, among classes that are not archived; exact
   *   match after NFC), `user_not_found` (`teacherId` is no active TEACHER)
   */
  create(input: {
    readonly teacherId: number;
    readonly name: string;
    readonly settings?: ClassSettings;
    readonly at: string;
  }): Promise<StoredClass>;
  /** Archived ones too. */
  byId(id: number): Promise<StoredClass | null>;
  /** Among `visibleTo`, those of this exact name. */
  visibleByName(actor: Actor, name: string, at: string): Promise<readonly StoredClass[]>;
  /** Not archived, by id; ADMIN → all, TEACHER → where staff at that time, STUDENT → enrolled. */
  visibleTo(actor: Actor, at: string): Promise<readonly StoredClass[]>;
  /**
   * Sets what is given and `updatedAt`. Who becomes the teacher is no other staff any more.
   * @throws AppError `class_not_found` (also when archived), `class_name_taken`,
   *   `user_not_found` (the new `teacherId` is no active TEACHER)
   */
  update(id: number, patch: {
    readonly name?: string;
    readonly teacherId?: number;
    readonly markVisibility?: MarkVisibility;
    readonly settings?: ClassSettings;
    readonly archived?: true;
    readonly at: string;
  }): Promise<StoredClass>;

  /**
   * Gives a right in the class, in place of the one before.
   * @throws AppError `class_not_found` (also when archived), `user_not_found` (no active TEACHER)
   */
  setStaff(
    classId: number,
    member: Omit<StaffMember, "user"> & {
      readonly userId: number;
    },
  ): Promise<void>;
  /** Whether there was a right to take. */
  removeStaff(classId: number, userId: number): Promise<boolean>;
  /** Active staff of these classes besides their teachers, in the order of `UserStore.list`. */
  staffOf(classIds: readonly number[]): Promise<ReadonlyMap<number, readonly StaffMember[]>>;
  /** Whether the user is the class's teacher, or has another right in it at that time. */
  isStaff(classId: number, userId: number, at: string): Promise<boolean>;

  /**
   * Enrols active students from a day on; returns which were new. One whose last day is that day or
   * later goes on as if never gone. Ids that are no active STUDENT are left out.
   * @throws AppError `class_not_found` (also when archived)
   */
  enrol(
    classId: number,
    studentIds: readonly number[],
    on: { readonly day: string } & WithMessages,
  ): Promise<{ readonly added: readonly number[]; readonly already: readonly number[] }>;
  /** Ends the enrolment with this as its last day; whether there was one to end. */
  unenrol(
    classId: number,
    studentId: number,
    on: { readonly day: string } & WithMessages,
  ): Promise<boolean>;
  isEnrolled(classId: number, studentId: number): Promise<boolean>;
  /**
   * Active enrolled students of these classes, in the order of `UserStore.list`. Every id asked for
   * has its list, if an empty one.
   * @param day those who were enrolled then, instead of now, also who is not active any more
   */
  studentsOf(
    classIds: readonly number[],
    day?: string,
  ): Promise<ReadonlyMap<number, readonly StoredUser[]>>;
  /** How many students `studentsOf` lists now. */
  studentCount(classId: number): Promise<number>;
  /** Ids of classes, not archived, that this user is enrolled in. */
  enrolledIn(userId: number): Promise<readonly number[]>;
  /** Every enrolment that the class has had, by student and day. */
  enrolments(classId: number): Promise<readonly Enrolment[]>;

  /** Says how another system names the class. @throws AppError `external_id_taken` */
  identify(classId: number, external: ExternalId): Promise<void>;
  byExternalId(external: ExternalId): Promise<StoredClass | null>;
}
