/**
 * What happened in running sessions whose live state is not in this file. A journal's epoch is the
 * one that may be written in; its entries may be of older ones. One that is closed has no entries any
 * more, and says in which epoch its session was saved.
 */
export const JOURNAL = `
CREATE TABLE journals (
  id INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL UNIQUE,
  class_id INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  closed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE UNIQUE INDEX journals_open ON journals (class_id) WHERE closed = 0;

CREATE TABLE journal_entries (
  journal INTEGER NOT NULL REFERENCES journals (id),
  epoch INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (journal, epoch, "offset")
) STRICT, WITHOUT ROWID;
`;
