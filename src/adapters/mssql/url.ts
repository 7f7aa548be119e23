/** `mssql://user:password@host:1433/database?encrypt=true&trustServerCertificate=false&pool=10` */

export interface MssqlConfig {
  readonly server: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** TLS for everything; the certificate is verified unless `trustServerCertificate`. */
  readonly encrypt: boolean;
  readonly trustServerCertificate: boolean;
  /** The most connections that are open at once. */
  readonly poolSize: number;
}

const DEFAULT_PORT = 1433;
const DEFAULT_POOL_SIZE = 10;
const MAX_POOL_SIZE = 100;
const FORM = "mssql://user:password@host:1433/database";
const PARAMETERS = ["encrypt", "trustServerCertificate", "pool"];

/** Never repeats the URL: it holds a password. */
function refuse(why: string): never {
  throw new Error(`Cannot read the SQL Server URL: ${why}`);
}

function decoded(part: string, name: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return refuse(`its ${name} has a % that begins no percent-encoding (write %25)`);
  }
}

function flag(parameters: URLSearchParams, name: string, standard: boolean): boolean {
  const text = parameters.get(name) ?? String(standard);
  if (text !== "true" && text !== "false") refuse(`${name} must be true or false`);
  return text === "true";
}

function poolSize(parameters: URLSearchParams): number {
  const text = parameters.get("pool") ?? String(DEFAULT_POOL_SIZE);
  const size = Number(text);
  if (!/^\d{1,3}$/.test(text) || size < 1 || size > MAX_POOL_SIZE) {
    refuse(`pool must be a whole number from 1 to ${MAX_POOL_SIZE}`);
  }
  return size;
}

/**
 * Reads the connection's settings. User, password and database are percent-decoded.
 * @throws Error that says what is wrong, without the URL
 */
export function parseMssqlUrl(text: string): MssqlConfig {
  if (!URL.canParse(text)) refuse(`it must be like ${FORM}, special characters percent-encoded`);
  const url = new URL(text);
  if (url.protocol !== "mssql:") refuse("it must begin with mssql://");
  if (url.hash !== "") refuse("it has a # (write %23)");
  if (url.hostname === "") refuse(`it names no host; it must be like ${FORM}`);
  if (url.username === "") refuse(`it names no user; it must be like ${FORM}`);
  const database = decoded(url.pathname.slice(1), "database name");
  if (database === "") refuse(`it names no database; it must be like ${FORM}`);
  if (database.includes("/")) refuse("its path must be one database name");
  const parameters = url.searchParams;
  const names = [...parameters.keys()];
  if (names.some((name) => !PARAMETERS.includes(name)) || new Set(names).size < names.length) {
    refuse(`after the ? it takes ${PARAMETERS.join(", ")}, each at most once`);
  }
  return {
    server: decoded(url.hostname, "host").replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? DEFAULT_PORT : Number(url.port),
    user: decoded(url.username, "user"),
    password: decoded(url.password, "password"),
    database,
    encrypt: flag(parameters, "encrypt", true),
    trustServerCertificate: flag(parameters, "trustServerCertificate", false),
    poolSize: poolSize(parameters),
  };
}
