import { AppError, type ErrorCode } from "../../kernel/errors.ts";
import type { ClassStore, StoredClass } from "../../classes/store.ts";
import type { StoredUser } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { brokenUnique, verb } from "./errors.ts";
import { listOf } from "./lists.ts";
import { CLASS_STATEMENTS, type ClassRow } from "./statements/classes.ts";
import { toUser } from "./users.ts";

const toClass = (row: ClassRow): StoredClass => ({
  id: Number(row.id),
  name: row.name,
  teacherId: Number(row.teacherId),
  markVisibility: row.markVisibility,
  archived: row.archived,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
  sessionCount: row.sessionCount,
});

const BY_ROLE = {
  ADMIN: CLASS_STATEMENTS.visibleToAdmin,
  TEACHER: CLASS_STATEMENTS.visibleToTeacher,
  STUDENT: CLASS_STATEMENTS.visibleToStudent,
};

const BY_ROLE_AND_NAME = {
  ADMIN: CLASS_STATEMENTS.visibleByNameToAdmin,
  TEACHER: CLASS_STATEMENTS.visibleByNameToTeacher,
  STUDENT: CLASS_STATEMENTS.visibleByNameToStudent,
};

/** Runs a write; a broken unique rule becomes the error that names it. */
async function writeClass(
  missing: ErrorCode,
  write: () => Promise<ClassRow | undefined>,
): Promise<StoredClass> {
  let row: ClassRow | undefined;
  try {
    row = await write();
  } catch (cause) {
    if (brokenUnique(cause, ["classes_of_teacher"])) {
      throw new AppError("class_name_taken", { cause });
    }
    throw cause;
  }
  if (!row) throw refusal(missing);
  return toClass(row);
}

const refusal = (code: ErrorCode): AppError =>
  code === "user_not_found"
    ? new AppError(code, { detail: "Teacher not found" })
    : new AppError(code);

export function createClassStore(db: Database): ClassStore {
  return {
    create: verb(({ teacherId: teacher, name, at }) =>
      writeClass(
        "user_not_found",
        () => db.get(CLASS_STATEMENTS.create, { teacher, name: name.normalize("NFC"), at }),
      )
    ),
    byId: verb(async (id) => {
      const row = await db.get(CLASS_STATEMENTS.byId, { id });
      return row ? toClass(row) : null;
    }),
    visibleByName: verb(async ({ role, userId: actor }, text) => {
      const name = text.normalize("NFC");
      const rows = await db.all(BY_ROLE_AND_NAME[role], { actor, name });
      // SQL Server ignores spaces at the end of what it compares.
      return rows.filter((row) => row.name === name).map(toClass);
    }),
    visibleTo: verb(async ({ role, userId: actor }) =>
      (await db.all(BY_ROLE[role], { actor })).map(toClass)
    ),
    update: verb((id, { name, teacherId, markVisibility, archived, at }) =>
      writeClass("class_not_found", async () => {
        const [refusals, rows] = await db.sets(CLASS_STATEMENTS.update, {
          class: id,
          name: name?.normalize("NFC") ?? null,
          teacher: teacherId ?? null,
          visibility: markVisibility ?? null,
          archived: archived ?? null,
          at,
        });
        const refused = refusals?.[0]?.refused;
        if (refused) throw refusal(refused);
        return rows?.[0];
      })
    ),
    enrol: verb(async (classId, studentIds, at) => {
      const students = listOf(studentIds);
      const [refusals, rows = []] = await db.sets(CLASS_STATEMENTS.enrol, {
        class: classId,
        students,
        at,
      });
      const refused = refusals?.[0]?.refused;
      if (refused) throw refusal(refused);
      const of = (already: number) =>
        rows.filter((row) => row.already === already).map(({ id }) => Number(id));
      return { added: of(0), already: of(1) };
    }),
    unenrol: verb(async (classId, student) => {
      const row = await db.get(CLASS_STATEMENTS.unenrol, { class: classId, student });
      return row !== undefined && row.ended > 0;
    }),
    isEnrolled: verb(async (classId, student) =>
      await db.get(CLASS_STATEMENTS.isEnrolled, { class: classId, student }) !== undefined
    ),
    studentsOf: verb(async (classIds) => {
      const lists = new Map<number, StoredUser[]>(classIds.map((id) => [id, []]));
      const rows = await db.all(CLASS_STATEMENTS.studentsOf, { classes: listOf(classIds) });
      for (const row of rows) lists.get(Number(row.classId))?.push(toUser(row));
      return lists;
    }),
    studentCount: verb(async (classId) =>
      (await db.get(CLASS_STATEMENTS.studentCount, { class: classId }))?.students ?? 0
    ),
    enrolledIn: verb(async (student) =>
      (await db.all(CLASS_STATEMENTS.enrolledIn, { student })).map(({ id }) => Number(id))
    ),
  };
}
