/** The lines of docs/deploy.md that turn TLS on, and times that must fit the service's own. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { markedBlocks } from "../../support/markdown.ts";
import { PROXY_NAMES } from "../../support/proxy.ts";
import { requirement } from "../../support/requirement.ts";
import { connectSocket } from "../../support/socket.ts";
import { readSource } from "../../support/source_files.ts";
import { testBehindProxies } from "./behind_proxy.ts";

const openssl = requirement("openssl", "apt-get install openssl");

/** A certificate for `localhost` that signs itself, and its key, in PEM files. */
function makeCertificate(directory: string): void {
  const [certificate, key] = [`${directory}/site.crt`, `${directory}/site.key`];
  const { success, stderr } = new Deno.Command(openssl ?? "", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"],
      ...["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
      ...["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", certificate],
    ],
    stdin: "null",
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const both = Deno.readTextFileSync(certificate) + Deno.readTextFileSync(key);
  Deno.writeTextFileSync(`${directory}/site.pem`, both);
}

/** The configuration with the lines for TLS in place of the one that listens without. */
function withTls(configuration: string, directory: string): string {
  makeCertificate(directory);
  certificates.set(directory, Deno.readTextFileSync(`${directory}/site.crt`));
  const plain = /\b(listen|bind) (127\.0\.0\.1:\d+);?/;
  const [, word, address = ""] = plain.exec(configuration) ?? [];
  const mark = word === "listen" ? "tls: nginx" : "tls: haproxy";
  const block = markedBlocks(readSource("docs/deploy.md")).find((one) => one.mark === mark);
  if (!block) throw new Error(`docs/deploy.md has no lines for ${mark}`);
  const lines = block.text.replace(word === "listen" ? "443" : ":443", address)
    .replaceAll("/etc/ssl/school.example", `${directory}/site`);
  return configuration.replace(plain, lines);
}

const certificates = new Map<string, string>();

if (openssl !== null) {
  testBehindProxies("TLS ends there: https, wss, and pages of http kept out", async (site) => {
    const { proxy, service: { people: { teacher } } } = site;
    const port = new URL(proxy.url).port;
    const address = `localhost:${port}`;
    using client = Deno.createHttpClient({ caCerts: [...certificates.values()] });
    const response = await fetch(`https://${address}/api/auth/me/`, {
      client,
      headers: { Authorization: `Bearer ${teacher.token}` },
    });
    assertEquals([response.status, (await response.json()).user.id], [200, teacher.id]);
    const connect = (Origin: string) =>
      connectSocket(`wss://${address}/ws/`, {
        client,
        token: teacher.token,
        headers: { Origin },
      });
    const socket = await connect(`https://${address}`);
    await socket.next("CONNECTED");
    assertEquals((await socket.request("PING")).event, "PONG");
    await socket.close();
    await assertRejects(() => connect(`http://${address}`));
    await assertRejects(() => fetch(`https://${address}/healthz`));
  }, { change: withTls });
}

Deno.test("the proxies wait longer for a silent socket than the service takes to ping it", () => {
  const source = readSource("src/realtime/routes.ts");
  const idleS = Number(/IDLE_TIMEOUT_S = (\d+);/.exec(source)?.[1]);
  const patience = {
    nginx: /proxy_read_timeout (\d+)s;/,
    haproxy: /timeout tunnel (\d+)s/,
  };
  for (const name of PROXY_NAMES) {
    const file = readSource(`docs/deploy/${name === "nginx" ? "nginx.conf" : "haproxy.cfg"}`);
    const seconds = Number(patience[name].exec(file)?.[1]);
    assert(seconds > 2 * idleS, `${name}: ${seconds} s against ${idleS} s`);
  }
});
