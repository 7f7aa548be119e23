/** Stored classes as a viewer may see them. */
import type { PageInput } from "../kernel/page.ts";
import { readSessions } from "../records/history.ts";
import { AppError } from "../kernel/errors.ts";
import type { Storage } from "../adapters/storage.ts";
import type { StoredClass } from "./store.ts";
import type { Actor } from "../kernel/actor.ts";
import { usersById, usersSeenBy } from "../accounts/views.ts";
import type { ClassDetailView } from "../records/class_page.ts";
import type { ClassView } from "./schema.ts";

/** A class with one page of its sessions, and the cursor of the next. */
export interface ClassPage {
  readonly data: ClassDetailView;
  readonly next: string | null;
}

export interface ClassReader {
  /** All of them with few statements, in the order given. */
  viewsOf(viewer: Actor, found: readonly StoredClass[]): Promise<ClassView[]>;
  viewOf(viewer: Actor, found: StoredClass): Promise<ClassView>;
  pageOf(viewer: Actor, found: StoredClass, page: PageInput): Promise<ClassPage>;
}

export function createClassReader({ classes, users, history }: Storage): ClassReader {
  const viewsOf: ClassReader["viewsOf"] = async (viewer, found) => {
    if (found.length === 0) return [];
    const [students, teacher] = await Promise.all([
      classes.studentsOf(found.map(({ id }) => id)),
      usersById(users, found.map(({ teacherId }) => teacherId)),
    ]);
    const viewOf = usersSeenBy(viewer);
    return found.map((one) => {
      const enrolled = students.get(one.id) ?? [];
      return {
        id: one.id,
        class_name: one.name,
        teacher: viewOf(teacher(one.teacherId)),
        students: enrolled.map(viewOf),
        student_count: enrolled.length,
        mark_visibility: one.markVisibility,
        created_at: one.createdAt,
        updated_at: one.updatedAt,
      };
    });
  };

  const viewOf: ClassReader["viewOf"] = async (viewer, found) => {
    const [view] = await viewsOf(viewer, [found]);
    if (!view) throw new AppError("class_not_found");
    return view;
  };

  return {
    viewsOf,
    viewOf,
    async pageOf(viewer, found, page) {
      const [view, sessions] = await Promise.all([
        viewOf(viewer, found),
        readSessions(history, viewer, found.id, page),
      ]);
      return {
        data: { ...view, total_sessions: found.sessionCount, sessions: sessions.data },
        next: sessions.next,
      };
    },
  };
}
