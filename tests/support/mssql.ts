/** Databases of a test's own on the SQL Server that MSSQL_TEST_URL names. */
// @ts-types="npm:@types/mssql@12.3.0"
import type sql from "mssql";
import { createPool, loadDriver } from "../../src/adapters/mssql/driver.ts";
import { parseMssqlUrl } from "../../src/adapters/mssql/url.ts";
import type { Storage } from "../../src/adapters/storage.ts";

/** A database that the SQL Server suites may use, by an account that may create others. */
export const MSSQL_TEST_URL = Deno.env.get("MSSQL_TEST_URL") || null;

/** Says loudly that a suite did not run. */
export function warnNotRun(suite: string): void {
  console.warn(
    `\n*** ${suite} did NOT run. Set MSSQL_TEST_URL=mssql://user:password@host:1433/database ` +
      "to a database for tests, by an account that may create others. ***\n",
  );
}

/** A pool of its own, for what tests ask the database directly. */
export async function connect(url: string): Promise<sql.ConnectionPool> {
  return await createPool(await loadDriver(), parseMssqlUrl(url)).connect();
}

const MAX_ATTEMPTS = 10;

/** Repeats a verb that is refused: a busy server may need more time than one attempt gives it. */
export async function eventually<T>(verb: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await verb();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

export const untilReady = (storage: Storage): Promise<void> => eventually(() => storage.ready());

const DROP_ATTEMPTS = 100;

/** A server takes a moment to notice that the last connection went, and tells nobody. */
async function drop(pool: sql.ConnectionPool, name: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      await pool.request().batch(`DROP DATABASE ${name};`);
      return;
    } catch (error) {
      if (attempt === DROP_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Runs with the URL of an empty database, which is dropped afterwards. */
export async function withDatabase(
  base: string,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const name = `la_test_${crypto.randomUUID().slice(0, 8)}`;
  const pool = await connect(base);
  try {
    await pool.request().batch(`CREATE DATABASE ${name};`);
    const url = new URL(base);
    url.pathname = `/${name}`;
    try {
      await work(url.href);
    } finally {
      await drop(pool, name);
    }
  } finally {
    await pool.close();
  }
}
