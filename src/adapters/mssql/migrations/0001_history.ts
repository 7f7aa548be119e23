/**
 * What is compared exactly is in a binary collation, whatever the database's own: `_key` columns
 * hold `handleKey` of what is typed. Records and changes point at the session's short id; uuid is
 * the one that the world knows.
 */
const EXACT = "COLLATE Latin1_General_100_BIN2";

/** Of the trail and the audit: what is written stays. */
const appendOnly = (table: string, name: string): string =>
  `CREATE TRIGGER dbo.${table}_append_only ON dbo.${table} INSTEAD OF UPDATE, DELETE AS
BEGIN
  SET NOCOUNT ON;
  THROW 50002, N'${name} is append-only', 1;
END;`;

export const HISTORY: readonly string[] = [
  `CREATE TABLE dbo.users (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT users_pk PRIMARY KEY,
  username NVARCHAR(150) NOT NULL,
  username_key NVARCHAR(850) ${EXACT} NOT NULL CONSTRAINT users_username_key UNIQUE,
  email NVARCHAR(254) NOT NULL,
  email_key NVARCHAR(850) ${EXACT} NOT NULL CONSTRAINT users_email_key UNIQUE,
  password_hash VARCHAR(255) NOT NULL,
  role VARCHAR(7) ${EXACT} NOT NULL
    CONSTRAINT users_role CHECK (role IN ('ADMIN', 'TEACHER', 'STUDENT')),
  active BIT NOT NULL CONSTRAINT users_active DEFAULT 1,
  created_at DATETIME2(3) NOT NULL
);`,
  "CREATE INDEX users_by_role ON dbo.users (role, active);",
  `CREATE TABLE dbo.refresh_families (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT refresh_families_pk PRIMARY KEY,
  name VARCHAR(64) ${EXACT} NOT NULL CONSTRAINT refresh_families_name UNIQUE,
  user_id BIGINT NOT NULL CONSTRAINT refresh_families_users REFERENCES dbo.users (id),
  revoked BIT NOT NULL CONSTRAINT refresh_families_revoked DEFAULT 0
);`,
  "CREATE INDEX refresh_families_user ON dbo.refresh_families (user_id);",
  `CREATE TABLE dbo.refresh_tokens (
  hash VARCHAR(64) ${EXACT} NOT NULL CONSTRAINT refresh_tokens_pk PRIMARY KEY,
  family_id BIGINT NOT NULL
    CONSTRAINT refresh_tokens_families REFERENCES dbo.refresh_families (id),
  used BIT NOT NULL CONSTRAINT refresh_tokens_used DEFAULT 0,
  created_at DATETIME2(3) NOT NULL,
  expires_at DATETIME2(3) NOT NULL
);`,
  "CREATE INDEX refresh_tokens_family ON dbo.refresh_tokens (family_id);",
  "CREATE INDEX refresh_tokens_expiry ON dbo.refresh_tokens (expires_at);",
  `CREATE TABLE dbo.classes (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT classes_pk PRIMARY KEY,
  name NVARCHAR(255) ${EXACT} NOT NULL,
  teacher_id BIGINT NOT NULL CONSTRAINT classes_users REFERENCES dbo.users (id),
  mark_visibility VARCHAR(5) ${EXACT} NOT NULL
    CONSTRAINT classes_visibility_default DEFAULT 'staff'
    CONSTRAINT classes_visibility CHECK (mark_visibility IN ('staff', 'class')),
  archived BIT NOT NULL CONSTRAINT classes_archived DEFAULT 0,
  session_count INT NOT NULL CONSTRAINT classes_session_count DEFAULT 0,
  created_at DATETIME2(3) NOT NULL,
  updated_at DATETIME2(3) NOT NULL
);`,
  `CREATE UNIQUE INDEX classes_of_teacher ON dbo.classes (teacher_id, name) WHERE archived = 0;`,
  `CREATE INDEX classes_by_name ON dbo.classes (name) WHERE archived = 0;`,
  `CREATE TABLE dbo.enrolments (
  class_id BIGINT NOT NULL CONSTRAINT enrolments_classes REFERENCES dbo.classes (id),
  student_id BIGINT NOT NULL CONSTRAINT enrolments_users REFERENCES dbo.users (id),
  created_at DATETIME2(3) NOT NULL,
  CONSTRAINT enrolments_pk PRIMARY KEY (class_id, student_id)
);`,
  "CREATE INDEX enrolments_student ON dbo.enrolments (student_id);",
  `CREATE TABLE dbo.sessions (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT sessions_pk PRIMARY KEY,
  uuid VARCHAR(36) ${EXACT} NOT NULL CONSTRAINT sessions_uuid UNIQUE,
  class_id BIGINT NOT NULL CONSTRAINT sessions_classes REFERENCES dbo.classes (id),
  title NVARCHAR(200) NULL,
  started_at DATETIME2(3) NOT NULL,
  started_by BIGINT NOT NULL CONSTRAINT sessions_starters REFERENCES dbo.users (id),
  closed_at DATETIME2(3) NOT NULL,
  closed_by BIGINT NOT NULL CONSTRAINT sessions_closers REFERENCES dbo.users (id),
  present INT NOT NULL CONSTRAINT sessions_present CHECK (present >= 0),
  absent INT NOT NULL CONSTRAINT sessions_absent CHECK (absent >= 0),
  late INT NOT NULL CONSTRAINT sessions_late CHECK (late >= 0),
  excused INT NOT NULL CONSTRAINT sessions_excused CHECK (excused >= 0)
);`,
  "CREATE INDEX sessions_newest ON dbo.sessions (class_id, started_at DESC, uuid DESC);",
  `CREATE TABLE dbo.records (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT records_pk PRIMARY KEY,
  session_id BIGINT NOT NULL CONSTRAINT records_sessions REFERENCES dbo.sessions (id),
  class_id BIGINT NOT NULL CONSTRAINT records_classes REFERENCES dbo.classes (id),
  student_id BIGINT NOT NULL CONSTRAINT records_students REFERENCES dbo.users (id),
  status VARCHAR(7) ${EXACT} NOT NULL
    CONSTRAINT records_status CHECK (status IN ('present', 'absent', 'late', 'excused')),
  note NVARCHAR(500) NULL,
  marked_by BIGINT NOT NULL CONSTRAINT records_markers REFERENCES dbo.users (id),
  marked_at DATETIME2(3) NOT NULL,
  corrected_at DATETIME2(3) NULL,
  CONSTRAINT records_once UNIQUE (session_id, student_id)
);`,
  "CREATE INDEX records_of_student ON dbo.records (class_id, student_id, status);",
  `CREATE TABLE dbo.record_changes (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT record_changes_pk PRIMARY KEY,
  session_id BIGINT NOT NULL CONSTRAINT record_changes_sessions REFERENCES dbo.sessions (id),
  student_id BIGINT NOT NULL CONSTRAINT record_changes_students REFERENCES dbo.users (id),
  from_status VARCHAR(7) ${EXACT} NULL
    CONSTRAINT record_changes_from CHECK (from_status IN ('present', 'absent', 'late', 'excused')),
  to_status VARCHAR(7) ${EXACT} NOT NULL
    CONSTRAINT record_changes_to CHECK (to_status IN ('present', 'absent', 'late', 'excused')),
  changed_by BIGINT NOT NULL CONSTRAINT record_changes_users REFERENCES dbo.users (id),
  changed_at DATETIME2(3) NOT NULL,
  reason NVARCHAR(500) NULL,
  source VARCHAR(10) ${EXACT} NOT NULL
    CONSTRAINT record_changes_source CHECK (source IN ('socket', 'http', 'close', 'correction'))
);`,
  "CREATE INDEX record_changes_session ON dbo.record_changes (session_id);",
  appendOnly("record_changes", "the trail"),
  `CREATE TABLE dbo.audit (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT audit_pk PRIMARY KEY,
  kind VARCHAR(40) ${EXACT} NOT NULL,
  subject VARCHAR(64) ${EXACT} NOT NULL,
  class_id BIGINT NOT NULL CONSTRAINT audit_classes REFERENCES dbo.classes (id),
  changed_by BIGINT NOT NULL CONSTRAINT audit_users REFERENCES dbo.users (id),
  changed_at DATETIME2(3) NOT NULL,
  detail NVARCHAR(MAX) NOT NULL,
  CONSTRAINT audit_once UNIQUE (kind, subject)
);`,
  appendOnly("audit", "the audit"),
  `CREATE TABLE dbo.idempotency (
  user_id BIGINT NOT NULL CONSTRAINT idempotency_users REFERENCES dbo.users (id),
  idempotency_key NVARCHAR(255) ${EXACT} NOT NULL,
  fingerprint VARCHAR(128) ${EXACT} NOT NULL,
  claimed_at DATETIME2(3) NOT NULL,
  status INT NULL,
  body NVARCHAR(MAX) NULL,
  CONSTRAINT idempotency_pk PRIMARY KEY (user_id, idempotency_key)
);`,
  "CREATE INDEX idempotency_age ON dbo.idempotency (claimed_at);",
];
