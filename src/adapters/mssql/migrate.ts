// @ts-types="@types/mssql"
import type sql from "mssql";
import { bind, type Driver, timed } from "./driver.ts";
import { type Migration, MIGRATIONS } from "./migrations.ts";
import {
  INT,
  type Params,
  returning,
  type Statement,
  text,
  TIME,
  type Values,
} from "./statement.ts";

const newestOf = (migrations: readonly Migration[]): number => migrations.at(-1)?.number ?? 0;

export const NEWEST_MIGRATION = newestOf(MIGRATIONS);

/** Milliseconds. Another instance may be migrating: it is waited for. */
const TIMEOUT_MS = 25_000;
const LOCK_TIMEOUT_MS = 20_000;

export const MIGRATE_STATEMENTS = {
  exists: returning<[{ readonly found: number | null }]>()(
    {},
    "SELECT OBJECT_ID(N'dbo.migrations', N'U') AS found;",
  ),
  last: returning<[{ readonly last: number }]>()(
    {},
    "SELECT COALESCE(MAX(number), 0) AS last FROM dbo.migrations;",
    { repeatable: true },
  ),
  lock: returning<[]>()(
    {},
    `SET XACT_ABORT ON;
DECLARE @lock INT;
EXEC @lock = sp_getapplock @Resource = N'live-attendance: migrations', @LockMode = N'Exclusive',
  @LockOwner = N'Transaction', @LockTimeout = ${LOCK_TIMEOUT_MS};
IF @lock < 0 THROW 50001, N'Cannot migrate: another instance is at it for too long', 1;`,
    { timeoutMs: TIMEOUT_MS },
  ),
  createTable: returning<[]>()(
    {},
    `CREATE TABLE dbo.migrations (
  number INT NOT NULL CONSTRAINT migrations_pk PRIMARY KEY,
  name NVARCHAR(200) NOT NULL,
  applied_at DATETIME2(3) NOT NULL
);`,
  ),
  record: returning<[]>()(
    { number: INT, name: text(200), at: TIME },
    "INSERT INTO dbo.migrations (number, name, applied_at) VALUES (@number, @name, @at);",
  ),
};

const runner = (driver: Driver, parent: sql.ConnectionPool | sql.Transaction) => ({
  async get<P extends Params, R extends readonly unknown[]>(
    statement: Statement<P, R>,
    values: Values<P>,
  ): Promise<R[0] | undefined> {
    const { recordset } = await timed(parent, statement.timeoutMs, (request) => {
      bind(driver, request, statement, values);
      return request.query<R[0]>(statement.text);
    });
    return recordset?.[0];
  },
  /** A batch as it is: some statements must be the first in theirs. */
  async batch(text: string): Promise<void> {
    await timed(parent, TIMEOUT_MS, (request) => request.batch(text));
  },
});

/**
 * Applies what is missing, all or nothing, and records it in the table `migrations`. Of instances
 * that start together one migrates and the others wait.
 * @throws Error when the database has migrations that this version doesn't know
 */
export async function migrate(
  driver: Driver,
  pool: sql.ConnectionPool,
  now: () => number,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const newest = newestOf(migrations);
  const last = async (on: ReturnType<typeof runner>): Promise<number | null> => {
    const table = await on.get(MIGRATE_STATEMENTS.exists, {});
    if (!table?.found) return null;
    const number = (await on.get(MIGRATE_STATEMENTS.last, {}))?.last ?? 0;
    if (number <= newest) return number;
    throw new Error(
      "Cannot open the database: it was made by a newer version " +
        `(migration ${number}, this one knows ${newest})`,
    );
  };
  if (await last(runner(driver, pool)) === newest) return;

  const transaction = pool.transaction();
  await transaction.begin();
  try {
    const within = runner(driver, transaction);
    await within.get(MIGRATE_STATEMENTS.lock, {});
    const before = await last(within);
    if (before === null) await within.get(MIGRATE_STATEMENTS.createTable, {});
    for (const { number, name, batches } of migrations) {
      if (number <= (before ?? 0)) continue;
      for (const text of batches) await within.batch(text);
      await within.get(MIGRATE_STATEMENTS.record, {
        number,
        name,
        at: new Date(now()).toISOString(),
      });
    }
    await transaction.commit();
  } catch (error) {
    // The server may have rolled back already, or be gone: what broke the migration is the news.
    await transaction.rollback().catch(() => {});
    throw error;
  }
}
