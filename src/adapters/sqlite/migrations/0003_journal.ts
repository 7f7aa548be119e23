/**
 * What happened in running sessions whose live state is not in this file. A journal's epoch is the
 * one that may be written in; its entries may be of older ones.
 */
export const JOURNAL = `
CREATE TABLE journals (
  id INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL UNIQUE,
  class_id INTEGER NOT NULL,
  epoch INTEGER NOT NULL
) STRICT;

CREATE TABLE journal_entries (
  journal INTEGER NOT NULL REFERENCES journals (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  place INTEGER NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (journal, epoch, place)
) STRICT;
`;
