export const HISTORY = `
CREATE TABLE schools (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  locale TEXT NOT NULL,
  signup TEXT CHECK (signup IN ('open', 'students', 'closed'))
) STRICT;
INSERT INTO schools VALUES (1, 'School', 'UTC', 'en', NULL);

-- The _key columns hold what is compared, search what is searched, sort_key the order of lists.
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  name TEXT,
  sort_name TEXT,
  sort_key TEXT NOT NULL,
  email TEXT,
  email_key TEXT UNIQUE,
  number TEXT,
  number_key TEXT UNIQUE,
  search TEXT NOT NULL,
  password_hash TEXT,
  role TEXT NOT NULL CHECK (role IN ('ADMIN', 'TEACHER', 'STUDENT')),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  generation INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX users_sorted ON users (sort_key, id);

CREATE TABLE user_external_ids (
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  PRIMARY KEY (source, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_external_ids_user ON user_external_ids (user_id);

-- Whom a provider of single sign-on means by its subject.
CREATE TABLE identities (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  created_at TEXT NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_user ON identities (user_id);

CREATE TABLE links (
  hash TEXT PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  purpose TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX links_user ON links (user_id);
CREATE INDEX links_expiry ON links (expires_at);

CREATE TABLE refresh_families (
  id TEXT PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  revoked INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_families_user ON refresh_families (user_id);

CREATE TABLE refresh_tokens (
  hash TEXT PRIMARY KEY,
  family TEXT NOT NULL REFERENCES refresh_families (id),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1)),
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

CREATE TABLE classes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  teacher_id INTEGER NOT NULL REFERENCES users (id),
  mark_visibility TEXT NOT NULL DEFAULT 'staff' CHECK (mark_visibility IN ('staff', 'class')),
  settings TEXT NOT NULL DEFAULT '{}',
  archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
  session_count INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX classes_of_teacher ON classes (teacher_id, name) WHERE archived = 0;
CREATE INDEX classes_by_name ON classes (name) WHERE archived = 0;

CREATE TABLE class_external_ids (
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  class_id INTEGER NOT NULL REFERENCES classes (id),
  PRIMARY KEY (source, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX class_external_ids_class ON class_external_ids (class_id);

-- The teacher is a column of the class: that keeps the names of one teacher's classes apart.
CREATE TABLE class_staff (
  class_id INTEGER NOT NULL REFERENCES classes (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  role TEXT NOT NULL CHECK (role IN ('co', 'cover')),
  begins_at TEXT,
  ends_at TEXT,
  PRIMARY KEY (class_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX class_staff_user ON class_staff (user_id);

-- last_day is null while an enrolment goes on; a student has one such in a class at most.
CREATE TABLE enrolments (
  class_id INTEGER NOT NULL REFERENCES classes (id),
  student_id INTEGER NOT NULL REFERENCES users (id),
  first_day TEXT NOT NULL,
  last_day TEXT CHECK (last_day >= first_day),
  PRIMARY KEY (class_id, student_id, first_day)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX enrolments_now ON enrolments (class_id, student_id) WHERE last_day IS NULL;
CREATE INDEX enrolments_student ON enrolments (student_id, class_id) WHERE last_day IS NULL;

-- Records and changes point at the short id; uuid is the one that the world knows.
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  class_id INTEGER NOT NULL REFERENCES classes (id),
  options TEXT NOT NULL,
  started_at TEXT NOT NULL,
  started_by INTEGER REFERENCES users (id),
  planned_start TEXT,
  closed_at TEXT NOT NULL,
  closed_by INTEGER REFERENCES users (id),
  occurrence TEXT UNIQUE,
  present INTEGER NOT NULL CHECK (present >= 0),
  absent INTEGER NOT NULL CHECK (absent >= 0),
  late INTEGER NOT NULL CHECK (late >= 0),
  excused INTEGER NOT NULL CHECK (excused >= 0)
) STRICT;
CREATE INDEX sessions_newest ON sessions (class_id, started_at DESC, uuid DESC);

CREATE TABLE records (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session INTEGER NOT NULL REFERENCES sessions (id),
  class_id INTEGER NOT NULL REFERENCES classes (id),
  student_id INTEGER NOT NULL REFERENCES users (id),
  status TEXT NOT NULL CHECK (status IN ('present', 'absent', 'late', 'excused')),
  note TEXT,
  marked_by INTEGER REFERENCES users (id),
  marked_at TEXT NOT NULL,
  source TEXT NOT NULL,
  mark_id TEXT,
  client_time TEXT,
  flags TEXT NOT NULL,
  first_seen TEXT,
  last_seen TEXT,
  code TEXT,
  corrected_at TEXT,
  UNIQUE (session, student_id)
) STRICT;
CREATE INDEX records_of_student ON records (class_id, student_id, status);

CREATE TABLE record_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session INTEGER NOT NULL REFERENCES sessions (id),
  student_id INTEGER NOT NULL REFERENCES users (id),
  from_status TEXT CHECK (from_status IN ('present', 'absent', 'late', 'excused')),
  to_status TEXT NOT NULL
    CHECK (to_status IN ('present', 'absent', 'late', 'excused', 'unmarked')),
  changed_by INTEGER REFERENCES users (id),
  changed_at TEXT NOT NULL,
  reason TEXT,
  source TEXT NOT NULL,
  mark_id TEXT,
  client_time TEXT,
  flags TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX record_changes_session ON record_changes (session);
CREATE TRIGGER record_changes_no_update BEFORE UPDATE ON record_changes
  BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER record_changes_no_delete BEFORE DELETE ON record_changes
  BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;

-- No record refers to a code, so that none keeps a session from being saved.
CREATE TABLE attendance_codes (
  code TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('present', 'absent', 'late', 'excused')),
  meaning TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  class_id INTEGER NOT NULL REFERENCES classes (id),
  changed_by INTEGER REFERENCES users (id),
  changed_at TEXT NOT NULL,
  detail TEXT NOT NULL,
  UNIQUE (kind, subject)
) STRICT;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TABLE idempotency (
  user_id INTEGER NOT NULL REFERENCES users (id),
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  claimed_at TEXT NOT NULL,
  status INTEGER,
  body TEXT,
  PRIMARY KEY (user_id, key)
) STRICT;
CREATE INDEX idempotency_age ON idempotency (claimed_at);

CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  class_id INTEGER REFERENCES classes (id),
  created_by INTEGER NOT NULL REFERENCES users (id),
  content TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'previewed' CHECK (status IN ('previewed', 'done')),
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX imports_expiry ON imports (expires_at);

-- A message is due when it may be claimed; a claim moves that to the end of its lease.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  topic TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at TEXT NOT NULL,
  due TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  claim TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (due, id);
`;
