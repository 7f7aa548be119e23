/** (b) `GET /api/auth/me/` against bare Hono: keep-alive connections, each one request at a time. */
import { startBare, startSchool } from "./process.ts";
import { median } from "./table.ts";

/** Requests per second over `seconds`, from `connections` raw keep-alive connections. */
export async function requestsPerSecond(
  url: string,
  path: string,
  { headers = "", connections = 16, seconds = 3 }: {
    headers?: string;
    connections?: number;
    seconds?: number;
  } = {},
): Promise<number> {
  const { hostname, port } = new URL(url);
  const request = new TextEncoder().encode(
    `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${headers}\r\n`,
  );
  const until = performance.now() + seconds * 1000;
  const started = performance.now();
  const counts = await Promise.all(Array.from({ length: connections }, async () => {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    connection.setNoDelay(true);
    const buffer = new Uint8Array(16 * 1024);
    const decoder = new TextDecoder();
    let count = 0;
    while (performance.now() < until) {
      await connection.write(request);
      let text = "";
      // Small answers with a Content-Length: head and body in one read, nearly always.
      for (;;) {
        const size = await connection.read(buffer);
        if (size === null) throw new Error("The server closed the connection");
        text += decoder.decode(buffer.subarray(0, size));
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) continue;
        if (!text.startsWith("HTTP/1.1 200")) throw new Error(text.slice(0, 200));
        const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
        if (text.length - end - 4 >= length) break;
      }
      count++;
    }
    connection.close();
    return count;
  }));
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total / ((performance.now() - started) / 1000);
}

export interface HttpRow {
  readonly ours: number;
  readonly bare: number;
  readonly ratio: number;
}

export async function http({ rounds = 5 }: { rounds?: number } = {}): Promise<HttpRow> {
  const school = await startSchool({ students: 1, env: { LOG_LEVEL: "info" } });
  const bare = await startBare("./bare_http_server.ts");
  const headers = `Authorization: Bearer ${school.teacher}\r\n`;
  const pairs: [number, number][] = [];
  for (let round = -1; round < rounds; round++) {
    const ours = await requestsPerSecond(school.url, "/api/auth/me/", { headers });
    const theirs = await requestsPerSecond(bare.url, "/");
    if (round >= 0) pairs.push([ours, theirs]);
  }
  await bare.stop();
  await school.stop();
  return {
    ours: median(pairs.map(([ours]) => ours)),
    bare: median(pairs.map(([, theirs]) => theirs)),
    ratio: median(pairs.map(([ours, theirs]) => ours / theirs)),
  };
}

if (import.meta.main) console.table(await http());
