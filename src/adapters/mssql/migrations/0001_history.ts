/**
 * What is compared exactly is in a binary collation, whatever the database's own: `_key` columns
 * hold `handleKey` of what is typed, `search` what is searched, `sort_key` the order of lists;
 * `version` grows with each change of a user's fields. A text's column holds two units for each of
 * the characters that it may have. The teacher is a column of the class: that keeps the names of
 * one teacher's classes apart. An enrolment has no last day while it goes on. No record refers to a
 * code, so that none keeps a session from being saved. A claim of a message moves `due` to the end
 * of its lease. Records and changes point at the session's short id; uuid is the one that the world
 * knows.
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
  `CREATE TABLE dbo.schools (
  id INT NOT NULL CONSTRAINT schools_pk PRIMARY KEY CONSTRAINT schools_one CHECK (id = 1),
  name NVARCHAR(400) NOT NULL,
  time_zone VARCHAR(64) NOT NULL,
  locale VARCHAR(35) NOT NULL,
  signup VARCHAR(8) ${EXACT} NULL
    CONSTRAINT schools_signup CHECK (signup IN ('open', 'students', 'closed'))
);`,
  `INSERT INTO dbo.schools (id, name, time_zone, locale, signup)
VALUES (1, N'School', 'UTC', 'en', NULL);`,
  `CREATE TABLE dbo.users (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT users_pk PRIMARY KEY,
  version INT NOT NULL CONSTRAINT users_version DEFAULT 0,
  username NVARCHAR(300) NOT NULL,
  username_key NVARCHAR(850) ${EXACT} NOT NULL CONSTRAINT users_username_key UNIQUE,
  name NVARCHAR(400) NULL,
  sort_name NVARCHAR(400) NULL,
  sort_key NVARCHAR(450) ${EXACT} NOT NULL,
  email NVARCHAR(508) NULL,
  email_key NVARCHAR(850) ${EXACT} NULL,
  number NVARCHAR(128) NULL,
  number_key NVARCHAR(850) ${EXACT} NULL,
  search NVARCHAR(MAX) ${EXACT} NOT NULL,
  password_hash VARCHAR(255) ${EXACT} NULL,
  role VARCHAR(7) ${EXACT} NOT NULL
    CONSTRAINT users_role CHECK (role IN ('ADMIN', 'TEACHER', 'STUDENT')),
  active BIT NOT NULL CONSTRAINT users_active DEFAULT 1,
  generation INT NOT NULL CONSTRAINT users_generation DEFAULT 0,
  created_at DATETIME2(3) NOT NULL
);`,
  "CREATE UNIQUE INDEX users_email_key ON dbo.users (email_key) WHERE email_key IS NOT NULL;",
  "CREATE UNIQUE INDEX users_number_key ON dbo.users (number_key) WHERE number_key IS NOT NULL;",
  "CREATE INDEX users_sorted ON dbo.users (sort_key, id);",
  "CREATE INDEX users_by_role ON dbo.users (role, active);",
  `CREATE TABLE dbo.user_external_ids (
  source NVARCHAR(128) ${EXACT} NOT NULL,
  external_id NVARCHAR(510) ${EXACT} NOT NULL,
  user_id BIGINT NOT NULL CONSTRAINT user_external_ids_users REFERENCES dbo.users (id),
  CONSTRAINT user_external_ids_pk PRIMARY KEY NONCLUSTERED (source, external_id)
);`,
  "CREATE INDEX user_external_ids_user ON dbo.user_external_ids (user_id);",
  `CREATE TABLE dbo.identities (
  issuer NVARCHAR(255) ${EXACT} NOT NULL,
  subject NVARCHAR(255) ${EXACT} NOT NULL,
  user_id BIGINT NOT NULL CONSTRAINT identities_users REFERENCES dbo.users (id),
  created_at DATETIME2(3) NOT NULL,
  CONSTRAINT identities_pk PRIMARY KEY NONCLUSTERED (issuer, subject)
);`,
  "CREATE INDEX identities_user ON dbo.identities (user_id);",
  `CREATE TABLE dbo.links (
  hash VARCHAR(64) ${EXACT} NOT NULL CONSTRAINT links_pk PRIMARY KEY,
  user_id BIGINT NOT NULL CONSTRAINT links_users REFERENCES dbo.users (id),
  purpose VARCHAR(32) ${EXACT} NOT NULL,
  created_at DATETIME2(3) NOT NULL,
  expires_at DATETIME2(3) NOT NULL,
  used_at DATETIME2(3) NULL
);`,
  "CREATE INDEX links_user ON dbo.links (user_id);",
  "CREATE INDEX links_expiry ON dbo.links (expires_at);",
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
  name NVARCHAR(510) ${EXACT} NOT NULL,
  teacher_id BIGINT NOT NULL CONSTRAINT classes_users REFERENCES dbo.users (id),
  mark_visibility VARCHAR(5) ${EXACT} NOT NULL
    CONSTRAINT classes_visibility_default DEFAULT 'staff'
    CONSTRAINT classes_visibility CHECK (mark_visibility IN ('staff', 'class')),
  settings NVARCHAR(MAX) NOT NULL CONSTRAINT classes_settings DEFAULT N'{}',
  archived BIT NOT NULL CONSTRAINT classes_archived DEFAULT 0,
  session_count INT NOT NULL CONSTRAINT classes_session_count DEFAULT 0,
  created_at DATETIME2(3) NOT NULL,
  updated_at DATETIME2(3) NOT NULL
);`,
  `CREATE UNIQUE INDEX classes_of_teacher ON dbo.classes (teacher_id, name) WHERE archived = 0;`,
  `CREATE INDEX classes_by_name ON dbo.classes (name) WHERE archived = 0;`,
  `CREATE TABLE dbo.class_external_ids (
  source NVARCHAR(128) ${EXACT} NOT NULL,
  external_id NVARCHAR(510) ${EXACT} NOT NULL,
  class_id BIGINT NOT NULL CONSTRAINT class_external_ids_classes REFERENCES dbo.classes (id),
  CONSTRAINT class_external_ids_pk PRIMARY KEY NONCLUSTERED (source, external_id)
);`,
  "CREATE INDEX class_external_ids_class ON dbo.class_external_ids (class_id);",
  `CREATE TABLE dbo.class_staff (
  class_id BIGINT NOT NULL CONSTRAINT class_staff_classes REFERENCES dbo.classes (id),
  user_id BIGINT NOT NULL CONSTRAINT class_staff_users REFERENCES dbo.users (id),
  role VARCHAR(5) ${EXACT} NOT NULL
    CONSTRAINT class_staff_role CHECK (role IN ('co', 'cover')),
  begins_at DATETIME2(3) NULL,
  ends_at DATETIME2(3) NULL,
  CONSTRAINT class_staff_pk PRIMARY KEY (class_id, user_id)
);`,
  "CREATE INDEX class_staff_user ON dbo.class_staff (user_id);",
  `CREATE TABLE dbo.enrolments (
  class_id BIGINT NOT NULL CONSTRAINT enrolments_classes REFERENCES dbo.classes (id),
  student_id BIGINT NOT NULL CONSTRAINT enrolments_users REFERENCES dbo.users (id),
  first_day VARCHAR(10) ${EXACT} NOT NULL,
  last_day VARCHAR(10) ${EXACT} NULL,
  CONSTRAINT enrolments_pk PRIMARY KEY (class_id, student_id, first_day),
  CONSTRAINT enrolments_days CHECK (last_day >= first_day)
);`,
  `CREATE UNIQUE INDEX enrolments_now ON dbo.enrolments (class_id, student_id)
WHERE last_day IS NULL;`,
  `CREATE INDEX enrolments_student ON dbo.enrolments (student_id, class_id)
WHERE last_day IS NULL;`,
  `CREATE TABLE dbo.sessions (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT sessions_pk PRIMARY KEY,
  uuid VARCHAR(36) ${EXACT} NOT NULL CONSTRAINT sessions_uuid UNIQUE,
  class_id BIGINT NOT NULL CONSTRAINT sessions_classes REFERENCES dbo.classes (id),
  options NVARCHAR(MAX) NOT NULL,
  started_at DATETIME2(3) NOT NULL,
  started_by BIGINT NULL CONSTRAINT sessions_starters REFERENCES dbo.users (id),
  planned_start DATETIME2(3) NULL,
  closed_at DATETIME2(3) NOT NULL,
  closed_by BIGINT NULL CONSTRAINT sessions_closers REFERENCES dbo.users (id),
  occurrence NVARCHAR(255) ${EXACT} NULL,
  present INT NOT NULL CONSTRAINT sessions_present CHECK (present >= 0),
  absent INT NOT NULL CONSTRAINT sessions_absent CHECK (absent >= 0),
  late INT NOT NULL CONSTRAINT sessions_late CHECK (late >= 0),
  excused INT NOT NULL CONSTRAINT sessions_excused CHECK (excused >= 0)
);`,
  `CREATE UNIQUE INDEX sessions_occurrence ON dbo.sessions (occurrence)
WHERE occurrence IS NOT NULL;`,
  "CREATE INDEX sessions_newest ON dbo.sessions (class_id, started_at DESC, uuid DESC);",
  `CREATE TABLE dbo.records (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT records_pk PRIMARY KEY,
  session_id BIGINT NOT NULL CONSTRAINT records_sessions REFERENCES dbo.sessions (id),
  class_id BIGINT NOT NULL CONSTRAINT records_classes REFERENCES dbo.classes (id),
  student_id BIGINT NOT NULL CONSTRAINT records_students REFERENCES dbo.users (id),
  status VARCHAR(7) ${EXACT} NOT NULL
    CONSTRAINT records_status CHECK (status IN ('present', 'absent', 'late', 'excused')),
  note NVARCHAR(1000) NULL,
  marked_by BIGINT NULL CONSTRAINT records_markers REFERENCES dbo.users (id),
  marked_at DATETIME2(3) NOT NULL,
  source VARCHAR(20) ${EXACT} NOT NULL,
  mark_id VARCHAR(36) ${EXACT} NULL,
  client_time VARCHAR(64) ${EXACT} NULL,
  flags NVARCHAR(MAX) NOT NULL,
  first_seen DATETIME2(3) NULL,
  last_seen DATETIME2(3) NULL,
  code NVARCHAR(32) NULL,
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
  to_status VARCHAR(8) ${EXACT} NOT NULL
    CONSTRAINT record_changes_to
      CHECK (to_status IN ('present', 'absent', 'late', 'excused', 'unmarked')),
  changed_by BIGINT NULL CONSTRAINT record_changes_users REFERENCES dbo.users (id),
  changed_at DATETIME2(3) NOT NULL,
  reason NVARCHAR(1000) NULL,
  source VARCHAR(20) ${EXACT} NOT NULL,
  mark_id VARCHAR(36) ${EXACT} NULL,
  client_time VARCHAR(64) ${EXACT} NULL,
  flags NVARCHAR(MAX) NOT NULL CONSTRAINT record_changes_flags DEFAULT N'[]'
);`,
  "CREATE INDEX record_changes_session ON dbo.record_changes (session_id);",
  appendOnly("record_changes", "the trail"),
  `CREATE TABLE dbo.attendance_codes (
  code NVARCHAR(32) ${EXACT} NOT NULL CONSTRAINT attendance_codes_pk PRIMARY KEY,
  status VARCHAR(7) ${EXACT} NOT NULL CONSTRAINT attendance_codes_status
    CHECK (status IN ('present', 'absent', 'late', 'excused')),
  meaning NVARCHAR(200) NOT NULL
);`,
  `CREATE TABLE dbo.audit (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT audit_pk PRIMARY KEY,
  kind VARCHAR(40) ${EXACT} NOT NULL,
  subject VARCHAR(64) ${EXACT} NOT NULL,
  class_id BIGINT NOT NULL CONSTRAINT audit_classes REFERENCES dbo.classes (id),
  changed_by BIGINT NULL CONSTRAINT audit_users REFERENCES dbo.users (id),
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
  `CREATE TABLE dbo.imports (
  id VARCHAR(36) ${EXACT} NOT NULL CONSTRAINT imports_pk PRIMARY KEY,
  kind VARCHAR(20) ${EXACT} NOT NULL,
  class_id BIGINT NULL CONSTRAINT imports_classes REFERENCES dbo.classes (id),
  created_by BIGINT NOT NULL CONSTRAINT imports_users REFERENCES dbo.users (id),
  content NVARCHAR(MAX) NOT NULL,
  status VARCHAR(9) ${EXACT} NOT NULL CONSTRAINT imports_status_default DEFAULT 'previewed'
    CONSTRAINT imports_status CHECK (status IN ('previewed', 'done')),
  created_at DATETIME2(3) NOT NULL,
  expires_at DATETIME2(3) NOT NULL
);`,
  "CREATE INDEX imports_expiry ON dbo.imports (expires_at);",
  `CREATE TABLE dbo.outbox (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT outbox_pk PRIMARY KEY,
  topic VARCHAR(64) ${EXACT} NOT NULL,
  subject VARCHAR(36) ${EXACT} NOT NULL,
  payload NVARCHAR(MAX) NOT NULL,
  created_at DATETIME2(3) NOT NULL,
  due DATETIME2(3) NOT NULL,
  attempts INT NOT NULL CONSTRAINT outbox_attempts DEFAULT 0,
  claim VARCHAR(36) ${EXACT} NULL
);`,
  "CREATE INDEX outbox_due ON dbo.outbox (due, id);",
];
