/**
 * Running sessions: one row per class that has one, counts and `seq` kept beside it so that a mark
 * never counts anything. What the store only passes on lies in JSON: `fixed` is what never changes
 * of a session, `close` how its close began (set = closing), `mark` a mark in its place. The status
 * of a mark is checked by `OR`, since `IN (…)` fills a temporary table on every write: it made
 * storing a mark 2.4 times as dear.
 */
export const LIVE = `
CREATE TABLE live_sessions (
  class_id INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL UNIQUE,
  fixed TEXT NOT NULL,
  mark_visibility TEXT NOT NULL CHECK (mark_visibility IN ('staff', 'class')),
  seq INTEGER NOT NULL,
  present INTEGER NOT NULL DEFAULT 0,
  absent INTEGER NOT NULL DEFAULT 0,
  late INTEGER NOT NULL DEFAULT 0,
  excused INTEGER NOT NULL DEFAULT 0,
  enrolled INTEGER NOT NULL,
  close TEXT
) STRICT;

CREATE TABLE live_roster (
  class_id INTEGER NOT NULL REFERENCES live_sessions (class_id) ON DELETE CASCADE,
  student_id INTEGER NOT NULL,
  PRIMARY KEY (class_id, student_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE live_marks (
  class_id INTEGER NOT NULL REFERENCES live_sessions (class_id) ON DELETE CASCADE,
  student_id INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (
    status = 'present' OR status = 'absent' OR status = 'late' OR status = 'excused'),
  mark TEXT NOT NULL,
  PRIMARY KEY (class_id, student_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE live_changes (
  class_id INTEGER NOT NULL REFERENCES live_sessions (class_id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  student_id INTEGER NOT NULL,
  from_status TEXT,
  mark TEXT NOT NULL,
  PRIMARY KEY (class_id, seq, student_id)
) STRICT, WITHOUT ROWID;
`;
