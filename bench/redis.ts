/**
 * (g) Running sessions in Redis against the embedded default: marks acknowledged, marks fanned out,
 * and how much later a lone mark arrives. With two instances the sockets are spread over both, on
 * one Redis and one database file, and the teacher marks on the first.
 *
 * Each round measures all three set-ups one after the other; what counts is their ratio.
 */
import { type ServerProcess, startServer } from "../tests/support/server.ts";
import { startRedis } from "../tests/support/redis.ts";
import { closeFan, type Fan, loneMarks, measure, schoolFan, soloFan } from "./fan.ts";
import { fillSchool, type School, type Target } from "./process.ts";
import { median, quantile } from "./table.ts";

const SOCKETS = 200;
const LONE_MARKS = { marks: 100, pauseMs: 5 };

export interface RateRow {
  readonly what: "marks acknowledged" | "deliveries";
  readonly inFlight: number;
  /** How many instances there are besides the embedded default. */
  readonly instances: number;
  /** A second. */
  readonly embedded: number;
  readonly redis: number;
  readonly ratio: number;
}

export interface LatencyRow {
  readonly instances: number;
  /** Milliseconds until every socket has a lone mark. */
  readonly embeddedMs: number;
  readonly redisMs: number;
  readonly addedMs: number;
  readonly embeddedP99Ms: number;
  readonly redisP99Ms: number;
  readonly addedP99Ms: number;
}

interface SetUp {
  readonly instances: number;
  readonly urls: readonly string[];
  readonly school: Omit<School, keyof Target>;
  stop(): Promise<void>;
}

async function setUp(instances: number, env: Record<string, string>): Promise<SetUp> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-bench-" });
  const servers: ServerProcess[] = [];
  for (let n = 0; n < instances; n++) {
    servers.push(
      await startServer({ directory, env: { FRAME_RATE: "0", LOG_LEVEL: "warn", ...env } }),
    );
  }
  const urls = servers.map(({ url }) => url);
  const school = await fillSchool(urls[0] ?? "", 50);
  await school.call(
    "POST",
    "/api/class/start-attendance/",
    { class_id: school.classId },
    school.teacher,
  );
  return {
    instances,
    urls,
    school,
    async stop() {
      for (const server of servers) await server.kill("SIGTERM");
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Measures the fans in turn, round by round; one list of results for each. */
async function inTurn<T>(
  fans: readonly Fan[],
  rounds: number,
  work: (fan: Fan) => Promise<T>,
): Promise<T[][]> {
  const results: T[][] = fans.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, fan] of fans.entries()) {
      const result = await work(fan);
      if (round >= 0) results[i]?.push(result);
    }
  }
  return results;
}

async function rates(
  what: RateRow["what"],
  fans: readonly Fan[],
  others: readonly SetUp[],
  { inFlight, marks, rounds }: { inFlight: number; marks: number; rounds: number },
): Promise<RateRow[]> {
  const [embedded = [], ...results] = await inTurn(
    fans,
    rounds,
    (fan) => measure(fan, marks, inFlight),
  );
  return results.map((redis, i) => ({
    what,
    inFlight,
    instances: others[i]?.instances ?? 0,
    embedded: median(embedded),
    redis: median(redis),
    ratio: median(redis.map((rate, round) => rate / (embedded[round] ?? NaN))),
  }));
}

async function latencies(
  fans: readonly Fan[],
  others: readonly SetUp[],
  rounds: number,
): Promise<LatencyRow[]> {
  const results = await inTurn(fans, rounds, (fan) => loneMarks(fan, LONE_MARKS));
  const [embedded = [], ...all] = results.map((perRound) => perRound.flat());
  const [embeddedMs, embeddedP99Ms] = [median(embedded), quantile(embedded, 0.99)];
  return all.map((redis, i) => {
    const [redisMs, redisP99Ms] = [median(redis), quantile(redis, 0.99)];
    return {
      instances: others[i]?.instances ?? 0,
      embeddedMs,
      redisMs,
      addedMs: redisMs - embeddedMs,
      embeddedP99Ms,
      redisP99Ms,
      addedP99Ms: redisP99Ms - embeddedP99Ms,
    };
  });
}

export async function redis(
  { rounds = 3 }: { rounds?: number } = {},
): Promise<{ rates: RateRow[]; latencies: LatencyRow[] }> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-bench-redis-" });
  const server = await startRedis({ directory });
  // Each set-up in a database of Redis of its own: ids of classes are the same in all.
  const url = (database: number) => `redis://127.0.0.1:${server.port}/${database}`;
  const embedded = await setUp(1, {});
  const others = [
    await setUp(1, { REDIS_URL: url(0) }),
    await setUp(2, { REDIS_URL: url(1) }),
  ];
  const all = [embedded, ...others];
  const found: RateRow[] = [];

  const solo = await Promise.all(all.map(({ school, urls }) => soloFan(school, urls[0] ?? "")));
  for (const [inFlight, marks] of [[1, 500], [16, 3_000]] as const) {
    found.push(
      ...await rates("marks acknowledged", solo, others, { inFlight, marks, rounds }),
    );
  }
  solo.forEach(closeFan);

  const spread: Fan[] = [];
  for (const { school, urls } of all) spread.push(await schoolFan(school, SOCKETS, urls));
  for (const [inFlight, marks] of [[1, 250], [16, 1_200]] as const) {
    found.push(...await rates("deliveries", spread, others, { inFlight, marks, rounds }));
  }
  const late = await latencies(spread, others, rounds);
  spread.forEach(closeFan);

  for (const each of all) await each.stop();
  await server.kill();
  await Deno.remove(directory, { recursive: true });
  return { rates: found, latencies: late };
}

if (import.meta.main) {
  const { rates, latencies } = await redis();
  console.table(rates);
  console.table(latencies);
}
