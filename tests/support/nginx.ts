/** A real nginx, with the configuration that deploy/ brings, in front of an instance. */
import { readSource } from "./source_files.ts";
import { requirement } from "./requirement.ts";
import { textLines } from "./text_lines.ts";

/** Where Debian has it; that folder is not in everybody's PATH. */
const DEBIAN = "/usr/sbin/nginx";

export const nginx = requirement(isThere(DEBIAN) ? DEBIAN : "nginx", "apt-get install nginx");

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

export interface Proxy {
  readonly url: string;
  /** Lines of the access log so far. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

function freePort(): number {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** deploy/nginx.conf with other addresses, and what the image of nginx has around it. */
function configuration(directory: string, port: number, upstream: string): string {
  const site = readSource("deploy/nginx.conf")
    .replace(/server app\d:8000;/g, `server ${upstream};`)
    .replace("listen 80;", `listen 127.0.0.1:${port};`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${directory}/${kind};`).join(" ");
  // Its workers would else be nobody, who may not look into the test's directory.
  const user = Deno.uid() === 0 ? "user root;" : "";
  return `${user} pid ${directory}/nginx.pid; daemon off; error_log stderr notice; worker_processes 1;
    events {} http { ${temporary} ${site} }`;
}

export async function startNginx(
  { directory, upstream }: { directory: string; upstream: string },
): Promise<Proxy> {
  const port = freePort();
  const path = `${directory}/nginx.conf`;
  await Deno.writeTextFile(path, configuration(directory, port, upstream));
  const child = new Deno.Command(nginx ?? "", {
    args: ["-p", directory, "-e", "stderr", "-c", path],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const started = Promise.withResolvers<void>();
  const log: string[] = [];
  const errors: string[] = [];
  const read = Promise.all([
    (async () => {
      for await (const line of child.stdout.pipeThrough(textLines())) log.push(line);
    })(),
    (async () => {
      for await (const line of child.stderr.pipeThrough(textLines())) {
        errors.push(line);
        if (line.includes("start worker process ")) started.resolve();
      }
    })(),
  ]);
  const ended = read.then(() => child.status);
  await Promise.race([
    started.promise,
    ended.then(({ code }) => {
      throw new Error(`nginx ended with code ${code}:\n${errors.join("\n")}`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
