/**
 * Runs every benchmark and prints one Markdown table. With names, only those:
 * `deno task bench fanout http`.
 */
import { closing } from "./close.ts";
import { durability } from "./durability.ts";
import { fanout } from "./fanout.ts";
import { http } from "./http.ts";
import { memory } from "./memory.ts";
import { pages } from "./pages.ts";
import { redis } from "./redis.ts";
import { markdownTable } from "./table.ts";

interface Line {
  readonly what: string;
  readonly measured: string;
  readonly against: string;
  readonly ratio: string;
  readonly aim: string;
  readonly read: string;
}

const whole = (value: number) => Math.round(value).toLocaleString("en");
const digits = (value: number, count = 2) => value.toFixed(count);
const aSecond = (value: number) => `${whole(value)}/s`;
const ms = (value: number) => `${digits(value, value < 10 ? 2 : 0)} ms`;
const added = (value: number) => `${value < 0 ? "−" : "+"}${ms(Math.abs(value))}`;

const BENCHES: Readonly<Record<string, () => Promise<readonly Line[]>>> = {
  async fanout() {
    return (await fanout()).map(({ sockets, inFlight, ours, bare, ratio }) => ({
      what: `(a) Marks to ${whole(sockets)} sockets, ${inFlight} in flight`,
      measured: `${aSecond(ours)} deliveries`,
      against: `bare loop ${aSecond(bare)}`,
      ratio: digits(ratio),
      aim: inFlight === 1 ? "≥ 0.7" : "≥ 5",
      read: "higher is better; over 1 is faster than a loop that does nothing but send",
    }));
  },

  async http() {
    const { ours, bare, ratio } = await http();
    return [{
      what: "(b) GET /api/auth/me/, 16 connections",
      measured: `${aSecond(ours)} requests`,
      against: `bare Hono ${aSecond(bare)}`,
      ratio: digits(ratio),
      aim: "≥ 0.5",
      read: "higher is better; 1 would be sign-in, limits and log for nothing",
    }];
  },

  async pages() {
    return (await pages()).map(({ students, sessions, limit, ms: took, usPerRecord, behind }) => ({
      what: `(c) get-class, ${students} students, ${sessions} sessions, ?limit=${limit}`,
      measured: `${ms(took)}, ${digits(usPerRecord, 1)} µs a record`,
      against: behind === null ? "" : "a tenth of the history",
      ratio: behind === null ? "" : digits(behind),
      aim: behind === null ? "" : "about 1",
      read: behind === null
        ? "cost of the page; compare µs a record"
        : "1: the page costs the same, however much history lies behind it",
    }));
  },

  async close() {
    const { closes, delay } = await closing();
    return [
      ...closes.map(({ students, ms: took, worstMs }) => ({
        what: `(d) Closing a session of ${whole(students)}`,
        measured: `${ms(took)}, worst ${ms(worstMs)}`,
        against: "",
        ratio: "",
        aim: students === 5000 ? "< 1,000 ms" : "",
        read: "from the request to its answer; lower is better",
      })),
      {
        what: "(d) A mark in another class while a session of 500 closes",
        measured: `${ms(delay.closingMs)}, the slowest of each close`,
        against: `${ms(delay.quietMs)} while nothing closes`,
        ratio: added(delay.delayMs),
        aim: "≤ 20 ms",
        read: `what is added, at the median; nine closes of ten add at most ${
          ms(delay.delayP90Ms)
        }`,
      },
    ];
  },

  async memory() {
    const { sockets, oursKb, bareKb, ratio } = await memory();
    return [{
      what: `(e) Memory of an idle socket, of ${whole(sockets)}`,
      measured: `${digits(oursKb, 1)} kB`,
      against: `bare Deno ${digits(bareKb, 1)} kB`,
      ratio: digits(ratio),
      aim: "",
      read: "lower is better; what the process grows by, with the connection's own buffers",
    }];
  },

  async durability() {
    return (await durability()).map(({ inFlight, normal, full, ratio }) => ({
      what: `(f) Marks with SQLITE_SYNC=full, ${inFlight} in flight`,
      measured: `${aSecond(full)} marks`,
      against: `normal ${aSecond(normal)}`,
      ratio: digits(ratio),
      aim: "",
      read: "the price of surviving a power cut; marks of one turn share a disk flush",
    }));
  },

  async redis() {
    const { rates, latencies } = await redis();
    const on = (instances: number) => instances === 1 ? "one instance" : `${instances} instances`;
    return [
      ...rates.map(({ what, inFlight, instances, embedded, redis, ratio }) => ({
        what: `(g) Redis, ${on(instances)}: ${what}, ${inFlight} in flight`,
        measured: aSecond(redis),
        against: `embedded ${aSecond(embedded)}`,
        ratio: digits(ratio),
        aim: what === "deliveries" && inFlight > 1 ? "≥ 0.5" : "",
        read: what === "deliveries"
          ? "higher is better; 200 sockets, spread over the instances"
          : "higher is better; one teacher's socket, nobody else listens",
      })),
      ...latencies.map((row) => ({
        what: `(g) Redis, ${on(row.instances)}: a lone mark to 200 sockets`,
        measured: `${ms(row.redisMs)}, p99 ${ms(row.redisP99Ms)}`,
        against: `embedded ${ms(row.embeddedMs)}, p99 ${ms(row.embeddedP99Ms)}`,
        ratio: `${added(row.addedMs)}, p99 ${added(row.addedP99Ms)}`,
        aim: "< 5 ms at the median",
        read: "until the last socket has it; lower is better",
      })),
    ];
  },
};

function machine(): string {
  const model = /^model name\s*:\s*(.+)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1];
  const gigabytes = Math.round(Deno.systemMemoryInfo().total / 1024 ** 3);
  return `${navigator.hardwareConcurrency} × ${model ?? "unknown processor"}, ${gigabytes} GB, ` +
    `Linux ${Deno.osRelease()}, Deno ${Deno.version.deno}`;
}

const load = () => Deno.loadavg().map((value) => digits(value, 1)).join(" ");

const asked = Deno.args.length > 0 ? Deno.args : Object.keys(BENCHES);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(", ")}. There are ${Object.keys(BENCHES)}`);
  Deno.exit(2);
}

const startedMs = performance.now();
const loadBefore = load();
const lines: Line[] = [];
for (const name of asked) {
  const since = performance.now();
  lines.push(...await BENCHES[name]?.() ?? []);
  console.error(`${name}: ${Math.round((performance.now() - since) / 1000)} s`);
}

console.log(
  `Run on ${new Date().toISOString().slice(0, 10)} with \`deno task bench${
    Deno.args.map((name) => ` ${name}`).join("")
  }\` in ${Math.round((performance.now() - startedMs) / 1000)} s.\n\n` +
    `Machine: ${machine()}. Load before and after: ${loadBefore} and ${load()}.\n`,
);
console.log(markdownTable(
  ["What", "This service", "Against", "Ratio or difference", "Aim", "How to read it"],
  lines.map(({ what, measured, against, ratio, aim, read }) => [
    ...[what, measured, against, ratio, aim, read],
  ]),
));
