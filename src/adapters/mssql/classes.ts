import { AppError, type ErrorCode } from "../../kernel/errors.ts";
import type { ClassStore, StaffMember, StoredClass } from "../../classes/store.ts";
import type { StoredUser } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { brokenUnique, verb } from "./errors.ts";
import { claimExternalId } from "./external_ids.ts";
import { listOf } from "./lists.ts";
import { messageList } from "./outbox.ts";
import { CLASS_STATEMENTS, type ClassRow } from "./statements/classes.ts";
import { toUser } from "./users.ts";

const toClass = (row: ClassRow): StoredClass => ({
  id: Number(row.id),
  name: row.name,
  teacherId: Number(row.teacherId),
  markVisibility: row.markVisibility,
  settings: JSON.parse(row.settings),
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
    create: verb(({ teacherId: teacher, name, settings = {}, at }) =>
      writeClass("user_not_found", () =>
        db.get(CLASS_STATEMENTS.create, {
          teacher,
          name: name.normalize("NFC"),
          settings: JSON.stringify(settings),
          at,
        }))
    ),
    byId: verb(async (id) => {
      const row = await db.get(CLASS_STATEMENTS.byId, { id });
      return row ? toClass(row) : null;
    }),
    visibleByName: verb(async ({ role, userId: actor }, text, at) => {
      const name = text.normalize("NFC");
      const rows = await db.all(BY_ROLE_AND_NAME[role], { actor, name, at });
      // SQL Server ignores spaces at the end of what it compares.
      return rows.filter((row) => row.name === name).map(toClass);
    }),
    visibleTo: verb(async ({ role, userId: actor }, at) =>
      (await db.all(BY_ROLE[role], { actor, at })).map(toClass)
    ),
    update: verb((id, { name, teacherId, markVisibility, settings, archived, at }) =>
      writeClass("class_not_found", async () => {
        const [refusals, rows] = await db.sets(CLASS_STATEMENTS.update, {
          class: id,
          name: name?.normalize("NFC") ?? null,
          teacher: teacherId ?? null,
          visibility: markVisibility ?? null,
          settings: settings === undefined ? null : JSON.stringify(settings),
          archived: archived ?? null,
          at,
        });
        const refused = refusals?.[0]?.refused;
        if (refused) throw refusal(refused);
        return rows?.[0];
      })
    ),
    setStaff: verb(async (classId, { userId: user, role, from: begins, until: ends }) => {
      const values = { class: classId, user, role, begins, ends };
      const refused = (await db.get(CLASS_STATEMENTS.setStaff, values))?.refused;
      if (refused) throw refusal(refused);
    }),
    removeStaff: verb(async (classId, user) =>
      await db.run(CLASS_STATEMENTS.removeStaff, { class: classId, user }) > 0
    ),
    staffOf: verb(async (classIds) => {
      const lists = new Map<number, StaffMember[]>(classIds.map((id) => [id, []]));
      for (const row of await db.all(CLASS_STATEMENTS.staffOf, { classes: listOf(classIds) })) {
        lists.get(Number(row.classId))?.push({
          user: toUser(row),
          role: row.staffRole,
          from: row.beginsAt?.toISOString() ?? null,
          until: row.endsAt?.toISOString() ?? null,
        });
      }
      return lists;
    }),
    isStaff: verb(async (classId, actor, at) =>
      await db.get(CLASS_STATEMENTS.isStaff, { class: classId, actor, at }) !== undefined
    ),
    enrol: verb(async (classId, studentIds, { day, messages }) => {
      const [refusals, rows = []] = await db.sets(CLASS_STATEMENTS.enrol, {
        class: classId,
        students: listOf(studentIds),
        day,
        messages: messageList(messages),
      });
      const refused = refusals?.[0]?.refused;
      if (refused) throw refusal(refused);
      const of = (already: number) =>
        rows.filter((row) => row.already === already).map(({ id }) => Number(id));
      return { added: of(0), already: of(1) };
    }),
    unenrol: verb(async (classId, student, { day, messages }) => {
      const values = { class: classId, student, day, messages: messageList(messages) };
      const row = await db.get(CLASS_STATEMENTS.unenrol, values);
      return row !== undefined && row.ended > 0;
    }),
    isEnrolled: verb(async (classId, student) =>
      await db.get(CLASS_STATEMENTS.isEnrolled, { class: classId, student }) !== undefined
    ),
    studentsOf: verb(async (classIds, day) => {
      const lists = new Map<number, StoredUser[]>(classIds.map((id) => [id, []]));
      const classes = listOf(classIds);
      const rows = day === undefined
        ? await db.all(CLASS_STATEMENTS.studentsOf, { classes })
        : await db.all(CLASS_STATEMENTS.studentsOn, { classes, day });
      for (const row of rows) lists.get(Number(row.classId))?.push(toUser(row));
      return lists;
    }),
    studentCount: verb(async (classId) =>
      (await db.get(CLASS_STATEMENTS.studentCount, { class: classId }))?.students ?? 0
    ),
    enrolledIn: verb(async (student) =>
      (await db.all(CLASS_STATEMENTS.enrolledIn, { student })).map(({ id }) => Number(id))
    ),
    enrolments: verb(async (classId) =>
      (await db.all(CLASS_STATEMENTS.enrolments, { class: classId })).map((row) => ({
        ...row,
        studentId: Number(row.studentId),
      }))
    ),
    identify: verb((id, { source, externalId: external }) =>
      claimExternalId(
        id,
        "class_external_ids_pk",
        () => db.get(CLASS_STATEMENTS.identify, { id, source, external }),
      )
    ),
    byExternalId: verb(async ({ source, externalId: external }) => {
      const row = await db.get(CLASS_STATEMENTS.byExternalId, { source, external });
      return row ? toClass(row) : null;
    }),
  };
}
