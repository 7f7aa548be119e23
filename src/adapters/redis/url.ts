/**
 * `REDIS_URL` → connection. One server: `redis://user:password@host:port/db`; several addresses:
 * `redis-sentinel://user:password@host:port,host:port/master-name/db?sentinel-password=…` and
 * `redis-cluster://user:password@host:port,host:port`. With `rediss` in front the wire is TLS.
 */

export interface RedisTarget {
  readonly kind: "single" | "sentinel" | "cluster";
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  /** Sentinel: the name of the master. */
  readonly master?: string;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
}

const FORM = /^(rediss?)(?:-(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]+)(\/[^?#]*)?(\?[^#]*)?$/;

function node(text: string, defaultPort: number): { host: string; port: number } {
  const found = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text);
  const host = found?.[1]?.replace(/^\[|\]$/g, "");
  const port = found?.[2] === undefined ? defaultPort : Number(found[2]);
  if (!host || port < 1 || port > 65535) throw new Error("has an address that is not host:port");
  return { host, port };
}

function database(text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  if (!/^\d{1,4}$/.test(text)) throw new Error("has a database that is not a number");
  return Number(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("has a % that begins no percent-encoding (write %25)");
  }
}

const SENTINEL_OPTIONS = {
  "sentinel-username": "sentinelUsername",
  "sentinel-password": "sentinelPassword",
} as const;

function sentinelOptions(
  query: string,
): Pick<RedisTarget, "sentinelUsername" | "sentinelPassword"> {
  const options: { sentinelUsername?: string; sentinelPassword?: string } = {};
  for (const option of query.slice(1).split("&")) {
    const [, name = "", value = ""] = /^([^=]*)=(.*)$/.exec(option) ?? [];
    if (name !== "sentinel-username" && name !== "sentinel-password") {
      throw new Error("has options: only sentinel-username and sentinel-password of Sentinels are");
    }
    options[SENTINEL_OPTIONS[name]] = decoded(value);
  }
  return options;
}

/** @throws Error saying what is wrong, without repeating the URL: it may hold a password */
export function parseRedisUrl(url: string): RedisTarget {
  const found = FORM.exec(url);
  if (!found) {
    throw new Error(
      "must be like redis://user:password@host:6379/0, rediss://…, redis-sentinel://host,host/master or redis-cluster://host,host",
    );
  }
  const [, scheme, several, credentials, hosts = "", path = "", query = ""] = found;
  const kind = several === "sentinel" || several === "cluster" ? several : "single";
  const nodes = hosts.split(",").map((text) => node(text, kind === "sentinel" ? 26379 : 6379));
  if (kind === "single" && nodes.length > 1) {
    throw new Error("names several hosts: use redis-cluster:// or redis-sentinel://");
  }
  const [first, second] = path.slice(1).split("/");
  if (kind === "sentinel" && !first) throw new Error("must name the master: …/master-name");
  const [, username = "", password] = /^([^:]*)(?::(.*))?$/.exec(credentials ?? "") ?? [];
  const db = kind === "sentinel" ? database(second) : database(first);
  if (query && kind !== "sentinel") {
    throw new Error("has options: only those of Sentinels are known");
  }
  if (kind === "cluster" && db !== 0) throw new Error("names a database: a cluster has only 0");
  return {
    kind,
    nodes,
    tls: scheme === "rediss",
    ...(username ? { username: decoded(username) } : {}),
    ...(password ? { password: decoded(password) } : {}),
    db,
    ...(kind === "sentinel" && first ? { master: decoded(first) } : {}),
    ...(query ? sentinelOptions(query) : {}),
  };
}
