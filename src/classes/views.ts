/** Stored classes as a viewer may see them. */
import type { UserStore } from "../accounts/store.ts";
import { usersById, usersSeenBy } from "../accounts/views.ts";
import type { Actor } from "../kernel/actor.ts";
import { AppError } from "../kernel/errors.ts";
import type { ClassView } from "./schema.ts";
import type { ClassStore, StoredClass } from "./store.ts";

export interface ClassViews {
  /** All of them with few statements, in the order given. */
  viewsOf(viewer: Actor, found: readonly StoredClass[]): Promise<ClassView[]>;
  viewOf(viewer: Actor, found: StoredClass): Promise<ClassView>;
}

export function createClassViews(
  { classes, users }: { classes: Pick<ClassStore, "studentsOf">; users: Pick<UserStore, "byId"> },
): ClassViews {
  const viewsOf: ClassViews["viewsOf"] = async (viewer, found) => {
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
  return {
    viewsOf,
    async viewOf(viewer, found) {
      const [view] = await viewsOf(viewer, [found]);
      if (!view) throw new AppError("class_not_found");
      return view;
    },
  };
}
