/**
 * (d) Closing sessions of 50, 500 and 5,000 students, and how much longer a mark in another class
 * takes that is sent while a session of 500 closes.
 */
import { type BenchClass, type SeededServer, startSeeded } from "./seeded.ts";
import { openRawSocket, type RawSocket } from "./raw_socket.ts";
import { median, quantile } from "./table.ts";

export interface CloseRow {
  readonly students: number;
  /** From the request to its answer. */
  readonly ms: number;
  readonly worstMs: number;
}

export interface DelayRow {
  /** A mark while nothing closes. */
  readonly quietMs: number;
  /** The slowest mark of those under way while the session closes; median over the closes. */
  readonly closingMs: number;
  readonly delayMs: number;
  /** Nine closes of ten delay no mark by more. */
  readonly delayP90Ms: number;
}

const SIZES = [50, 500, 5000];

/** Starts a session in which nine of ten are marked, as in a real one. */
async function prepare(server: SeededServer, each: BenchClass): Promise<void> {
  await server.call("POST", "/api/class/start-attendance/", each.teacher, { class_id: each.id });
  const marks = each.studentIds.filter((_, index) => index % 10 > 0)
    .map((studentId) => ({ studentId, status: "present" }));
  await server.call("POST", `/api/class/${each.id}/session/marks/`, each.teacher, { marks });
}

async function close(server: SeededServer, each: BenchClass): Promise<number> {
  const started = performance.now();
  await server.call("POST", `/api/class/${each.id}/session/done/`, each.teacher);
  return performance.now() - started;
}

interface Marker {
  readonly socket: RawSocket;
  /** How long one mark takes until its answer is here. */
  mark(): Promise<{ sentAt: number; ms: number }>;
}

async function markerOf(server: SeededServer, each: BenchClass): Promise<Marker> {
  let answered = () => {};
  const socket = await openRawSocket(
    `${server.wsUrl}?batch=1&token=${each.teacher}`,
    '"event":"ATTENDANCE_MARKED"',
    () => answered(),
  );
  let n = 0;
  return {
    socket,
    async mark() {
      const { promise, resolve } = Promise.withResolvers<void>();
      answered = resolve;
      const studentId = each.studentIds[n++ % each.studentIds.length];
      const data = { classId: each.id, studentId, status: n % 2 ? "present" : "late" };
      const sentAt = performance.now();
      await socket.send(JSON.stringify({ event: "ATTENDANCE_MARKED", data }));
      await promise;
      return { sentAt, ms: performance.now() - sentAt };
    },
  };
}

/** Marks one after the other while the session closes, and as long before. */
async function delays(
  server: SeededServer,
  closing: BenchClass,
  marker: Marker,
  rounds: number,
): Promise<DelayRow> {
  const quiet: number[] = [];
  const slowest: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await prepare(server, closing);
    for (let n = 0; n < 50; n++) quiet.push((await marker.mark()).ms);
    const marks: { sentAt: number; ms: number }[] = [];
    let over = false;
    const marking = (async () => {
      while (!over) marks.push(await marker.mark());
    })();
    const started = performance.now();
    await close(server, closing);
    const ended = performance.now();
    over = true;
    await marking;
    const meanwhile = marks.filter(({ sentAt, ms }) => sentAt + ms > started && sentAt < ended);
    slowest.push(Math.max(...meanwhile.map(({ ms }) => ms)));
  }
  const quietMs = median(quiet);
  return {
    quietMs,
    closingMs: median(slowest),
    delayMs: median(slowest) - quietMs,
    delayP90Ms: quantile(slowest, 0.9) - quietMs,
  };
}

export async function closing(
  { rounds = 7, delayRounds = 30 }: { rounds?: number; delayRounds?: number } = {},
): Promise<{ closes: CloseRow[]; delay: DelayRow }> {
  const server = await startSeeded(
    [...SIZES, 50].map((students, index) => ({ name: `Class ${index}`, students })),
  );
  const closes: CloseRow[] = [];
  for (const [index, each] of server.classes.slice(0, SIZES.length).entries()) {
    const times: number[] = [];
    for (let round = -1; round < rounds; round++) {
      await prepare(server, each);
      const ms = await close(server, each);
      if (round >= 0) times.push(ms);
    }
    closes.push({ students: SIZES[index] ?? 0, ms: median(times), worstMs: Math.max(...times) });
  }
  const big = server.classes[SIZES.indexOf(500)];
  const other = server.classes.at(-1);
  if (!big || !other) throw new Error("The classes are missing");
  await server.call("POST", "/api/class/start-attendance/", other.teacher, { class_id: other.id });
  const marker = await markerOf(server, other);
  const delay = await delays(server, big, marker, delayRounds);
  marker.socket.close();
  await server.stop();
  return { closes, delay };
}

if (import.meta.main) {
  const { closes, delay } = await closing();
  console.table(closes);
  console.table([delay]);
}
