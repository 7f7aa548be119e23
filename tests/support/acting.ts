/** The services as a transport calls them: role first, then the class, then the verb. */
import type { ClassPass } from "../../src/classes/admission.ts";
import type { ClassAccess } from "../../src/kernel/access.ts";
import type { Classes } from "../../src/classes/service.ts";
import { denied, roleAllows } from "../../src/kernel/access.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import type { Services } from "../../src/services.ts";
import type { MarkRequest, Sessions } from "../../src/sessions/service.ts";

interface OfClass {
  readonly classId: number;
}

export type Acting = ReturnType<typeof acting>;

/** Calls the verbs of running sessions and of classes by who acts and the id of the class. */
export function acting({ admission, sessions, classes, imports }: Services) {
  async function enter<A extends ClassAccess>(
    actor: Actor,
    classId: number,
    access: A,
  ): Promise<ClassPass<A>> {
    if (!roleAllows(access, actor)) throw denied(access);
    return await admission.admit(actor, classId, access);
  }
  const staff = (actor: Actor, classId: number) => enter(actor, classId, "class_staff");
  return {
    attendance: {
      start: async (actor: Actor, { classId, ...input }: OfClass & { title?: string | null }) =>
        await sessions.start(await staff(actor, classId), input),
      mark: async (actor: Actor, { classId, ...input }: OfClass & MarkRequest) =>
        await sessions.mark(await staff(actor, classId), input),
      summary: async (actor: Actor, classId: number) =>
        await sessions.summary(await staff(actor, classId)),
      own: async (actor: Actor, classId: number) =>
        await sessions.own(await enter(actor, classId, "class_student")),
      done: async (actor: Actor, classId: number) =>
        await sessions.done(await staff(actor, classId)),
      cancel: async (actor: Actor, classId: number) =>
        await sessions.cancel(await staff(actor, classId)),
      snapshot: async (actor: Actor, classId: number) =>
        await sessions.snapshot(await enter(actor, classId, "class_member")),
      sweep: (...input: Parameters<Sessions["sweep"]>) => sessions.sweep(...input),
    },
    classes: {
      list: classes.list,
      create: classes.create,
      roomsOf: classes.roomsOf,
      teacherOf: classes.teacherOf,
      update: async (
        actor: Actor,
        classId: number,
        patch: Partial<Parameters<Classes["update"]>[1]>,
      ) =>
        await classes.update(await staff(actor, classId), {
          name: undefined,
          markVisibility: undefined,
          teacherId: undefined,
          ...patch,
        }),
      archive: async (actor: Actor, classId: number) =>
        await classes.archive(await staff(actor, classId)),
      addStudent: async (actor: Actor, classId: number, studentId: number) =>
        await classes.addStudent(await staff(actor, classId), studentId),
      removeStudent: async (actor: Actor, classId: number, studentId: number) =>
        await classes.removeStudent(await staff(actor, classId), studentId),
      importStudents: async (actor: Actor, classId: number, handles: readonly string[]) =>
        await imports.students(await staff(actor, classId), handles),
    },
  };
}
