/** The driver and how values go into it. */
// @ts-types="@types/mssql"
import type sql from "mssql";
import type { Param, Params, Statement, Value, Values } from "./statement.ts";
import type { MssqlConfig } from "./url.ts";

export type Driver = typeof sql;

/** Milliseconds; a connection is waited for longer than making one takes. */
const CONNECT_TIMEOUT_MS = 3_000;
const ACQUIRE_TIMEOUT_MS = 5_000;
/** How long the server may take to confirm that it gave up; then the connection is closed. */
const CANCEL_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 30_000;
const IDLE_MS = 30_000;

/** Loads the driver: a quarter of a second and a hundred packages, so only where it is used. */
export async function loadDriver(): Promise<Driver> {
  // @ts-types="@types/mssql"
  const { default: driver } = await import("mssql");
  return driver;
}

export function createPool(driver: Driver, config: MssqlConfig): sql.ConnectionPool {
  const { server, port, user, password, database, encrypt, trustServerCertificate } = config;
  const pool = new driver.ConnectionPool({
    server,
    port,
    user,
    password,
    database,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    // This one is for what the driver itself sends to begin and end a transaction.
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Asking the server at each use would double the round trips.
    validateConnection: "socket",
    pool: {
      max: config.poolSize,
      min: 0,
      acquireTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      createTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_MS,
    },
    options: {
      encrypt,
      trustServerCertificate,
      abortTransactionOnError: true,
      cancelTimeout: CANCEL_TIMEOUT_MS,
      maxRetriesOnTransientErrors: 0,
      appName: "live-attendance",
      // Else the driver asks the system for the host's name, which takes a permission.
      workstationId: "live-attendance",
      useUTC: true,
    },
  });
  // Each such error also rejects what needed the connection; unheard it would end the process.
  pool.on("error", () => {});
  return pool;
}

function typeOf(driver: Driver, param: Param, value: Value): sql.ISqlType {
  switch (param.type) {
    case "id":
      return driver.BigInt();
    case "int":
      return driver.Int();
    case "bit":
      return driver.Bit();
    case "time":
      return driver.DateTime2(3);
    case "max":
      return driver.NVarChar(driver.MAX);
    default: {
      // A value that is longer than its column is compared or refused by the server, not cut off.
      const size = typeof value === "string" && value.length > param.size ? driver.MAX : param.size;
      return param.type === "text" ? driver.NVarChar(size) : driver.VarChar(size);
    }
  }
}

/** Gives the request the statement's parameters. */
export function bind<P extends Params>(
  driver: Driver,
  request: sql.Request,
  { params }: Statement<P, readonly unknown[]>,
  values: Values<P>,
): void {
  for (const [name, param] of Object.entries(params)) {
    const value: Value = values[name] ?? null;
    const sent = param.type === "time" && typeof value === "string" ? new Date(value) : value;
    request.input(name, typeOf(driver, param, value), sent);
  }
}

/**
 * Runs a statement's request. It is given up after `timeoutMs` without an answer, and some time
 * later in any case; that also rolls back a transaction that it began.
 * @param parent lends the connection
 */
export async function timed<T>(
  parent: sql.ConnectionPool | sql.Transaction,
  timeoutMs: number,
  work: (request: sql.Request) => Promise<T>,
): Promise<T> {
  // The driver's types don't know yet that a request takes settings of its own.
  const requestOf: (settings: { requestTimeout: number }) => sql.Request = parent.request.bind(
    parent,
  );
  const request = requestOf({ requestTimeout: timeoutMs });
  let late = false;
  // The driver's timeout ends with the first row. This one also sees a stream of rows that stops.
  const timer = setTimeout(() => {
    late = true;
    request.cancel();
  }, ACQUIRE_TIMEOUT_MS + timeoutMs);
  try {
    return await work(request);
  } catch (cause) {
    throw late ? new Error("SQL Server stopped in the middle of its answer", { cause }) : cause;
  } finally {
    clearTimeout(timer);
  }
}
