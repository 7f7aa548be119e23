/** Classes: who teaches, who is enrolled. Knows no transport. */
import type { PageInput } from "../kernel/page.ts";
import { denied, roleAllows } from "../kernel/access.ts";
import { AppError } from "../kernel/errors.ts";
import type { LiveStore } from "../sessions/live_store.ts";
import type { Storage } from "../adapters/storage.ts";
import type { Actor } from "../kernel/actor.ts";
import { dayIn } from "../kernel/day.ts";
import { handleKey } from "../kernel/names.ts";
import { type Admission, createAdmission } from "./admission.ts";
import type { ClassPage } from "../records/class_page.ts";
import type { ClassSettings, StoredClass } from "./store.ts";
import { zoneOf } from "./settings.ts";
import { createClassReader } from "./views.ts";
import type { ClassView, CreateClass, UpdateClass } from "./schema.ts";
import type { ImportResult } from "../imports/schema.ts";

/**
 * A class that is unknown or archived is `class_not_found`; another's class is `forbidden`, except
 * by name, where it is not found either. The role is looked at before the class.
 */
export interface Classes extends Admission {
  /** All that the actor teaches or is enrolled in; every one for an admin. */
  list(actor: Actor): Promise<ClassView[]>;
  /** @throws AppError `class_name_taken`, `user_not_found` (the teacher) */
  create(actor: Actor, input: CreateClass): Promise<ClassView>;
  /** @throws AppError `class_name_ambiguous` */
  byName(actor: Actor, name: string, page: PageInput): Promise<ClassPage>;
  byId(actor: Actor, classId: number, page: PageInput): Promise<ClassPage>;
  /** @throws AppError `class_name_taken`, `user_not_found` (the teacher) */
  update(actor: Actor, classId: number, patch: UpdateClass): Promise<ClassView>;
  /** @throws AppError `session_running` */
  archive(actor: Actor, classId: number): Promise<void>;
  /** Enrolling twice is no error. @throws AppError `student_not_found` */
  addStudent(actor: Actor, classId: number, studentId: number): Promise<ClassView>;
  /** @throws AppError `student_not_enrolled` */
  removeStudent(actor: Actor, classId: number, studentId: number): Promise<void>;
  /** Enrols by email or username. */
  importStudents(
    actor: Actor,
    classId: number,
    handles: readonly string[],
  ): Promise<ImportResult>;
  /** The classes whose rooms a socket is in by itself: a teacher's own, a student's, none for admins. */
  roomsOf(actor: Actor): Promise<readonly number[]>;
}

export function createClasses(
  { storage, live, now }: { storage: Storage; live: LiveStore; now: () => number },
): Classes {
  const { classes, users } = storage;
  const isoNow = () => new Date(now()).toISOString();

  const { facts, admit } = createAdmission(classes);
  const { viewsOf, viewOf, pageOf } = createClassReader(storage);

  const today = async (settings: ClassSettings): Promise<string> =>
    dayIn(zoneOf(settings) ?? (await storage.schools.school()).timeZone, now());

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
  async function enrol({ id: classId, settings }: StoredClass, studentIds: readonly number[]) {
    const outcome = await classes.enrol(classId, studentIds, { day: await today(settings) });
    const present = [...outcome.added, ...outcome.already];
    // Those enrolled before are told again: an earlier call may have failed between the two.
    if (present.length > 0) await live.updateClass(classId, { enrol: present });
    if (outcome.added.length > 0) {
      await live.publishControl({
        type: "enrolment",
        classId,
        userIds: outcome.added,
        enrolled: true,
      });
    }
    return outcome;
  }

  /** A session that slipped in while the class was archived ends; the sweeper writes its audit line. */
  async function cancelLate(actor: Actor, classId: number): Promise<void> {
    const late = await live.session(classId);
    if (!late) return;
    try {
      await live.beginClose({
        classId,
        sessionId: late.sessionId,
        outcome: "cancelled",
        closedBy: actor.userId,
        closedAt: isoNow(),
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "no_active_session") throw error;
    }
  }

  return {
    facts,
    admit,

    async list(actor) {
      return await viewsOf(actor, await classes.visibleTo(actor, isoNow()));
    },

    async create(actor, input) {
      if (!roleAllows("teacher_or_admin", actor)) throw denied("teacher_or_admin");
      const teacherId = teacherForNew(actor, input.teacherId);
      const made = await classes.create({ teacherId, name: input.name, at: isoNow() });
      await live.publishControl({ type: "class", classId: made.id });
      return await viewOf(actor, made);
    },

    async byName(actor, name, page) {
      const [found, ...others] = await classes.visibleByName(actor, name, isoNow());
      if (!found) throw new AppError("class_not_found");
      if (others.length > 0) {
        const ids = [found, ...others].map(({ id }) => id);
        throw new AppError("class_name_ambiguous", {
          detail: `Several classes have this name (ids ${ids.join(", ")}); use the id`,
          extra: { class_ids: ids },
        });
      }
      return await pageOf(actor, found, page);
    },

    async byId(actor, classId, page) {
      const { class: found } = await admit(actor, classId, "class_member");
      return await pageOf(actor, found, page);
    },

    async update(actor, classId, { name, markVisibility, teacherId }) {
      const { class: before } = await admit(actor, classId, "class_staff");
      const moves = teacherId !== undefined && teacherId !== before.teacherId;
      if (moves && actor.role !== "ADMIN") throw denied("admin");
      const after = await classes.update(classId, {
        ...(name === undefined ? {} : { name }),
        ...(markVisibility === undefined ? {} : { markVisibility }),
        ...(moves ? { teacherId } : {}),
        at: isoNow(),
      });
      if (markVisibility !== undefined) await live.updateClass(classId, { markVisibility });
      if (moves) await live.publishControl({ type: "class", classId });
      return await viewOf(actor, after);
    },

    async archive(actor, classId) {
      await admit(actor, classId, "class_staff");
      if (await live.session(classId)) throw new AppError("session_running");
      await classes.update(classId, { archived: true, at: isoNow() });
      await cancelLate(actor, classId);
      await live.publishControl({ type: "class", classId });
    },

    async addStudent(actor, classId, studentId) {
      const { class: found } = await admit(actor, classId, "class_staff");
      const { added, already } = await enrol(found, [studentId]);
      if (added.length + already.length === 0) throw new AppError("student_not_found");
      return await viewOf(actor, found);
    },

    async removeStudent(actor, classId, studentId) {
      const { class: found } = await admit(actor, classId, "class_staff");
      const day = await today(found.settings);
      const ended = await classes.unenrol(classId, studentId, { day });
      await live.updateClass(classId, { unenrol: [studentId] });
      if (!ended) throw new AppError("student_not_enrolled");
      await live.publishControl({
        type: "enrolment",
        classId,
        userIds: [studentId],
        enrolled: false,
      });
    },

    async importStudents(actor, classId, handles) {
      const { class: into } = await admit(actor, classId, "class_staff");
      const given = new Map(handles.map((handle) => [handleKey(handle), handle]));
      const found = await users.studentsByHandle([...given.keys()]);
      const ids = new Set([...found.values()].map(({ id }) => id));
      const { added, already } = await enrol(into, [...ids]);
      return {
        added: added.length,
        already: already.length,
        unknown: [...given].flatMap(([key, handle]) => found.has(key) ? [] : [handle]),
      };
    },

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
  };
}
