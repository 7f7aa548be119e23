import { assert, assertEquals } from "@std/assert";
import type { SocketClient } from "../../support/socket.ts";
import { type Instances, testInstances } from "./instances.ts";
import { assertSameStream, changesOf, seqsOf, toldTo, upTo } from "./streams.ts";

const STATUSES = ["present", "late", "absent", "excused"] as const;

/** Marks from sockets and over HTTP, on every instance at once; returns how many. */
async function markEverywhere(
  { students, people, as }: Instances,
  teachers: readonly SocketClient[],
  classId: number,
): Promise<number> {
  const rounds = 12;
  const marks = teachers.map(async (teacher, number) => {
    for (let round = 0; round < rounds; round++) {
      const student = students[(round + number) % students.length];
      const status = STATUSES[(round + number) % STATUSES.length];
      const mark = { studentId: student?.id, status };
      if (round % 4 === 3) {
        await as(number, people.teacher, 200, "POST", `/api/class/${classId}/session/marks/`, {
          body: { marks: [mark] },
        });
        continue;
      }
      const { event } = await teacher.request("ATTENDANCE_MARKED", { classId, ...mark });
      assertEquals(event, "ATTENDANCE_MARKED");
    }
  });
  await Promise.all(marks);
  return rounds * teachers.length;
}

testInstances(
  "every event reaches every entitled socket once, in the order of seq",
  async (all) => {
    const { people, students, connect, newClass, start, as } = all;
    const classId = await newClass();
    const everywhere = [0, 1, 2];
    const teachers = await Promise.all(everywhere.map((i) => connect(i, people.teacher)));
    const batched = await Promise.all(
      everywhere.map((i) => connect(i, people.teacher, { batch: true })),
    );
    const admins = await Promise.all(everywhere.map((i) => connect(i, people.admin)));
    for (const admin of admins) await admin.request("SUBSCRIBE", { classId });
    const watchers = await Promise.all(students.map((one, i) => connect(i, one)));
    const outsiders = await Promise.all([
      ...everywhere.map((i) => connect(i, people.rival)),
      ...everywhere.map((i) => connect(i, people.stranger)),
    ]);

    const sessionId = await start(0, classId);
    const made = await markEverywhere(all, teachers, classId);
    await as(2, people.teacher, 200, "POST", `/api/class/${classId}/session/done/`);
    const last = made + 2;
    const [seer, ...others] = [...teachers, ...batched, ...admins];
    assert(seer);
    const staff = [seer, ...others];
    await Promise.all([...staff, ...watchers].map((socket) => socket.next("DONE")));

    assertSameStream(staff, sessionId, last);
    for (const [i, watcher] of watchers.entries()) {
      const own = toldTo(students[i]?.id ?? 0, seer, sessionId);
      assertEquals(changesOf(watcher, sessionId), own);
      assert(own.length > 2, "each was marked");
    }
    for (const outsider of outsiders) {
      assertEquals(outsider.frames.map(({ event }) => event), ["CONNECTED"]);
    }
  },
);

testInstances(
  "classmates see all marks where the class allows it, on every instance",
  async (all) => {
    const { people, students, connect, newClass, start, as } = all;
    const classId = await newClass({ mark_visibility: "class" });
    const watchers = await Promise.all(students.map((one, i) => connect(i, one)));
    const teachers = await Promise.all([0, 1, 2].map((i) => connect(i, people.teacher)));
    const sessionId = await start(1, classId);
    const made = await markEverywhere(all, teachers, classId);
    await as(0, people.teacher, 200, "POST", `/api/class/${classId}/session/done/`);
    await Promise.all([...watchers, ...teachers].map((socket) => socket.next("DONE")));
    assertSameStream(teachers, sessionId, made + 2);
    for (const watcher of watchers) assertEquals(seqsOf(watcher, sessionId), upTo(made + 2));
  },
);

testInstances(
  "a session started on one is marked on another and closed on a third",
  async (all) => {
    const { people, students: [student], connect, newClass, start, as } = all;
    const classId = await newClass();
    const sessionId = await start(0, classId);
    const second = await connect(1, people.teacher);
    const mark = { classId, studentId: student?.id, status: "late", note: "Bus" };
    const marked = await second.request("ATTENDANCE_MARKED", mark);
    assertEquals([marked.event, marked.data.sessionId, marked.data.seq], [
      "ATTENDANCE_MARKED",
      sessionId,
      2,
    ]);
    const third = await connect(2, people.teacher);
    const done = await third.request("DONE", { classId });
    assertEquals([done.event, done.data.late, done.data.absent, done.data.seq], ["DONE", 1, 5, 3]);
    assertEquals((await second.next("DONE")).data, done.data);

    const path = `/api/class/${classId}/sessions/${sessionId}/`;
    const records = await Promise.all(
      [0, 1, 2].map((i) => as(i, people.teacher, 200, "GET", path)),
    );
    for (const { body } of records) assertEquals(body, records[0]?.body);
    const { data } = records[0]?.body ?? {};
    assertEquals([data.session_id, data.late_count, data.absent_count], [sessionId, 1, 5]);
    const next = await second.request("ATTENDANCE_MARKED", mark);
    assertEquals([next.event, next.data.code], ["ERROR", "no_active_session"]);
  },
);

testInstances(
  "SUBSCRIBE after a reconnect to another instance gives the same snapshot",
  async (all) => {
    const { people, students, connect, newClass, start } = all;
    const classId = await newClass();
    await start(0, classId);
    const first = await connect(0, people.teacher);
    for (const [i, student] of students.entries()) {
      const mark = { classId, studentId: student.id, status: STATUSES[i % 4], note: `Row ${i}` };
      await first.request("ATTENDANCE_MARKED", mark);
    }
    const before = await first.request("SUBSCRIBE", { classId });
    assertEquals([before.event, before.data.seq, before.data.marks.length], [
      "SNAPSHOT",
      students.length + 1,
      students.length,
    ]);
    await first.close();
    for (const i of [1, 2]) {
      const again = await connect(i, people.teacher);
      const { data } = await again.request("SUBSCRIBE", { classId });
      assertEquals(data, before.data);
    }
    const own = await Promise.all([0, 1, 2].map(async (i) => {
      const socket = await connect(i, students[0] ?? people.stranger);
      return (await socket.request("SUBSCRIBE", { classId })).data;
    }));
    assertEquals(own[0]?.marks.length, 1);
    for (const one of own) assertEquals(one, own[0]);
  },
);

testInstances(
  "staff get the counts at most four times a second, wherever marks are made",
  async (all) => {
    const { people, students, connect, newClass, start } = all;
    const classId = await newClass();
    const teachers = await Promise.all([0, 1, 2].map((i) => connect(i, people.teacher)));
    const arrivals = teachers.map((): number[] => []);
    await start(0, classId);
    const from = performance.now();
    const elapsed = () => performance.now() - from;
    let made = 0;
    await Promise.all(teachers.map(async (teacher, number) => {
      const seen = arrivals[number];
      for (let n = number; elapsed() < 2_600; n++) {
        const studentId = students[n % students.length]?.id;
        await teacher.request("ATTENDANCE_MARKED", { classId, studentId, status: STATUSES[n % 4] });
        made++;
        while (seen && teacher.count("TODAY_SUMMARY") > seen.length) seen.push(elapsed());
      }
    }));
    assert(made > 20, `${made} marks`);
    // The last answers may be slow to come.
    const most = elapsed() / 250 + 2;
    for (const [i, seen] of arrivals.entries()) {
      // One at the leading edge, then one each quarter of a second.
      assert(seen.length >= 2 && seen.length <= most, `instance ${i}: ${seen}`);
    }
    const counts = teachers.map((teacher) =>
      teacher.frames.findLast(({ event }) => event === "TODAY_SUMMARY")?.data
    );
    for (const teacher of teachers) {
      const asked = await teacher.request("TODAY_SUMMARY", { classId });
      assertEquals(asked.data.seq, made + 1);
    }
    for (const count of counts) assertEquals(count.classId, `${classId}`);
  },
);
