/** SQL Server goes away exactly while a session is closed: no wrong success, and it is closed once. */
import { assertEquals } from "@std/assert";
import type { Direction } from "../../support/tcp_proxy.ts";
import { isReady, isRed, until, untilReadiness } from "./readiness.ts";
import { testOutage } from "./sql_server.ts";

/** A full packet: only what the journal takes, and a session that is saved, fill one. */
const PACKET_BYTES = 4_096;

type Trap = (direction: Direction, bytes: number) => boolean;

/** Springs on the way there, or back, of the nth statement that fills a packet. */
function trapAt(nth: number, on: Direction): Trap {
  let sent = 0;
  let answered = true;
  return (direction, bytes) => {
    if (direction === "down") answered = true;
    else if (bytes >= PACKET_BYTES) {
      if (answered) sent++;
      answered = false;
    }
    return sent === nth && direction === on;
  };
}

// A close is journalled, then the session is saved.
const MOMENTS: readonly (readonly [moment: string, trap: () => Trap, code: string])[] = [
  ["as the journal is told of the close", () => trapAt(1, "up"), "live_unavailable"],
  ["as the session is on its way there", () => trapAt(2, "up"), "storage_unavailable"],
  [
    "as the answer that it is saved is on its way back",
    () => trapAt(2, "down"),
    "storage_unavailable",
  ],
];

for (const [moment, trap, code] of MOMENTS) {
  testOutage(
    `away exactly while a session is closed, ${moment}: closed once, by itself`,
    async (all, proxy) => {
      const { people: { teacher }, students, as, call, connect, server } = all;
      const classId = await all.newClass();
      const path = `/api/class/${classId}`;
      const watching = await connect(0, teacher);
      const sessionId = await all.start(0, classId);
      const mark = { marks: [{ studentId: students[0]?.id, status: "late", note: "bus" }] };
      await as(0, teacher, 200, "POST", `${path}/session/marks/`, { body: mark });
      const applies = trap();
      proxy.cutWhen((direction, bytes) => {
        if (!applies(direction, bytes)) return false;
        proxy.set("refuse");
        return true;
      });
      const answer = await call(0, teacher, "POST", `${path}/session/done/`);
      assertEquals([answer.status, answer.body.code], [503, code]);
      assertEquals(watching.count("DONE"), 0);
      await untilReadiness(server(0).url, isRed);
      proxy.set("forward");
      await untilReadiness(server(0).url, isReady);
      // No mark gets in between, and the sweeper finishes what was begun.
      const late = await call(0, teacher, "POST", `${path}/session/marks/`, { body: mark });
      assertEquals([late.status, late.body.code], [404, "no_active_session"]);
      await until(() => Promise.resolve(watching.count("DONE")), (count) => count > 0);
      const done = await watching.next("DONE");
      const { body } = await as(0, teacher, 200, "GET", `${path}/sessions/`);
      assertEquals([done.data.sessionId, done.data.late], [sessionId, 1]);
      assertEquals(body.data.length, 1);
      const { attendance_records: records, late_count, absent_count } = body.data[0];
      assertEquals([late_count, absent_count, records.length], [
        1,
        students.length - 1,
        students.length,
      ]);
      assertEquals(watching.count("DONE"), 1);
      assertEquals(
        (await as(0, teacher, 404, "GET", `${path}/session/`)).body.code,
        "no_active_session",
      );
      await all.start(0, classId);
    },
  );
}
