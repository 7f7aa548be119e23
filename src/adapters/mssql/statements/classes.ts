import type { StaffRole } from "../../../classes/store.ts";
import type { MarkVisibility } from "../../../classes/visibility.ts";
import type { Actor } from "../../../kernel/actor.ts";
import { CHARACTERS, unitsOf } from "../../../kernel/text.ts";
import { ascii, BIT, ID, MAX_TEXT, reading, returning, text, TIME } from "../statement.ts";
import { ADD_MESSAGES } from "./outbox.ts";
import { classLock, lock, ROLES_LOCK, transaction } from "./transaction.ts";
import { BY_SORT_NAME, type Refusal, userColumns, type UserRow } from "./users.ts";

const columns = (of: string): string =>
  `${of}.id, ${of}.name, ${of}.teacher_id AS [teacherId], ${of}.mark_visibility AS [markVisibility],
  ${of}.settings, ${of}.archived, ${of}.created_at AS [createdAt], ${of}.updated_at AS [updatedAt],
  ${of}.session_count AS [sessionCount]`;

/** BIGINTs come as strings. */
export interface ClassRow {
  readonly id: string;
  readonly name: string;
  readonly teacherId: string;
  readonly markVisibility: MarkVisibility;
  /** JSON. */
  readonly settings: string;
  readonly archived: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly sessionCount: number;
}

const NAME = text(unitsOf(CHARACTERS.className));
const DAY = ascii(10);
const EXTERNAL_ID = {
  source: text(unitsOf(CHARACTERS.externalSource)),
  external: text(unitsOf(CHARACTERS.externalId)),
};

/** Of rows of class_staff named `staff`: the right has begun and not ended. */
const RUNS = `(staff.begins_at IS NULL OR staff.begins_at <= @at)
    AND (staff.ends_at IS NULL OR staff.ends_at > @at)`;

/** The classes that a role may see. */
const VISIBLE: Readonly<Record<Actor["role"], string>> = {
  ADMIN: `SELECT ${columns("classes")} FROM dbo.classes AS classes WHERE classes.archived = 0`,
  TEACHER: `SELECT ${columns("classes")} FROM dbo.classes AS classes
WHERE classes.archived = 0 AND classes.id IN (
  SELECT own.id FROM dbo.classes AS own WHERE own.teacher_id = @actor AND own.archived = 0
  UNION ALL SELECT staff.class_id FROM dbo.class_staff AS staff
  WHERE staff.user_id = @actor AND ${RUNS})`,
  STUDENT: `SELECT ${columns("classes")} FROM dbo.enrolments AS enrolments
JOIN dbo.classes AS classes ON classes.id = enrolments.class_id
WHERE classes.archived = 0 AND enrolments.student_id = @actor AND enrolments.last_day IS NULL`,
};

const visible = (role: Actor["role"]) =>
  reading<[ClassRow]>()({ actor: ID, at: TIME }, `${VISIBLE[role]} ORDER BY classes.id;`);

const visibleByName = (role: Actor["role"]) =>
  reading<[ClassRow]>()(
    { actor: ID, name: NAME, at: TIME },
    `${VISIBLE[role]} AND classes.name = @name ORDER BY classes.id;`,
  );

export interface StaffFields {
  readonly classId: string;
  readonly staffRole: StaffRole;
  readonly beginsAt: Date | null;
  readonly endsAt: Date | null;
}

interface EnrolmentRow {
  readonly studentId: string;
  readonly firstDay: string;
  readonly lastDay: string | null;
}

const ACTIVE_STUDENTS = `OPENJSON(@students) WITH (id BIGINT '$') AS asked
  JOIN dbo.users AS users ON users.id = asked.id`;
const ARE_ACTIVE = "users.role = 'STUDENT' AND users.active = 1";

const IS_TEACHER = (id: string) =>
  `EXISTS (SELECT 1 FROM dbo.users AS users
  WHERE users.id = ${id} AND users.role = 'TEACHER' AND users.active = 1)`;

/** Of a batch that wants an open class. */
const REFUSED_UNLESS_OPEN = `DECLARE @refused VARCHAR(20);
IF NOT EXISTS (SELECT 1 FROM dbo.classes AS classes WHERE classes.id = @class AND classes.archived = 0)
  SET @refused = 'class_not_found';`;

export const CLASS_STATEMENTS = {
  byId: reading<[ClassRow]>()(
    { id: ID },
    `SELECT ${columns("classes")} FROM dbo.classes AS classes WHERE classes.id = @id;`,
  ),
  visibleToAdmin: visible("ADMIN"),
  visibleToTeacher: visible("TEACHER"),
  visibleToStudent: visible("STUDENT"),
  visibleByNameToAdmin: visibleByName("ADMIN"),
  visibleByNameToTeacher: visibleByName("TEACHER"),
  visibleByNameToStudent: visibleByName("STUDENT"),
  create: returning<[ClassRow]>()(
    { teacher: ID, name: NAME, settings: MAX_TEXT, at: TIME },
    transaction(`${lock("Shared", ROLES_LOCK)}
INSERT INTO dbo.classes (teacher_id, name, settings, created_at, updated_at)
OUTPUT ${columns("INSERTED")}
SELECT @teacher, @name, @settings, @at, @at WHERE ${IS_TEACHER("@teacher")};`),
  ),
  update: returning<[Refusal, ClassRow]>()(
    {
      class: ID,
      name: NAME,
      teacher: ID,
      visibility: ascii(5),
      settings: MAX_TEXT,
      archived: BIT,
      at: TIME,
    },
    transaction(`${lock("Shared", ROLES_LOCK)}
${lock("Exclusive", classLock("@class"))}
${REFUSED_UNLESS_OPEN}
IF @refused IS NULL AND @teacher IS NOT NULL AND NOT ${IS_TEACHER("@teacher")}
  AND NOT EXISTS (SELECT 1 FROM dbo.classes AS classes
    WHERE classes.id = @class AND classes.teacher_id = @teacher)
  SET @refused = 'user_not_found';
SELECT @refused AS refused;
IF @refused IS NULL
  DELETE FROM dbo.class_staff WHERE class_id = @class AND user_id = @teacher;
IF @refused IS NULL
  UPDATE dbo.classes SET name = COALESCE(@name, name), teacher_id = COALESCE(@teacher, teacher_id),
    mark_visibility = COALESCE(@visibility, mark_visibility),
    settings = COALESCE(@settings, settings), archived = COALESCE(@archived, archived), updated_at = @at
  OUTPUT ${columns("INSERTED")}
  WHERE id = @class;`),
  ),
  setStaff: returning<[Refusal]>()(
    { class: ID, user: ID, role: ascii(5), begins: TIME, ends: TIME },
    transaction(`${lock("Shared", ROLES_LOCK)}
${lock("Exclusive", classLock("@class"))}
${REFUSED_UNLESS_OPEN}
IF @refused IS NULL AND NOT ${IS_TEACHER("@user")}
  SET @refused = 'user_not_found';
IF @refused IS NULL
BEGIN
  DELETE FROM dbo.class_staff WHERE class_id = @class AND user_id = @user;
  INSERT INTO dbo.class_staff (class_id, user_id, role, begins_at, ends_at)
  VALUES (@class, @user, @role, @begins, @ends);
END;
SELECT @refused AS refused;`),
    { repeatable: true },
  ),
  removeStaff: returning<[]>()(
    { class: ID, user: ID },
    "DELETE FROM dbo.class_staff WHERE class_id = @class AND user_id = @user;",
  ),
  staffOf: reading<[UserRow & StaffFields]>()(
    { classes: MAX_TEXT },
    `SELECT staff.class_id AS [classId], staff.role AS [staffRole], staff.begins_at AS [beginsAt],
  staff.ends_at AS [endsAt], ${userColumns("users")}
FROM OPENJSON(@classes) WITH (id BIGINT '$') AS asked
JOIN dbo.class_staff AS staff ON staff.class_id = asked.id
JOIN dbo.users AS users ON users.id = staff.user_id
WHERE users.active = 1 ORDER BY ${BY_SORT_NAME};`,
  ),
  isStaff: reading<[{ readonly staff: number }]>()(
    { class: ID, actor: ID, at: TIME },
    `SELECT 1 AS staff FROM dbo.classes AS classes
WHERE classes.id = @class AND (classes.teacher_id = @actor OR EXISTS (
  SELECT 1 FROM dbo.class_staff AS staff
  WHERE staff.class_id = @class AND staff.user_id = @actor AND ${RUNS}));`,
  ),
  // Of several periods that reach this day the latest goes on.
  enrol: returning<[Refusal, { readonly id: string; readonly already: number }]>()(
    { class: ID, students: MAX_TEXT, day: DAY, messages: MAX_TEXT },
    transaction(`DECLARE @added INT = 0;
${lock("Shared", ROLES_LOCK)}
${lock("Exclusive", classLock("@class"))}
${REFUSED_UNLESS_OPEN}
SELECT @refused AS refused;
IF @refused IS NULL
BEGIN
  SELECT users.id, CASE WHEN present.student_id IS NULL THEN 0 ELSE 1 END AS already
  FROM ${ACTIVE_STUDENTS}
  LEFT JOIN dbo.enrolments AS present ON present.class_id = @class
    AND present.student_id = users.id AND present.last_day IS NULL
  WHERE ${ARE_ACTIVE} ORDER BY users.id;
  UPDATE periods SET last_day = NULL FROM dbo.enrolments AS periods
  WHERE periods.class_id = @class AND periods.last_day >= @day
    AND periods.student_id IN (SELECT users.id FROM ${ACTIVE_STUDENTS} WHERE ${ARE_ACTIVE})
    AND NOT EXISTS (SELECT 1 FROM dbo.enrolments AS later WHERE later.class_id = @class
      AND later.student_id = periods.student_id AND later.first_day > periods.first_day);
  SET @added = @@ROWCOUNT;
  INSERT INTO dbo.enrolments (class_id, student_id, first_day)
  SELECT @class, users.id, @day FROM ${ACTIVE_STUDENTS}
  WHERE ${ARE_ACTIVE} AND NOT EXISTS (SELECT 1 FROM dbo.enrolments AS present
    WHERE present.class_id = @class AND present.student_id = users.id
      AND present.last_day IS NULL);
  SET @added = @added + @@ROWCOUNT;
END;
IF @added > 0
BEGIN
  ${ADD_MESSAGES("@class")}
END;`),
  ),
  // Under the class's lock, so that enrol() at the same moment says rightly who was new.
  unenrol: returning<[{ readonly ended: number }]>()(
    { class: ID, student: ID, day: DAY, messages: MAX_TEXT },
    transaction(`DECLARE @ended INT;
${lock("Exclusive", classLock("@class"))}
UPDATE dbo.enrolments SET last_day = CASE WHEN @day > first_day THEN @day ELSE first_day END
WHERE class_id = @class AND student_id = @student AND last_day IS NULL;
SET @ended = @@ROWCOUNT;
IF @ended > 0
BEGIN
  ${ADD_MESSAGES("@class")}
END;
SELECT @ended AS ended;`),
  ),
  isEnrolled: reading<[{ readonly enrolled: number }]>()(
    { class: ID, student: ID },
    `SELECT 1 AS enrolled FROM dbo.enrolments AS enrolments
WHERE enrolments.class_id = @class AND enrolments.student_id = @student
  AND enrolments.last_day IS NULL;`,
  ),
  studentsOf: reading<[UserRow & { readonly classId: string }]>()(
    { classes: MAX_TEXT },
    `SELECT enrolments.class_id AS [classId], ${userColumns("users")}
FROM OPENJSON(@classes) WITH (id BIGINT '$') AS asked
JOIN dbo.enrolments AS enrolments ON enrolments.class_id = asked.id
JOIN dbo.users AS users ON users.id = enrolments.student_id
WHERE enrolments.last_day IS NULL AND users.role = 'STUDENT' AND users.active = 1
ORDER BY ${BY_SORT_NAME};`,
  ),
  // One who left and came back on the same day is listed once.
  studentsOn: reading<[UserRow & { readonly classId: string }]>()(
    { classes: MAX_TEXT, day: DAY },
    `SELECT asked.id AS [classId], ${userColumns("users")}
FROM OPENJSON(@classes) WITH (id BIGINT '$') AS asked
CROSS JOIN dbo.users AS users
WHERE EXISTS (SELECT 1 FROM dbo.enrolments AS enrolments
  WHERE enrolments.class_id = asked.id AND enrolments.student_id = users.id
    AND enrolments.first_day <= @day
    AND (enrolments.last_day IS NULL OR enrolments.last_day >= @day))
ORDER BY ${BY_SORT_NAME};`,
  ),
  studentCount: reading<[{ readonly students: number }]>()(
    { class: ID },
    `SELECT COUNT(*) AS students FROM dbo.enrolments AS enrolments
JOIN dbo.users AS users ON users.id = enrolments.student_id
WHERE enrolments.class_id = @class AND enrolments.last_day IS NULL
  AND users.role = 'STUDENT' AND users.active = 1;`,
  ),
  enrolledIn: reading<[{ readonly id: string }]>()(
    { student: ID },
    `SELECT classes.id FROM dbo.enrolments AS enrolments
JOIN dbo.classes AS classes ON classes.id = enrolments.class_id
WHERE enrolments.student_id = @student AND enrolments.last_day IS NULL AND classes.archived = 0
ORDER BY classes.id;`,
  ),
  enrolments: reading<[EnrolmentRow]>()(
    { class: ID },
    `SELECT enrolments.student_id AS [studentId], enrolments.first_day AS [firstDay],
  enrolments.last_day AS [lastDay]
FROM dbo.enrolments AS enrolments WHERE enrolments.class_id = @class
ORDER BY enrolments.student_id, enrolments.first_day;`,
  ),
  identify: returning<[{ readonly owner: string }]>()(
    { id: ID, ...EXTERNAL_ID },
    `INSERT INTO dbo.class_external_ids (source, external_id, class_id)
SELECT @source, @external, @id WHERE NOT EXISTS (SELECT 1 FROM dbo.class_external_ids AS known
  WHERE known.source = @source AND known.external_id = @external);
SELECT known.class_id AS owner FROM dbo.class_external_ids AS known
WHERE known.source = @source AND known.external_id = @external;`,
    { repeatable: true },
  ),
  byExternalId: reading<[ClassRow]>()(
    EXTERNAL_ID,
    `SELECT ${columns("classes")} FROM dbo.class_external_ids AS known
JOIN dbo.classes AS classes ON classes.id = known.class_id
WHERE known.source = @source AND known.external_id = @external;`,
  ),
};
