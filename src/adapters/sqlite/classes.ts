import { AppError } from "../../kernel/errors.ts";
import type { Actor } from "../../kernel/actor.ts";
import type {
  ClassStore,
  Enrolment,
  StaffMember,
  StaffRole,
  StoredClass,
} from "../../classes/store.ts";
import type { StoredUser } from "../../accounts/store.ts";
import { brokenConstraint, type Database } from "./database.ts";
import { addMessages } from "./outbox.ts";
import { BY_SORT_NAME, toUser, USER_COLUMNS, type UserRow } from "./users.ts";
import { verb } from "./verb.ts";

const COLUMNS = `classes.id, classes.name, classes.teacher_id AS teacherId,
  classes.mark_visibility AS markVisibility, classes.settings, classes.archived,
  classes.created_at AS createdAt, classes.updated_at AS updatedAt,
  classes.session_count AS sessionCount`;

interface ClassRow extends Omit<StoredClass, "archived" | "settings"> {
  readonly archived: number;
  readonly settings: string;
}

const toClass = (row: ClassRow): StoredClass => ({
  id: row.id,
  name: row.name,
  teacherId: row.teacherId,
  markVisibility: row.markVisibility,
  settings: JSON.parse(row.settings),
  archived: row.archived === 1,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  sessionCount: row.sessionCount,
});

const BY_ID = `SELECT ${COLUMNS} FROM classes WHERE id = ?`;

const IS_TEACHER = "SELECT 1 FROM users WHERE id = ? AND role = 'TEACHER' AND active = 1";

const INSERT = `INSERT INTO classes (teacher_id, name, settings, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?) RETURNING ${COLUMNS}`;

const UPDATE = `UPDATE classes SET name = ?, teacher_id = ?, mark_visibility = ?, settings = ?,
  archived = ?, updated_at = ? WHERE id = ? RETURNING ${COLUMNS}`;

/** Of rows of class_staff: the right has begun and not ended at `?2`. */
const RUNS = "(begins_at IS NULL OR begins_at <= ?2) AND (ends_at IS NULL OR ends_at > ?2)";

/** The classes that a role may see: `?1` is the actor, `?2` the time, in each so that all take both. */
const VISIBLE: Readonly<Record<Actor["role"], string>> = {
  ADMIN: `SELECT ${COLUMNS} FROM classes WHERE archived = 0 AND ?1 = ?1 AND ?2 = ?2`,
  TEACHER: `SELECT ${COLUMNS} FROM classes WHERE archived = 0 AND id IN (
    SELECT id FROM classes WHERE teacher_id = ?1 AND archived = 0
    UNION ALL SELECT class_id FROM class_staff WHERE user_id = ?1 AND ${RUNS})`,
  STUDENT: `SELECT ${COLUMNS} FROM enrolments CROSS JOIN classes ON classes.id = enrolments.class_id
    WHERE archived = 0 AND enrolments.student_id = ?1 AND last_day IS NULL AND ?2 = ?2`,
};

const SET_STAFF = `INSERT INTO class_staff (class_id, user_id, role, begins_at, ends_at)
  VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role,
    begins_at = excluded.begins_at, ends_at = excluded.ends_at`;

const REMOVE_STAFF = "DELETE FROM class_staff WHERE class_id = ? AND user_id = ?";

const STAFF = `SELECT class_staff.class_id AS classId, class_staff.role AS staffRole,
    class_staff.begins_at AS "from", class_staff.ends_at AS until, ${USER_COLUMNS}
  FROM class_staff CROSS JOIN users ON users.id = class_staff.user_id
  WHERE class_staff.class_id IN (SELECT value FROM json_each(?)) AND users.active = 1
  ORDER BY ${BY_SORT_NAME}`;

const IS_STAFF = `SELECT 1 FROM classes WHERE id = ?3 AND (teacher_id = ?1
  OR EXISTS (SELECT 1 FROM class_staff WHERE class_id = ?3 AND user_id = ?1 AND ${RUNS}))`;

/** Students of the list `?1` who are active. */
const ACTIVE = `users.id IN (SELECT value FROM json_each(?1)) AND users.role = 'STUDENT'
  AND users.active = 1`;

const ALREADY =
  `SELECT users.id FROM enrolments CROSS JOIN users ON users.id = enrolments.student_id
  WHERE enrolments.class_id = ?2 AND last_day IS NULL AND ${ACTIVE} ORDER BY users.id`;

// Of several periods that reach this day the latest goes on.
const REOPEN = `UPDATE enrolments SET last_day = NULL
  WHERE class_id = ?2 AND last_day >= ?3
    AND student_id IN (SELECT id FROM users WHERE ${ACTIVE})
    AND NOT EXISTS (SELECT 1 FROM enrolments AS later WHERE later.class_id = ?2
      AND later.student_id = enrolments.student_id AND later.first_day > enrolments.first_day)
  RETURNING student_id AS id`;

const ENROL = `INSERT INTO enrolments (class_id, student_id, first_day)
  SELECT ?2, users.id, ?3 FROM users WHERE ${ACTIVE} AND NOT EXISTS (SELECT 1 FROM enrolments
    WHERE class_id = ?2 AND student_id = users.id AND last_day IS NULL)
  RETURNING student_id AS id`;

const UNENROL = `UPDATE enrolments SET last_day = max(first_day, ?3)
  WHERE class_id = ?1 AND student_id = ?2 AND last_day IS NULL`;

const IS_ENROLLED =
  "SELECT 1 FROM enrolments WHERE class_id = ? AND student_id = ? AND last_day IS NULL";

const STUDENTS = `SELECT enrolments.class_id AS classId, ${USER_COLUMNS}
  FROM enrolments CROSS JOIN users ON users.id = enrolments.student_id
  WHERE enrolments.class_id IN (SELECT value FROM json_each(?1)) AND last_day IS NULL
    AND users.role = 'STUDENT' AND users.active = 1
  ORDER BY ${BY_SORT_NAME}`;

// One who left and came back on the same day is listed once.
const STUDENTS_ON = `SELECT DISTINCT enrolments.class_id AS classId, users.sort_key, ${USER_COLUMNS}
  FROM enrolments CROSS JOIN users ON users.id = enrolments.student_id
  WHERE enrolments.class_id IN (SELECT value FROM json_each(?1))
    AND first_day <= ?2 AND (last_day IS NULL OR last_day >= ?2)
  ORDER BY ${BY_SORT_NAME}`;

const STUDENT_COUNT = `SELECT count(*) AS students
  FROM enrolments CROSS JOIN users ON users.id = enrolments.student_id
  WHERE enrolments.class_id = ? AND last_day IS NULL
    AND users.role = 'STUDENT' AND users.active = 1`;

const ENROLLED_IN = `SELECT classes.id FROM enrolments
  CROSS JOIN classes ON classes.id = enrolments.class_id
  WHERE enrolments.student_id = ? AND last_day IS NULL AND classes.archived = 0
  ORDER BY classes.id`;

const ENROLMENTS = `SELECT student_id AS studentId, first_day AS firstDay, last_day AS lastDay
  FROM enrolments WHERE class_id = ? ORDER BY student_id, first_day`;

const BY_EXTERNAL_ID = `SELECT ${COLUMNS} FROM class_external_ids AS ids
  CROSS JOIN classes ON classes.id = ids.class_id WHERE ids.source = ? AND ids.external_id = ?`;

const IDENTIFY = `INSERT INTO class_external_ids (source, external_id, class_id) VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET class_id = excluded.class_id WHERE class_id = excluded.class_id`;

interface StaffRow extends UserRow {
  readonly classId: number;
  readonly staffRole: StaffRole;
  readonly from: string | null;
  readonly until: string | null;
}

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

  const visible = (actor: Actor, at: string, rest: string, ...values: string[]) =>
    db.all<ClassRow>(VISIBLE[actor.role] + rest, actor.userId, at, ...values).map(toClass);

  return {
    create: verb(({ teacherId, name, settings = {}, at }) =>
      db.transaction(() => {
        guardTeacher(teacherId);
        const json = JSON.stringify(settings);
        return writeClass(() =>
          db.get<ClassRow>(INSERT, teacherId, name.normalize("NFC"), json, at, at)
        );
      })
    ),
    byId: verb((id) => {
      const row = db.get<ClassRow>(BY_ID, id);
      return row ? toClass(row) : null;
    }),
    visibleByName: verb((actor, name, at) =>
      visible(actor, at, " AND classes.name = ?3 ORDER BY classes.id", name.normalize("NFC"))
    ),
    visibleTo: verb((actor, at) => visible(actor, at, " ORDER BY classes.id")),
    update: verb((id, patch) =>
      db.transaction(() => {
        const before = open(id);
        const { teacherId = before.teacherId } = patch;
        if (teacherId !== before.teacherId) {
          guardTeacher(teacherId);
          db.run(REMOVE_STAFF, id, teacherId);
        }
        return writeClass(() =>
          db.get<ClassRow>(
            UPDATE,
            patch.name?.normalize("NFC") ?? before.name,
            teacherId,
            patch.markVisibility ?? before.markVisibility,
            patch.settings === undefined ? before.settings : JSON.stringify(patch.settings),
            Number(patch.archived ?? false),
            patch.at,
            id,
          )
        );
      })
    ),

    setStaff: verb((classId, { userId, role, from, until }) =>
      db.transaction(() => {
        open(classId);
        guardTeacher(userId);
        db.run(SET_STAFF, classId, userId, role, from, until);
      })
    ),
    removeStaff: verb((classId, userId) => db.run(REMOVE_STAFF, classId, userId).changes > 0),
    staffOf: verb((classIds) => {
      const lists = new Map<number, StaffMember[]>(classIds.map((id) => [id, []]));
      for (const row of db.all<StaffRow>(STAFF, JSON.stringify(classIds))) {
        const { staffRole, from, until } = row;
        lists.get(row.classId)?.push({ user: toUser(row), role: staffRole, from, until });
      }
      return lists;
    }),
    isStaff: verb((classId, userId, at) => db.get(IS_STAFF, userId, at, classId) !== undefined),

    enrol: verb((classId, studentIds, { day, messages }) =>
      db.transaction(() => {
        open(classId);
        const ids = JSON.stringify(studentIds);
        const idsOf = (rows: readonly { id: number }[]) => rows.map(({ id }) => id);
        const already = idsOf(db.all<{ id: number }>(ALREADY, ids, classId));
        const added = [REOPEN, ENROL].flatMap((sql) =>
          idsOf(db.all<{ id: number }>(sql, ids, classId, day))
        );
        if (added.length > 0) addMessages(db, classId, messages);
        return { added: added.toSorted((a, b) => a - b), already };
      })
    ),
    unenrol: verb((classId, studentId, { day, messages }) =>
      db.transaction(() => {
        if (db.run(UNENROL, classId, studentId, day).changes === 0) return false;
        addMessages(db, classId, messages);
        return true;
      })
    ),
    isEnrolled: verb((classId, studentId) => db.get(IS_ENROLLED, classId, studentId) !== undefined),
    studentsOf: verb((classIds, day) => {
      const lists = new Map<number, StoredUser[]>(classIds.map((id) => [id, []]));
      const asked = JSON.stringify(classIds);
      const rows = day === undefined
        ? db.all<UserRow & { classId: number }>(STUDENTS, asked)
        : db.all<UserRow & { classId: number }>(STUDENTS_ON, asked, day);
      for (const row of rows) lists.get(row.classId)?.push(toUser(row));
      return lists;
    }),
    studentCount: verb((classId) =>
      db.get<{ students: number }>(STUDENT_COUNT, classId)?.students ?? 0
    ),
    enrolledIn: verb((userId) => db.all<{ id: number }>(ENROLLED_IN, userId).map(({ id }) => id)),
    enrolments: verb((classId) =>
      db.all<Enrolment>(ENROLMENTS, classId).map((row) => ({ ...row }))
    ),

    identify: verb((classId, { source, externalId }) => {
      if (db.run(IDENTIFY, source, externalId, classId).changes === 0) {
        throw new AppError("external_id_taken");
      }
    }),
    byExternalId: verb(({ source, externalId }) => {
      const row = db.get<ClassRow>(BY_EXTERNAL_ID, source, externalId);
      return row ? toClass(row) : null;
    }),
  };
}
