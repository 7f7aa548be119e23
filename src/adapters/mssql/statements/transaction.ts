/** Pieces of T-SQL that several statements are made of. */

/** Milliseconds to wait for an application lock; less than any statement's timeout. */
const LOCK_TIMEOUT_MS = 4_000;

/**
 * One transaction in one round trip, so that no connection waits for a client in the middle of one.
 * Any error rolls it back and ends the batch.
 */
export const transaction = (body: string): string =>
  `SET XACT_ABORT ON;
DECLARE @lock INT, @resource NVARCHAR(255);
BEGIN TRANSACTION;
${body}
COMMIT TRANSACTION;`;

/**
 * Takes an application lock until the end of the transaction that it stands in.
 * @param name T-SQL of the lock's name
 */
export const lock = (mode: "Shared" | "Exclusive", name: string): string =>
  `SET @resource = ${name};
EXEC @lock = sp_getapplock @Resource = @resource, @LockMode = N'${mode}',
  @LockOwner = N'Transaction', @LockTimeout = ${LOCK_TIMEOUT_MS};
IF @lock < 0 THROW 50001, N'Cannot go on: another transaction holds a lock for too long', 1;`;

/**
 * Held shared by what relies on a user's role, exclusively by what changes roles: rules that span
 * rows (the last admin; nobody enrolled who is no student) hold whatever runs at the same time.
 */
export const ROLES_LOCK = "N'live-attendance: roles'";

/** Held by what makes links for a user. */
export const userLock = (parameter: string): string =>
  `CONCAT(N'live-attendance: user ', ${parameter})`;

/** Held by what changes who is in a class, or archives it. */
export const classLock = (parameter: string): string =>
  `CONCAT(N'live-attendance: class ', ${parameter})`;

/** Held by what writes a closed session. */
export const sessionLock = (parameter: string): string =>
  `CONCAT(N'live-attendance: session ', ${parameter})`;
