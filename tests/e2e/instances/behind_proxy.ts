/** Two instances behind a real proxy, as clients see them: one address. */
import { type Api, openApi } from "../../support/api.ts";
import {
  PROXIES,
  type Proxy,
  PROXY_NAMES,
  type ProxyName,
  type ProxyOptions,
  startProxy,
} from "../../support/proxy.ts";
import { redisServer, withRedis } from "../../support/redis.ts";
import { type Instances, withInstances } from "./instances.ts";

export interface Site {
  readonly name: ProxyName;
  readonly proxy: Proxy;
  readonly service: Instances;
  /** For calls through the proxy. */
  api(): Promise<Api>;
}

export interface SiteOptions extends Pick<ProxyOptions, "change"> {
  readonly env?: Readonly<Record<string, string>>;
}

async function onSite(
  name: ProxyName,
  work: (site: Site) => Promise<void>,
  { change, env = {} }: SiteOptions,
): Promise<void> {
  const host = (service: Instances, number: number) =>
    `127.0.0.1:${new URL(service.server(number).url).port}`;
  await withRedis((redis) =>
    withInstances(2, async (service) => {
      const directory = await Deno.makeTempDir({ prefix: "attendance-proxy-" });
      try {
        const proxy = await startProxy(name, {
          directory,
          upstreams: [host(service, 0), host(service, 1)],
          ...(change ? { change } : {}),
        });
        try {
          await work({ name, proxy, service, api: () => openApi(proxy.url) });
        } finally {
          await proxy.stop();
        }
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    }, { redis, env: { TRUST_PROXY: "on", ...env } })
  );
}

/** A test of each proxy with the configuration of docs/deploy/, in front of two instances. */
export function testBehindProxies(
  what: string,
  work: (site: Site) => Promise<void>,
  options: SiteOptions = {},
): void {
  for (const name of PROXY_NAMES) {
    Deno.test({
      name: `behind ${name}: ${what}`,
      ignore: PROXIES[name] === null || redisServer === null,
      fn: () => onSite(name, work, options),
    });
  }
}

/** Which instances the proxy has named in its log, by their place. */
export function instancesInLog({ name, proxy, service }: Site, from = 0): Set<number> {
  const marks = service.servers.map(({ url }, i) =>
    name === "nginx" ? ` 127.0.0.1:${new URL(url).port}` : ` instances/app${i + 1} `
  );
  const lines = proxy.log.slice(from);
  return new Set(
    marks.flatMap((mark, i) => lines.some((line) => line.includes(mark)) ? [i] : []),
  );
}
