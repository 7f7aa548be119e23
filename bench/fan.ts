/** Sockets of one class that all get what one of them marks, and how fast. */
import type { School, Target } from "./process.ts";
import { openRawSocket, type RawSocket } from "./raw_socket.ts";

const STALL_MS = 20_000;
const NEEDLE = '"event":"ATTENDANCE_MARKED"';

export interface Fan {
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

  /** Resolves when `done` is over what it is now. @throws Error where a mark must have been lost */
  async change(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const stalled = setTimeout(() => reject(new Error("No mark arrived any more")), STALL_MS);
    await promise.finally(() => clearTimeout(stalled));
  }
}

/** Deliveries per second over `marks` marks. */
export async function measure(
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

export async function fanOf(
  urls: readonly string[],
  senderUrl: string,
  next: () => string,
): Promise<Fan> {
  const progress = new Progress(urls.length);
  const receivers: RawSocket[] = [];
  for (const [i, url] of urls.entries()) {
    receivers.push(await openRawSocket(url, NEEDLE, (found) => progress.add(i, found)));
  }
  const sender = await openRawSocket(senderUrl, NEEDLE);
  return { sender, receivers, next, progress };
}

/** Frames that mark the students of the class in turn. */
export function markFrames({ classId, studentIds }: Pick<School, "classId" | "studentIds">) {
  const statuses = ["present", "late", "absent", "excused"];
  let n = 0;
  return () => {
    n++;
    return JSON.stringify({
      event: "ATTENDANCE_MARKED",
      id: n,
      data: {
        classId: String(classId),
        studentId: String(studentIds[n % studentIds.length]),
        status: statuses[n % 4],
      },
    });
  };
}

/**
 * @param servers over which the students' sockets are spread; the teacher, who marks, is on the
 *   first
 */
export function schoolFan(
  school: Omit<School, keyof Target>,
  sockets: number,
  servers: readonly string[],
): Promise<Fan> {
  const address = (n: number, token = "") =>
    `${servers[n % servers.length]?.replace("http", "ws")}/ws/?batch=1&token=${token}`;
  const { students, teacher } = school;
  return fanOf(
    Array.from({ length: sockets }, (_, n) => address(n, students[n % students.length])),
    address(0, teacher),
    markFrames(school),
  );
}

/** Only the teacher's own socket: a mark is done when it is acknowledged. */
export async function soloFan(
  school: Omit<School, keyof Target>,
  server: string,
): Promise<Fan> {
  const progress = new Progress(1);
  const url = `${server.replace("http", "ws")}/ws/?batch=1&token=${school.teacher}`;
  const sender = await openRawSocket(url, NEEDLE, (found) => progress.add(0, found));
  return { sender, receivers: [sender], next: markFrames(school), progress };
}

/** Milliseconds from the sending of a mark until every socket has it, for so many lone marks. */
export async function loneMarks(
  { sender, next, progress }: Fan,
  { marks, pauseMs }: { marks: number; pauseMs: number },
): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < marks; n++) {
    const started = performance.now();
    const moved = progress.change();
    sender.send(next());
    await moved;
    times.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return times;
}

export function closeFan({ sender, receivers }: Fan): void {
  for (const socket of new Set([sender, ...receivers])) socket.close();
}
