/** The lines of docs/deploy.md that limit connections per address. */
import { assertEquals, assertRejects } from "@std/assert";
import { markedBlocks } from "../../support/markdown.ts";
import { connectSocket, type SocketClient } from "../../support/socket.ts";
import { readSource } from "../../support/source_files.ts";
import { type Site, testBehindProxies } from "./behind_proxy.ts";

const DOCUMENTED = "2000";
const LIMIT = 3;

/** The lines with this mark, and a limit that a test can reach. */
function lines(mark: string): string {
  const block = markedBlocks(readSource("docs/deploy.md")).find((one) => one.mark === mark);
  if (!block) throw new Error(`docs/deploy.md has no lines for ${mark}`);
  return block.text.replace(DOCUMENTED, `${LIMIT}`);
}

const withLimit = (configuration: string): string =>
  configuration.includes("server {")
    ? configuration
      .replace("server {", `${lines("limit: zone")}\nserver {\n${lines("limit: nginx")}`)
    : configuration.replace(/\bbind 127.*\n/, (bind) => bind + lines("limit: haproxy"));

const connect = ({ proxy, service }: Site, client?: Deno.HttpClient): Promise<SocketClient> =>
  connectSocket(proxy.wsUrl, {
    token: service.people.teacher.token,
    ...(client ? { client } : {}),
  });

/** The proxy hears a moment later than the client that a connection (the asking whether it is there,
 * say) is over. */
async function untilConnected(site: Site): Promise<SocketClient> {
  for (;;) {
    const socket = await connect(site).catch(() => null);
    if (socket) return socket;
  }
}

testBehindProxies(
  "one address has so many sockets and no more, others have theirs",
  async (site) => {
    const sockets: SocketClient[] = [];
    while (sockets.length < LIMIT) sockets.push(await untilConnected(site));
    for (const socket of sockets) await socket.next("CONNECTED");
    await assertRejects(() => connect(site));

    using elsewhere = Deno.createHttpClient({ localAddress: "127.0.0.2" });
    const neighbour = await connect(site, elsewhere);
    await neighbour.next("CONNECTED");
    await assertRejects(() => connect(site));
    for (const socket of sockets) assertEquals((await socket.request("PING")).event, "PONG");

    await sockets.pop()?.close();
    const again = await untilConnected(site);
    await again.next("CONNECTED");
    await Promise.all([...sockets, neighbour, again].map((socket) => socket.close()));
  },
  { change: withLimit },
);
