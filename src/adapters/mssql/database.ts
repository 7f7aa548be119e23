/** A SQL Server database: connected when first needed, migrated, and found again after it was away. */
// @ts-types="@types/mssql"
import type sql from "mssql";
import { bind, createPool, type Driver, timed } from "./driver.ts";
import { isConnectionLost, isDeadlock } from "./errors.ts";
import { migrate } from "./migrate.ts";
import type { Params, Statement, Values } from "./statement.ts";
import type { MssqlConfig } from "./url.ts";

/** The rows of each result set; undefined where the batch ended before it. */
export type Sets<R extends readonly unknown[]> = {
  readonly [I in keyof R]: readonly R[I][] | undefined;
};

export interface Database {
  sets<P extends Params, R extends readonly unknown[]>(
    statement: Statement<P, R>,
    values: Values<P>,
  ): Promise<Sets<R>>;
  /** The rows of the first result set. */
  all<P extends Params, R extends readonly unknown[]>(
    statement: Statement<P, R>,
    values: Values<P>,
  ): Promise<readonly R[0][]>;
  /** The first row of the first result set. */
  get<P extends Params, R extends readonly unknown[]>(
    statement: Statement<P, R>,
    values: Values<P>,
  ): Promise<R[0] | undefined>;
  /** Runs a single INSERT, UPDATE or DELETE without OUTPUT; returns how many rows it changed. */
  run<P extends Params>(statement: Statement<P, readonly []>, values: Values<P>): Promise<number>;
  /** Resolves once connected and migrated. */
  open(): Promise<void>;
  /** Everything fails from then on; closing again is no error. */
  close(): Promise<void>;
}

/** Milliseconds that a statement waits for the first connection and the migrations behind it. */
const OPEN_TIMEOUT_MS = 5_000;
/** Milliseconds in which a statement may be tried again where no connection could be made. */
const RECONNECT_MS = 3_000;
const MAX_ATTEMPTS = 3;

/** Rejects after `ms`; the work itself goes on. */
async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Begins to connect at once. After a failure the next statement tries again; statements that come
 * meanwhile share the attempt. Once connected, the pool finds the database again by itself.
 * @param onError hears why connecting or migrating failed, once until it succeeds
 */
export function openDatabase(
  { driver, config, onError, now = Date.now }: {
    driver: Driver;
    config: MssqlConfig;
    onError: (error: unknown) => void;
    now?: () => number;
  },
): Database {
  let opening: Promise<sql.ConnectionPool> | null = null;
  let closing: Promise<void> | null = null;
  let failing = false;

  const connect = async (): Promise<sql.ConnectionPool> => {
    const pool = createPool(driver, config);
    try {
      await pool.connect();
      await migrate(driver, pool, now);
      failing = false;
      return pool;
    } catch (error) {
      if (!failing) onError(error);
      failing = true;
      opening = null;
      await pool.close().catch(onError);
      throw error;
    }
  };

  const opened = (): Promise<sql.ConnectionPool> => {
    if (closing) return Promise.reject(new Error("Cannot use the database: it is closed"));
    opening ??= connect();
    return within(OPEN_TIMEOUT_MS, "Connecting to SQL Server", opening);
  };

  /** Whether another attempt can do no harm and may go better. */
  const mayRetry = (
    error: unknown,
    { attempt, begun, repeatable }: { attempt: number; begun: number; repeatable: boolean },
  ): boolean => {
    if (isDeadlock(error)) return attempt < MAX_ATTEMPTS;
    if (attempt > 1) return false;
    // Nothing was sent; the connection may have been begun while the database was still away.
    if (error instanceof driver.ConnectionError) return performance.now() - begun < RECONNECT_MS;
    return repeatable && isConnectionLost(error);
  };

  const send = async <P extends Params, R extends readonly unknown[]>(
    statement: Statement<P, R>,
    values: Values<P>,
  ): Promise<sql.IResult<unknown>> => {
    const { text, timeoutMs, repeatable } = statement;
    const pool = await opened();
    const begun = performance.now();
    for (let attempt = 1;; attempt++) {
      try {
        return await timed(pool, timeoutMs, (request) => {
          bind(driver, request, statement, values);
          return request.query<unknown>(text);
        });
      } catch (error) {
        if (!mayRetry(error, { attempt, begun, repeatable })) throw error;
      }
    }
  };

  // The one place where rows' types are taken on trust: each statement names its own columns.
  const sets = async <P extends Params, R extends readonly unknown[]>(
    statement: Statement<P, R>,
    values: Values<P>,
  ) => (await send(statement, values)).recordsets as unknown as Sets<R>;

  opened().catch(() => {});
  return {
    sets,
    all: async (statement, values) => (await sets(statement, values))[0] ?? [],
    get: async (statement, values) => (await sets(statement, values))[0]?.[0],
    run: async (statement, values) => (await send(statement, values)).rowsAffected.at(-1) ?? 0,
    open: async () => {
      await opened();
    },
    close: () =>
      closing ??= (async () => {
        const pool = await opening?.catch(() => null);
        await pool?.close();
      })(),
  };
}
