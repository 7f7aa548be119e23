/**
 * (a) Marks fanned out to N sockets of one class, against a bare broadcast loop.
 *
 * One sender keeps `inFlight` marks under way; a mark is done when every socket has it. Each round
 * runs both servers one after the other on the same machine; what counts is their ratio.
 */
import { closeFan, fanOf, measure, schoolFan } from "./fan.ts";
import { startBare, startSchool } from "./process.ts";
import { median } from "./table.ts";

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
    const ourFan = await schoolFan(school, sockets, [school.url]);
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
    for (const fan of [ourFan, bareFan]) closeFan(fan);
    await bare.stop();
    await school.stop();
  }
  return rows;
}

if (import.meta.main) console.table(await fanout());
