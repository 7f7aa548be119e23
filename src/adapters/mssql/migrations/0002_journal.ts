const EXACT = "COLLATE Latin1_General_100_BIN2";

/**
 * What happened in running sessions whose live state is kept elsewhere. A journal's epoch is the one
 * that may be written in; its entries may be of older ones. One that is closed has no entries any
 * more, and says in which epoch its session was saved. Long payloads lie in several parts, since not
 * every engine that speaks T-SQL takes long texts out of OPENJSON.
 */
export const JOURNAL: readonly string[] = [
  `CREATE TABLE dbo.journals (
  id BIGINT IDENTITY(1, 1) NOT NULL CONSTRAINT journals_pk PRIMARY KEY,
  session_uuid VARCHAR(36) ${EXACT} NOT NULL CONSTRAINT journals_session UNIQUE,
  class_id BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  closed BIT NOT NULL CONSTRAINT journals_closed DEFAULT 0
);`,
  `CREATE UNIQUE INDEX journals_open ON dbo.journals (class_id) WHERE closed = 0;`,
  `CREATE TABLE dbo.journal_entries (
  journal_id BIGINT NOT NULL
    CONSTRAINT journal_entries_journals REFERENCES dbo.journals (id),
  epoch BIGINT NOT NULL,
  [offset] INT NOT NULL,
  part INT NOT NULL,
  payload NVARCHAR(2000) ${EXACT} NOT NULL,
  CONSTRAINT journal_entries_pk PRIMARY KEY (journal_id, epoch, [offset], part)
);`,
];
