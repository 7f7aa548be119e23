/**
 * Who may do what: pure functions, no I/O. Each HTTP route and each socket event names one of these
 * rules; the denial tests are made from those names.
 */
import { AppError } from "./errors.ts";
import type { Actor } from "./actor.ts";

/** Rules a route can name. The class rules need the class of the request. */
export const ACCESS = [
  "anyone",
  "signed_in",
  "teacher_or_admin",
  "admin",
  /** The class's teacher, or an admin. */
  "class_staff",
  /** Staff, or a student enrolled in the class. */
  "class_member",
  /** A student enrolled in the class. */
  "class_student",
] as const;
export type Access = (typeof ACCESS)[number];

/** The rules of which the class has a say. */
export type ClassAccess = Extract<Access, `class_${string}`>;

export const isClassAccess = (access: Access): access is ClassAccess => access.startsWith("class_");

/** What a decision needs to know of a class. */
export interface ClassFacts {
  readonly teacherId: number;
  /** Whether the actor is enrolled in it. */
  readonly enrolled: boolean;
}

export const isStaff = (actor: Actor, facts: Pick<ClassFacts, "teacherId">): boolean =>
  actor.role === "ADMIN" || (actor.role === "TEACHER" && actor.userId === facts.teacherId);

const isEnrolledStudent = (actor: Actor, facts: ClassFacts): boolean =>
  actor.role === "STUDENT" && facts.enrolled;

/** The part of a rule that the role alone decides; true where the class must decide. */
export function roleAllows(access: Access, actor: Actor): boolean {
  switch (access) {
    case "anyone":
    case "signed_in":
    case "class_member":
      return true;
    case "teacher_or_admin":
    case "class_staff":
      return actor.role !== "STUDENT";
    case "admin":
      return actor.role === "ADMIN";
    case "class_student":
      return actor.role === "STUDENT";
  }
}

/** Whether a class rule lets this actor in. */
export function classAllows(
  access: ClassAccess,
  actor: Actor,
  facts: ClassFacts,
): boolean {
  switch (access) {
    case "class_staff":
      return isStaff(actor, facts);
    case "class_member":
      return isStaff(actor, facts) || isEnrolledStudent(actor, facts);
    case "class_student":
      return isEnrolledStudent(actor, facts);
  }
}

const REASONS: Readonly<Record<Access, string>> = {
  anyone: "",
  signed_in: "Sign in first",
  teacher_or_admin: "Only teachers and administrators may do this",
  admin: "Only administrators may do this",
  class_staff: "Only the class's own teacher or an administrator may do this",
  class_member: "Only the class's teacher, its students and administrators may see this",
  class_student: "Only students enrolled in the class may ask this",
};

export const denied = (access: Access): AppError =>
  new AppError("forbidden", { detail: REASONS[access] });
