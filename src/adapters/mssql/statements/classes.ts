import type { MarkVisibility } from "../../../classes/visibility.ts";
import type { Actor } from "../../../kernel/actor.ts";
import { ascii, BIT, ID, MAX_TEXT, reading, returning, text, TIME } from "../statement.ts";
import { classLock, lock, ROLES_LOCK, transaction } from "./transaction.ts";
import { type Refusal, userColumns, type UserRow } from "./users.ts";

const columns = (of: string): string =>
  `${of}.id, ${of}.name, ${of}.teacher_id AS [teacherId], ${of}.mark_visibility AS [markVisibility],
  ${of}.archived, ${of}.created_at AS [createdAt], ${of}.updated_at AS [updatedAt],
  ${of}.session_count AS [sessionCount]`;

/** BIGINTs come as strings. */
export interface ClassRow {
  readonly id: string;
  readonly name: string;
  readonly teacherId: string;
  readonly markVisibility: MarkVisibility;
  readonly archived: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly sessionCount: number;
}

const NAME = text(255);

/** The classes that a role may see. */
const VISIBLE: Readonly<Record<Actor["role"], string>> = {
  ADMIN: `SELECT ${columns("classes")} FROM dbo.classes AS classes WHERE classes.archived = 0`,
  TEACHER: `SELECT ${columns("classes")} FROM dbo.classes AS classes
WHERE classes.archived = 0 AND classes.teacher_id = @actor`,
  STUDENT: `SELECT ${columns("classes")} FROM dbo.enrolments AS enrolments
JOIN dbo.classes AS classes ON classes.id = enrolments.class_id
WHERE classes.archived = 0 AND enrolments.student_id = @actor`,
};

const visible = (role: Actor["role"]) =>
  reading<[ClassRow]>()({ actor: ID }, `${VISIBLE[role]} ORDER BY classes.id;`);

const visibleByName = (role: Actor["role"]) =>
  reading<[ClassRow]>()(
    { actor: ID, name: NAME },
    `${VISIBLE[role]} AND classes.name = @name ORDER BY classes.id;`,
  );

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
    { teacher: ID, name: NAME, at: TIME },
    transaction(`${lock("Shared", ROLES_LOCK)}
INSERT INTO dbo.classes (teacher_id, name, created_at, updated_at)
OUTPUT ${columns("INSERTED")}
SELECT @teacher, @name, @at, @at WHERE ${IS_TEACHER("@teacher")};`),
  ),
  update: returning<[Refusal, ClassRow]>()(
    {
      class: ID,
      name: NAME,
      teacher: ID,
      visibility: ascii(5),
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
  UPDATE dbo.classes SET name = COALESCE(@name, name), teacher_id = COALESCE(@teacher, teacher_id),
    mark_visibility = COALESCE(@visibility, mark_visibility),
    archived = COALESCE(@archived, archived), updated_at = @at
  OUTPUT ${columns("INSERTED")}
  WHERE id = @class;`),
  ),
  enrol: returning<[Refusal, { readonly id: string; readonly already: number }]>()(
    { class: ID, students: MAX_TEXT, at: TIME },
    transaction(`${lock("Shared", ROLES_LOCK)}
${lock("Exclusive", classLock("@class"))}
${REFUSED_UNLESS_OPEN}
SELECT @refused AS refused;
IF @refused IS NULL
BEGIN
  SELECT users.id, CASE WHEN enrolments.student_id IS NULL THEN 0 ELSE 1 END AS already
  FROM OPENJSON(@students) WITH (id BIGINT '$') AS asked JOIN dbo.users AS users ON users.id = asked.id
  LEFT JOIN dbo.enrolments AS enrolments
    ON enrolments.class_id = @class AND enrolments.student_id = users.id
  WHERE users.role = 'STUDENT' AND users.active = 1 ORDER BY users.id;
  INSERT INTO dbo.enrolments (class_id, student_id, created_at)
  SELECT @class, users.id, @at
  FROM OPENJSON(@students) WITH (id BIGINT '$') AS asked JOIN dbo.users AS users ON users.id = asked.id
  WHERE users.role = 'STUDENT' AND users.active = 1
    AND NOT EXISTS (SELECT 1 FROM dbo.enrolments AS enrolments
      WHERE enrolments.class_id = @class AND enrolments.student_id = users.id);
END;`),
  ),
  // Under the class's lock, so that enrol() at the same moment says rightly who was new.
  unenrol: returning<[{ readonly ended: number }]>()(
    { class: ID, student: ID },
    transaction(`${lock("Exclusive", classLock("@class"))}
DELETE FROM dbo.enrolments WHERE class_id = @class AND student_id = @student;
SELECT @@ROWCOUNT AS ended;`),
  ),
  isEnrolled: reading<[{ readonly enrolled: number }]>()(
    { class: ID, student: ID },
    `SELECT 1 AS enrolled FROM dbo.enrolments AS enrolments
WHERE enrolments.class_id = @class AND enrolments.student_id = @student;`,
  ),
  studentsOf: reading<[UserRow & { readonly classId: string }]>()(
    { classes: MAX_TEXT },
    `SELECT enrolments.class_id AS [classId], ${userColumns("users")}
FROM OPENJSON(@classes) WITH (id BIGINT '$') AS asked JOIN dbo.enrolments AS enrolments ON enrolments.class_id = asked.id
JOIN dbo.users AS users ON users.id = enrolments.student_id
WHERE users.role = 'STUDENT' AND users.active = 1
ORDER BY users.username_key, users.id;`,
  ),
  studentCount: reading<[{ readonly students: number }]>()(
    { class: ID },
    `SELECT COUNT(*) AS students FROM dbo.enrolments AS enrolments
JOIN dbo.users AS users ON users.id = enrolments.student_id
WHERE enrolments.class_id = @class AND users.role = 'STUDENT' AND users.active = 1;`,
  ),
  enrolledIn: reading<[{ readonly id: string }]>()(
    { student: ID },
    `SELECT classes.id FROM dbo.enrolments AS enrolments
JOIN dbo.classes AS classes ON classes.id = enrolments.class_id
WHERE enrolments.student_id = @student AND classes.archived = 0 ORDER BY classes.id;`,
  ),
};
