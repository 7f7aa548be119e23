/** Real reverse proxies with the configurations of docs/deploy/, in front of instances. */
import { ownPort } from "./ports.ts";
import { requirement } from "./requirement.ts";
import { readSource } from "./source_files.ts";
import { textLines } from "./text_lines.ts";

/** Daemons that Debian keeps where PATH of an ordinary user does not lead. */
function daemon(name: string): string | null {
  const install = `apt-get install ${name}`;
  try {
    const path = `/usr/sbin/${name}`;
    if (Deno.statSync(path).isFile) return requirement(path, install);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return requirement(name, install);
}

export const PROXIES = { nginx: daemon("nginx"), haproxy: daemon("haproxy") };
export type ProxyName = keyof typeof PROXIES;
export const PROXY_NAMES: readonly ProxyName[] = ["nginx", "haproxy"];

export interface Proxy {
  readonly url: string;
  readonly wsUrl: string;
  /** Everything it wrote so far: access lines and errors. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

export interface ProxyOptions {
  /** For its files. */
  readonly directory: string;
  /** `host:port` of two instances. */
  readonly upstreams: readonly [string, string];
  /** Shortens times, or turns TLS on: gets the configuration with its addresses. */
  readonly change?: (configuration: string, directory: string) => string;
}

/** What the image of nginx has around a file of conf.d. */
function nginxAround(site: string, directory: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${directory}/${kind};`).join(" ");
  // Its workers would else be nobody, who may not look into the test's directory.
  const user = Deno.uid() === 0 ? "user root;" : "";
  return `${user} pid ${directory}/nginx.pid; daemon off; error_log stderr notice; worker_processes 1;
    events {} http { ${temporary} ${site} }`;
}

function render(name: ProxyName, port: number, options: ProxyOptions): string {
  const { directory, upstreams: [first, second], change = (same) => same } = options;
  const instances = (text: string) =>
    text.replace(/\bapp1:8000\b/, first).replace(/\bapp2:8000\b/, second);
  if (name === "haproxy") {
    const bind = `bind 127.0.0.1:${port}`;
    const all = instances(readSource("docs/deploy/haproxy.cfg")).replace("bind :80", bind);
    return change(all, directory);
  }
  const listen = `listen 127.0.0.1:${port};`;
  const site = instances(readSource("docs/deploy/nginx.conf")).replace("listen 80;", listen)
    .replace("/var/log/nginx/access.log", "/dev/stdout");
  return nginxAround(change(site, directory), directory);
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

export async function startProxy(name: ProxyName, options: ProxyOptions): Promise<Proxy> {
  const { directory } = options;
  const port = ownPort();
  const path = `${directory}/${name}.conf`;
  await Deno.writeTextFile(path, render(name, port, options));
  const child = new Deno.Command(PROXIES[name] ?? "", {
    args: name === "nginx" ? ["-p", directory, "-e", "stderr", "-c", path] : ["-db", "-f", path],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  const read = Promise.all([child.stdout, child.stderr].map(async (stream) => {
    for await (const line of stream.pipeThrough(textLines())) log.push(line);
  }));
  let over = false;
  const ended = read.then(() => child.status).finally(() => over = true);
  while (!(await accepts(port))) {
    if (over) throw new Error(`${name} ended with ${(await ended).code}:\n${log.join("\n")}`);
  }
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    wsUrl: `${url.replace("http", "ws")}/ws/`,
    log,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
