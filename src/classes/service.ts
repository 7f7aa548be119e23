/** Classes: who teaches, who is enrolled. Knows no transport. */
import type { ClassFacts } from "../auth/policy.ts";
import type { StoredClass } from "../storage/storage.ts";
import type { Actor } from "../users/schema.ts";

/**
 * A class that is unknown or archived is `class_not_found`; another's class is `forbidden`, except
 * by name, where it is not found either.
 */
export interface Classes {
  /** The class and what policy needs to know of it. @throws AppError `class_not_found` */
  facts(
    actor: Actor,
    classId: number,
  ): Promise<{ readonly class: StoredClass; readonly facts: ClassFacts }>;
  /** The classes whose rooms a socket is in by itself: a teacher's own, a student's, none for admins. */
  roomsOf(actor: Actor): Promise<readonly number[]>;
}
