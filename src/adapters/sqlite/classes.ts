import { AppError } from "../../kernel/errors.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { ClassStore, StoredClass } from "../../classes/store.ts";
import type { StoredUser } from "../../accounts/store.ts";
import { brokenConstraint, type Database } from "./database.ts";
import { toUser, USER_COLUMNS, type UserRow } from "./users.ts";
import { verb } from "./verb.ts";

const COLUMNS = `classes.id, classes.name, classes.teacher_id AS teacherId,
  classes.mark_visibility AS markVisibility, classes.archived, classes.created_at AS createdAt,
  classes.updated_at AS updatedAt, classes.session_count AS sessionCount`;

interface ClassRow extends Omit<StoredClass, "archived"> {
  readonly archived: number;
}

const toClass = (row: ClassRow): StoredClass => ({
  id: row.id,
  name: row.name,
  teacherId: row.teacherId,
  markVisibility: row.markVisibility,
  archived: row.archived === 1,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  sessionCount: row.sessionCount,
});

const BY_ID = `SELECT ${COLUMNS} FROM classes WHERE id = ?`;

const IS_TEACHER = "SELECT 1 FROM users WHERE id = ? AND role = 'TEACHER' AND active = 1";

const INSERT = `INSERT INTO classes (teacher_id, name, created_at, updated_at)
  VALUES (?, ?, ?, ?) RETURNING ${COLUMNS}`;

const UPDATE = `UPDATE classes SET name = ?, teacher_id = ?, mark_visibility = ?, archived = ?,
  updated_at = ? WHERE id = ? RETURNING ${COLUMNS}`;

/** The classes that a role may see; the actor's id is the first value, except for an ADMIN's. */
const VISIBLE: Readonly<Record<Actor["role"], string>> = {
  ADMIN: `SELECT ${COLUMNS} FROM classes WHERE archived = 0`,
  TEACHER: `SELECT ${COLUMNS} FROM classes WHERE archived = 0 AND teacher_id = ?`,
  STUDENT: `SELECT ${COLUMNS} FROM enrolments CROSS JOIN classes ON classes.id = enrolments.class_id
    WHERE archived = 0 AND enrolments.student_id = ?`,
};

const ENROL = `INSERT INTO enrolments (class_id, student_id, created_at)
  SELECT ?, users.id, ? FROM users
  WHERE users.id IN (SELECT value FROM json_each(?)) AND users.role = 'STUDENT' AND users.active = 1
  ON CONFLICT DO NOTHING RETURNING student_id AS id`;

const ALREADY = `SELECT users.id FROM enrolments JOIN users ON users.id = enrolments.student_id
  WHERE enrolments.class_id = ? AND users.id IN (SELECT value FROM json_each(?))
    AND users.role = 'STUDENT' AND users.active = 1 ORDER BY users.id`;

const STUDENTS = `SELECT enrolments.class_id AS classId, ${USER_COLUMNS}
  FROM enrolments CROSS JOIN users ON users.id = enrolments.student_id
  WHERE enrolments.class_id IN (SELECT value FROM json_each(?))
    AND users.role = 'STUDENT' AND users.active = 1
  ORDER BY users.username_key, users.id`;

const STUDENT_COUNT = `SELECT count(*) AS students
  FROM enrolments CROSS JOIN users ON users.id = enrolments.student_id
  WHERE enrolments.class_id = ? AND users.role = 'STUDENT' AND users.active = 1`;

const ENROLLED_IN = `SELECT classes.id FROM enrolments
  CROSS JOIN classes ON classes.id = enrolments.class_id
  WHERE enrolments.student_id = ? AND classes.archived = 0 ORDER BY classes.id`;

/** Runs a write; a broken unique rule becomes the error that names it. */
function writeClass(write: () => ClassRow | undefined): StoredClass {
  let row: ClassRow | undefined;
  try {
    row = write();
  } catch (cause) {
    if (brokenConstraint(cause)?.includes("classes.name")) {
      throw new AppError("class_name_taken", { cause });
    }
    throw cause;
  }
  if (!row) throw new AppError("class_not_found");
  return toClass(row);
}

export function createClassStore(db: Database): ClassStore {
  const guardTeacher = (teacherId: number) => {
    if (!db.get(IS_TEACHER, teacherId)) {
      throw new AppError("user_not_found", { detail: "Teacher not found" });
    }
  };

  /** Must run inside the transaction of the write that follows. */
  const open = (id: number): ClassRow => {
    const row = db.get<ClassRow>(BY_ID, id);
    if (!row || row.archived === 1) throw new AppError("class_not_found");
    return row;
  };

  const visible = (actor: Actor, rest: string, ...values: string[]) =>
    (actor.role === "ADMIN"
      ? db.all<ClassRow>(VISIBLE.ADMIN + rest, ...values)
      : db.all<ClassRow>(VISIBLE[actor.role] + rest, actor.userId, ...values)).map(toClass);

  return {
    create: verb(({ teacherId, name, at }) =>
      db.transaction(() => {
        guardTeacher(teacherId);
        return writeClass(() => db.get<ClassRow>(INSERT, teacherId, name.normalize("NFC"), at, at));
      })
    ),
    byId: verb((id) => {
      const row = db.get<ClassRow>(BY_ID, id);
      return row ? toClass(row) : null;
    }),
    visibleByName: verb((actor, name) =>
      visible(actor, " AND classes.name = ? ORDER BY classes.id", name.normalize("NFC"))
    ),
    visibleTo: verb((actor) => visible(actor, " ORDER BY classes.id")),
    update: verb((id, patch) =>
      db.transaction(() => {
        const before = open(id);
        if (patch.teacherId !== undefined && patch.teacherId !== before.teacherId) {
          guardTeacher(patch.teacherId);
        }
        return writeClass(() =>
          db.get<ClassRow>(
            UPDATE,
            patch.name?.normalize("NFC") ?? before.name,
            patch.teacherId ?? before.teacherId,
            patch.markVisibility ?? before.markVisibility,
            Number(patch.archived ?? false),
            patch.at,
            id,
          )
        );
      })
    ),
    enrol: verb((classId, studentIds, at) =>
      db.transaction(() => {
        open(classId);
        const ids = JSON.stringify(studentIds);
        const already = db.all<{ id: number }>(ALREADY, classId, ids).map(({ id }) => id);
        const added = db.all<{ id: number }>(ENROL, classId, at, ids).map(({ id }) => id);
        return { added: added.toSorted((a, b) => a - b), already };
      })
    ),
    unenrol: verb((classId, studentId) =>
      db.run("DELETE FROM enrolments WHERE class_id = ? AND student_id = ?", classId, studentId)
        .changes > 0
    ),
    isEnrolled: verb((classId, studentId) =>
      db.get(
        "SELECT 1 FROM enrolments WHERE class_id = ? AND student_id = ?",
        classId,
        studentId,
      ) !==
        undefined
    ),
    studentsOf: verb((classIds) => {
      const lists = new Map<number, StoredUser[]>(classIds.map((id) => [id, []]));
      const rows = db.all<UserRow & { classId: number }>(STUDENTS, JSON.stringify(classIds));
      for (const row of rows) lists.get(row.classId)?.push(toUser(row));
      return lists;
    }),
    studentCount: verb((classId) =>
      db.get<{ students: number }>(STUDENT_COUNT, classId)?.students ?? 0
    ),
    enrolledIn: verb((userId) => db.all<{ id: number }>(ENROLLED_IN, userId).map(({ id }) => id)),
  };
}
