/** (e) Memory of an idle socket: what 1,000 of them add to the process, beside a bare Deno server's. */
import { residentBytes, startBare, type Target } from "./process.ts";
import { openRawSocket, type RawSocket } from "./raw_socket.ts";
import { startSeeded } from "./seeded.ts";
import { median } from "./table.ts";

const SOCKETS = 1000;
const WARM_UP = 300;

export interface MemoryRow {
  readonly sockets: number;
  readonly oursKb: number;
  readonly bareKb: number;
  readonly ratio: number;
}

async function openMany(url: string, count: number): Promise<RawSocket[]> {
  const opened: RawSocket[] = [];
  for (let n = 0; n < count; n++) opened.push(await openRawSocket(url, "\0"));
  return opened;
}

/** Kilobytes of resident memory that each socket adds. */
async function perSocket({ pid }: Pick<Target, "pid">, url: string): Promise<number> {
  // The first ones also pay for code that is compiled and tables that grow once.
  const warm = await openMany(url, WARM_UP);
  const before = residentBytes(pid);
  const opened = await openMany(url, SOCKETS);
  const after = residentBytes(pid);
  for (const socket of [...warm, ...opened]) socket.close();
  return (after - before) / SOCKETS / 1024;
}

export async function memory({ rounds = 3 }: { rounds?: number } = {}): Promise<MemoryRow> {
  const pairs: [number, number][] = [];
  for (let round = 0; round < rounds; round++) {
    const server = await startSeeded([{ name: "Bench", students: 50 }]);
    const token = server.classes[0]?.teacher ?? "";
    const ours = await perSocket(server, `${server.wsUrl}?batch=1&token=${token}`);
    await server.stop();
    const bare = await startBare("./bare_fanout_server.ts");
    const theirs = await perSocket(bare, `${bare.url.replace("http", "ws")}/`);
    await bare.stop();
    pairs.push([ours, theirs]);
  }
  return {
    sockets: SOCKETS,
    oursKb: median(pairs.map(([ours]) => ours)),
    bareKb: median(pairs.map(([, bare]) => bare)),
    ratio: median(pairs.map(([ours, bare]) => ours / bare)),
  };
}

if (import.meta.main) console.table([await memory()]);
