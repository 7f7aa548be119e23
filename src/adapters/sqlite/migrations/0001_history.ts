export const HISTORY = `
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('ADMIN', 'TEACHER', 'STUDENT')),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  created_at TEXT NOT NULL
) STRICT;

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
  archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
  session_count INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX classes_of_teacher ON classes (teacher_id, name) WHERE archived = 0;
CREATE INDEX classes_by_name ON classes (name) WHERE archived = 0;

CREATE TABLE enrolments (
  class_id INTEGER NOT NULL REFERENCES classes (id),
  student_id INTEGER NOT NULL REFERENCES users (id),
  created_at TEXT NOT NULL,
  PRIMARY KEY (class_id, student_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX enrolments_student ON enrolments (student_id);

-- Records and changes point at the short id; uuid is the one that the world knows.
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  class_id INTEGER NOT NULL REFERENCES classes (id),
  title TEXT,
  started_at TEXT NOT NULL,
  started_by INTEGER NOT NULL REFERENCES users (id),
  closed_at TEXT NOT NULL,
  closed_by INTEGER NOT NULL REFERENCES users (id),
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
  marked_by INTEGER NOT NULL REFERENCES users (id),
  marked_at TEXT NOT NULL,
  corrected_at TEXT,
  UNIQUE (session, student_id)
) STRICT;
CREATE INDEX records_of_student ON records (class_id, student_id, status);

CREATE TABLE record_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session INTEGER NOT NULL REFERENCES sessions (id),
  student_id INTEGER NOT NULL REFERENCES users (id),
  from_status TEXT CHECK (from_status IN ('present', 'absent', 'late', 'excused')),
  to_status TEXT NOT NULL CHECK (to_status IN ('present', 'absent', 'late', 'excused')),
  changed_by INTEGER NOT NULL REFERENCES users (id),
  changed_at TEXT NOT NULL,
  reason TEXT,
  source TEXT NOT NULL CHECK (source IN ('socket', 'http', 'close', 'correction'))
) STRICT;
CREATE INDEX record_changes_session ON record_changes (session);
CREATE TRIGGER record_changes_no_update BEFORE UPDATE ON record_changes
  BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER record_changes_no_delete BEFORE DELETE ON record_changes
  BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  class_id INTEGER NOT NULL REFERENCES classes (id),
  changed_by INTEGER NOT NULL REFERENCES users (id),
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
`;
