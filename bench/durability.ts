/**
 * What surviving a power cut costs: marks acknowledged per second with SQLITE_SYNC=full against
 * normal. One teacher's socket keeps so many marks under way; those of one turn share a commit.
 */
import { openRawSocket } from "./raw_socket.ts";
import { type SeededServer, startSeeded } from "./seeded.ts";
import { median } from "./table.ts";

const IN_FLIGHT = [1, 16, 64];

export interface DurabilityRow {
  readonly inFlight: number;
  /** Marks per second. */
  readonly normal: number;
  readonly full: number;
  readonly ratio: number;
}

interface Sender {
  /** Marks per second over about this long. */
  measure(inFlight: number, seconds: number): Promise<number>;
  stop(): Promise<void>;
}

async function senderOf(server: SeededServer): Promise<Sender> {
  const [each] = server.classes;
  if (!each) throw new Error("The class is missing");
  await server.call("POST", "/api/class/start-attendance/", each.teacher, { class_id: each.id });
  let onAnswer: (found: number) => void = () => {};
  const socket = await openRawSocket(
    `${server.wsUrl}?batch=1&token=${each.teacher}`,
    '"event":"ATTENDANCE_MARKED"',
    (found) => onAnswer(found),
  );
  let n = 0;
  const frame = () => {
    const studentId = each.studentIds[n++ % each.studentIds.length];
    const status = n % 2 ? "present" : "late";
    return JSON.stringify({
      event: "ATTENDANCE_MARKED",
      id: n,
      data: { classId: each.id, studentId, status },
    });
  };
  return {
    async measure(inFlight, seconds) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const started = performance.now();
      const until = started + seconds * 1000;
      let answered = 0;
      let sent = inFlight;
      onAnswer = (found) => {
        answered += found;
        if (performance.now() >= until) return answered >= sent ? resolve() : undefined;
        sent += found;
        socket.send(...Array.from({ length: found }, frame));
      };
      socket.send(...Array.from({ length: inFlight }, frame));
      await promise;
      return answered / ((performance.now() - started) / 1000);
    },
    async stop() {
      socket.close();
      await server.stop();
    },
  };
}

export async function durability(
  { rounds = 5, seconds = 1 }: { rounds?: number; seconds?: number } = {},
): Promise<DurabilityRow[]> {
  const start = async (sync: string) =>
    await senderOf(await startSeeded([{ name: "Bench", students: 50 }], { SQLITE_SYNC: sync }));
  const normal = await start("normal");
  const full = await start("full");
  const rows: DurabilityRow[] = [];
  for (const inFlight of IN_FLIGHT) {
    const pairs: [number, number][] = [];
    for (let round = -1; round < rounds; round++) {
      const pair: [number, number] = [
        await normal.measure(inFlight, seconds),
        await full.measure(inFlight, seconds),
      ];
      if (round >= 0) pairs.push(pair);
    }
    rows.push({
      inFlight,
      normal: median(pairs.map(([normal]) => normal)),
      full: median(pairs.map(([, full]) => full)),
      ratio: median(pairs.map(([normal, full]) => full / normal)),
    });
  }
  await normal.stop();
  await full.stop();
  return rows;
}

if (import.meta.main) console.table(await durability());
