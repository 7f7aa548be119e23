/** Who gets into which class: the stored facts, put before policy. */
import {
  type ClassAccess,
  classAllows,
  type ClassFacts,
  denied,
  roleAllows,
} from "../kernel/access.ts";
import { AppError } from "../kernel/errors.ts";
import type { ClassStore, StoredClass } from "./store.ts";
import type { Actor } from "../kernel/actor.ts";

/** A class and what policy needs to know of it. */
export interface ClassWithFacts {
  readonly actor: Actor;
  readonly class: StoredClass;
  readonly facts: ClassFacts;
}

export interface Admission {
  /** @throws AppError `class_not_found` (also when archived) */
  facts(actor: Actor, classId: number): Promise<ClassWithFacts>;
  /**
   * `facts` of a class that this rule lets the actor into; the role is looked at first.
   * @throws AppError `forbidden`, `class_not_found`
   */
  admit(actor: Actor, classId: number, access: ClassAccess): Promise<ClassWithFacts>;
}

export function createAdmission(
  classes: Pick<ClassStore, "byId" | "isEnrolled">,
): Admission {
  async function facts(actor: Actor, classId: number): Promise<ClassWithFacts> {
    const found = await classes.byId(classId);
    if (!found || found.archived) throw new AppError("class_not_found");
    const enrolled = actor.role === "STUDENT" && await classes.isEnrolled(classId, actor.userId);
    return { actor, class: found, facts: { teacherId: found.teacherId, enrolled } };
  }
  return {
    facts,
    async admit(actor, classId, access) {
      if (!roleAllows(access, actor)) throw denied(access);
      const found = await facts(actor, classId);
      if (!classAllows(access, actor, found.facts)) throw denied(access);
      return found;
    },
  };
}
