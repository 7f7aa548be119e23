/** Who gets into which class: the stored facts, put before policy, once for each request. */
import { type ClassAccess, classAllows, type ClassFacts, denied } from "../kernel/access.ts";
import type { Actor } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import type { ClassStore, StoredClass } from "./store.ts";

/**
 * Says that this rule lets the actor into the class. Only `admit` makes one, and the verbs that act
 * on a class take it, so that none can be called without having asked.
 */
export interface ClassPass<A extends ClassAccess = ClassAccess> {
  readonly access: A;
  readonly actor: Actor;
  readonly class: StoredClass;
  readonly facts: ClassFacts;
}

export type StaffPass = ClassPass<"class_staff">;
export type MemberPass = ClassPass<"class_staff" | "class_member">;
export type StudentPass = ClassPass<"class_student">;

export interface Admission {
  /**
   * Transports refuse a wrong role before they ask, so that it is not told what classes there are.
   * @throws AppError `forbidden`, `class_not_found` (also when archived)
   */
  admit<A extends ClassAccess>(actor: Actor, classId: number, access: A): Promise<ClassPass<A>>;
}

export function createAdmission(
  classes: Pick<ClassStore, "byId" | "isEnrolled">,
): Admission {
  return {
    async admit(actor, classId, access) {
      const found = await classes.byId(classId);
      if (!found || found.archived) throw new AppError("class_not_found");
      const enrolled = actor.role === "STUDENT" && await classes.isEnrolled(classId, actor.userId);
      const facts = { teacherId: found.teacherId, enrolled };
      if (!classAllows(access, actor, facts)) throw denied(access);
      return { access, actor, class: found, facts };
    },
  };
}
