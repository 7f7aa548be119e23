/** Classes: who teaches, who is enrolled. Knows no transport. */
import { denied, roleAllows } from "../kernel/access.ts";
import type { Actor } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import type { StaffPass } from "./admission.ts";
import type { ClassNews } from "./news.ts";
import type { ClassView, CreateClass, UpdateClass } from "./schema.ts";
import type { SchoolStore } from "../accounts/store.ts";
import { dayIn } from "../kernel/day.ts";
import { zoneOf } from "./settings.ts";
import type { ClassStore, StoredClass } from "./store.ts";
import type { ClassViews } from "./views.ts";

export interface Classes {
  /** All that the actor teaches or is enrolled in; every one for an admin. */
  list(actor: Actor): Promise<ClassView[]>;
  /** @throws AppError `forbidden`, `class_name_taken`, `user_not_found` (the teacher) */
  create(actor: Actor, input: CreateClass): Promise<ClassView>;
  /** @throws AppError `forbidden`, `class_name_taken`, `user_not_found` (the teacher) */
  update(pass: StaffPass, patch: UpdateClass): Promise<ClassView>;
  /** @throws AppError `session_running` */
  archive(pass: StaffPass): Promise<void>;
  /** Enrolling twice is no error. @throws AppError `student_not_found` */
  addStudent(pass: StaffPass, studentId: number): Promise<ClassView>;
  /** @throws AppError `student_not_enrolled` */
  removeStudent(pass: StaffPass, studentId: number): Promise<void>;
  /** Enrols active students; returns which were new. Ids of nobody else are left out. */
  enrol(pass: StaffPass, studentIds: readonly number[]): ReturnType<ClassStore["enrol"]>;
  /** The classes whose rooms a socket is in by itself: a teacher's own, a student's, none for admins. */
  roomsOf(actor: Actor): Promise<readonly number[]>;
  /** The class's teacher; null where it is archived or unknown. */
  teacherOf(classId: number): Promise<number | null>;
}

export function createClasses(
  { classes, schools, views, news, now }: {
    classes: ClassStore;
    schools: Pick<SchoolStore, "school">;
    views: ClassViews;
    news: ClassNews;
    /** Milliseconds since 1970. */
    now: () => number;
  },
): Classes {
  const isoNow = () => new Date(now()).toISOString();

  const today = async ({ settings }: StoredClass): Promise<string> =>
    dayIn(zoneOf(settings) ?? (await schools.school()).timeZone, now());

  function teacherForNew(actor: Actor, given: number | undefined): number {
    if (actor.role === "TEACHER") {
      if (given !== undefined && given !== actor.userId) throw denied("admin");
      return actor.userId;
    }
    if (given === undefined) {
      const message = "An administrator must say whose class it is";
      throw new AppError("invalid_request", {
        detail: `teacher_id: ${message}`,
        errors: [{ path: "teacher_id", message }],
      });
    }
    return given;
  }

  /** Storage comes first, so that a start in between reads the new list itself. */
  const enrol: Classes["enrol"] = async ({ class: found }, studentIds) => {
    const outcome = await classes.enrol(found.id, studentIds, { day: await today(found) });
    await news.enrolled(found.id, outcome);
    return outcome;
  };

  return {
    async list(actor) {
      return await views.viewsOf(actor, await classes.visibleTo(actor, isoNow()));
    },

    async create(actor, input) {
      if (!roleAllows("teacher_or_admin", actor)) throw denied("teacher_or_admin");
      const teacherId = teacherForNew(actor, input.teacherId);
      const made = await classes.create({ teacherId, name: input.name, at: isoNow() });
      await news.changed(made.id);
      return await views.viewOf(actor, made);
    },

    async update({ actor, class: before }, { name, markVisibility, teacherId }) {
      const moves = teacherId !== undefined && teacherId !== before.teacherId;
      if (moves && actor.role !== "ADMIN") throw denied("admin");
      const after = await classes.update(before.id, {
        ...(name === undefined ? {} : { name }),
        ...(markVisibility === undefined ? {} : { markVisibility }),
        ...(moves ? { teacherId } : {}),
        at: isoNow(),
      });
      if (markVisibility !== undefined) await news.visibilityChanged(before.id, markVisibility);
      if (moves) await news.changed(before.id);
      return await views.viewOf(actor, after);
    },

    async archive({ actor, class: { id } }) {
      if (await news.running(id)) throw new AppError("session_running");
      await classes.update(id, { archived: true, at: isoNow() });
      await news.cancelRunning(id, actor.userId);
      await news.changed(id);
    },

    async addStudent(pass, studentId) {
      const { added, already } = await enrol(pass, [studentId]);
      if (added.length + already.length === 0) throw new AppError("student_not_found");
      return await views.viewOf(pass.actor, pass.class);
    },

    async removeStudent({ class: found }, studentId) {
      const { id } = found;
      const ended = await classes.unenrol(id, studentId, { day: await today(found) });
      // Told in any case: an earlier call may have failed before its news.
      await news.left(id, studentId);
      if (!ended) throw new AppError("student_not_enrolled");
    },

    enrol,

    async roomsOf(actor) {
      switch (actor.role) {
        case "TEACHER":
          return (await classes.visibleTo(actor, isoNow())).map(({ id }) => id);
        case "STUDENT":
          return await classes.enrolledIn(actor.userId);
        case "ADMIN":
          return [];
      }
    },

    async teacherOf(classId) {
      const found = await classes.byId(classId);
      return found && !found.archived ? found.teacherId : null;
    },
  };
}
