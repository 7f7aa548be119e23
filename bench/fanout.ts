/**
 * (a) Marks fanned out to N sockets of one class, against a bare broadcast loop.
 *
 * One sender keeps `inFlight` marks under way; a mark is done when every socket has it. Each round
 * runs both servers one after the other on the same machine; what counts is their ratio.
 */
import { openRawSocket, type RawSocket } from "./raw_socket.ts";
import { type School, startBare, startSchool } from "./process.ts";
import { median } from "./table.ts";

const NEEDLE = '"event":"ATTENDANCE_MARKED"';

interface Fan {
  readonly sender: RawSocket;
  readonly receivers: readonly RawSocket[];
  readonly next: () => string;
  /** Marks that every receiver has. */
  readonly progress: Progress;
}

/** Counts, without looking at every socket each time, how many marks all sockets have. */
class Progress {
  done = 0;
  #counts: number[];
  /** How many sockets have at least this many marks. */
  #reached: number[] = [];
  #wake: () => void = () => {};

  constructor(sockets: number) {
    this.#counts = Array(sockets).fill(0);
  }

  add(socket: number, found: number): void {
    const before = this.#counts[socket] ?? 0;
    this.#counts[socket] = before + found;
    for (let n = before + 1; n <= before + found; n++) {
      this.#reached[n] = (this.#reached[n] ?? 0) + 1;
    }
    const done = this.done;
    while (this.#reached[this.done + 1] === this.#counts.length) this.done++;
    if (this.done > done) this.#wake();
  }

  /** Resolves when `done` is over what it is now. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }
}

/** Deliveries per second over `marks` marks. */
async function measure(
  { sender, receivers, next, progress }: Fan,
  marks: number,
  inFlight: number,
): Promise<number> {
  const base = progress.done;
  const started = performance.now();
  for (let sent = 0; progress.done - base < marks;) {
    const moved = progress.change();
    const burst: string[] = [];
    while (sent < marks && sent - (progress.done - base) < inFlight) {
      burst.push(next());
      sent++;
    }
    if (burst.length > 0) sender.send(...burst);
    await moved;
  }
  return marks * receivers.length / ((performance.now() - started) / 1000);
}

async function fanOf(urls: readonly string[], senderUrl: string, next: () => string): Promise<Fan> {
  const progress = new Progress(urls.length);
  const receivers: RawSocket[] = [];
  for (const [i, url] of urls.entries()) {
    receivers.push(await openRawSocket(url, NEEDLE, (found) => progress.add(i, found)));
  }
  const sender = await openRawSocket(senderUrl, NEEDLE);
  return { sender, receivers, next, progress };
}

function schoolFan(school: School, sockets: number): Promise<Fan> {
  const ws = school.url.replace("http", "ws") + "/ws/?batch=1&token=";
  const urls = Array.from(
    { length: sockets },
    (_, i) => ws + school.students[i % school.students.length],
  );
  const statuses = ["present", "late", "absent", "excused"];
  let n = 0;
  return fanOf(urls, ws + school.teacher, () => {
    n++;
    return JSON.stringify({
      event: "ATTENDANCE_MARKED",
      id: n,
      data: {
        classId: String(school.classId),
        studentId: String(school.studentIds[n % school.studentIds.length]),
        status: statuses[n % 4],
      },
    });
  });
}

/** As long as what the service sends for a mark. */
const SAMPLE = JSON.stringify({
  event: "ATTENDANCE_MARKED",
  data: {
    classId: "1",
    sessionId: "3f0e7c1e-5f0b-4b57-9a53-0f7f0d7a3c11",
    studentId: "12",
    status: "present",
    markedBy: "1",
    markedAt: "2026-01-01T08:00:00.000Z",
    seq: 1234,
  },
});

export interface FanoutRow {
  readonly sockets: number;
  readonly inFlight: number;
  readonly ours: number;
  readonly bare: number;
  readonly ratio: number;
}

export async function fanout(
  { rounds = 3, cases = [[200, 1], [200, 16], [1000, 1], [1000, 16]], env = {} }: {
    rounds?: number;
    cases?: readonly (readonly [number, number])[];
    env?: Record<string, string>;
  } = {},
): Promise<FanoutRow[]> {
  const rows: FanoutRow[] = [];
  for (const sockets of new Set(cases.map(([sockets]) => sockets))) {
    const school = await startSchool({ students: 50, env });
    await school.call(
      "POST",
      "/api/class/start-attendance/",
      { class_id: school.classId },
      school.teacher,
    );
    const bare = await startBare("./bare_fanout_server.ts");
    const bareUrl = bare.url.replace("http", "ws") + "/";
    const ourFan = await schoolFan(school, sockets);
    const bareFan = await fanOf(Array(sockets).fill(bareUrl), bareUrl, () => SAMPLE);
    for (const [, inFlight] of cases.filter(([n]) => n === sockets)) {
      const marks = Math.round((inFlight === 1 ? 120_000 : 400_000) / sockets);
      const results: [number, number][] = [];
      await measure(ourFan, Math.ceil(marks / 4), inFlight);
      await measure(bareFan, Math.ceil(marks / 8), inFlight);
      for (let round = 0; round < rounds; round++) {
        const ours = await measure(ourFan, marks, inFlight);
        const theirs = await measure(bareFan, Math.ceil(marks / 2), inFlight);
        results.push([ours, theirs]);
      }
      rows.push({
        sockets,
        inFlight,
        ours: median(results.map(([ours]) => ours)),
        bare: median(results.map(([, theirs]) => theirs)),
        ratio: median(results.map(([ours, theirs]) => ours / theirs)),
      });
    }
    for (const fan of [ourFan, bareFan]) {
      for (const socket of [fan.sender, ...fan.receivers]) socket.close();
    }
    await bare.stop();
    await school.stop();
  }
  return rows;
}

if (import.meta.main) console.table(await fanout());
