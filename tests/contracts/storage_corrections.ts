import { assertEquals } from "@std/assert";
import { type Status, STATUSES } from "../../src/kernel/status.ts";
import {
  at,
  CLIENT,
  closedSession,
  type ContractTests,
  present,
  refused,
  times,
  uuid,
  type World,
} from "./storage_world.ts";

const ALL = { limit: 10_000, after: null };

/** A saved session in which everyone was absent. */
async function saved(world: World, count: number) {
  const { klass, students } = await world.full(count);
  const closed = closedSession(klass, students.map((s) => [s, "absent"]));
  const note = { records: closed.records.map((r) => ({ ...r, note: "by phone" })) };
  await world.history.saveSession({ ...closed, ...note });
  const { sessionId } = closed;
  const correct = (studentId: number, status: Status, minute = 90, reason = "was there") =>
    world.history.correct({
      classId: klass.id,
      sessionId,
      studentId,
      status,
      reason,
      by: klass.teacherId,
      at: at(minute),
    });
  const corrections = async () =>
    (await world.history.changes(sessionId, ALL)).filter((c) => c.source === "correction");
  const counts = async () => ({
    ...present(await world.history.session(klass.id, sessionId)).counts,
  });
  return { klass, students, sessionId, correct, corrections, counts };
}

export const correctionTests: ContractTests = {
  "changes record, counts and trail": async (world) => {
    const { klass, students, sessionId, correct, corrections, counts } = await saved(world, 2);
    const student = present(students[0]);
    const before = present((await world.history.recordsOf([sessionId])).get(sessionId)?.[0]);
    const record = await correct(student.id, "late", 90, "Came at 8:10 – “traffic”");
    assertEquals(record, { ...before, status: "late", updatedAt: at(90) });
    assertEquals((await world.history.recordsOf([sessionId])).get(sessionId)?.[0], record);
    assertEquals(await counts(), { present: 0, absent: 1, late: 1, excused: 0 });
    assertEquals((await corrections()).map(({ id: _, ...rest }) => rest), [{
      studentId: student.id,
      from: "absent",
      to: "late",
      by: klass.teacherId,
      at: at(90),
      reason: "Came at 8:10 – “traffic”",
      source: "correction",
      ...CLIENT,
    }]);
    const totals = await world.history.studentTotals(klass.id, student.id);
    assertEquals({ ...totals.counts }, { present: 0, absent: 0, late: 1, excused: 0 });
    assertEquals(totals.latest?.status, "late");
  },

  "to the same status is a line of the trail all the same": async (world) => {
    const { students, correct, corrections, counts } = await saved(world, 1);
    await correct(present(students[0]).id, "absent");
    assertEquals(await counts(), { present: 0, absent: 1, late: 0, excused: 0 });
    assertEquals((await corrections()).map(({ from, to }) => [from, to]), [["absent", "absent"]]);
  },

  "wants an existing record of that class, session and student": async (world) => {
    const { klass, students, sessionId, counts, corrections } = await saved(world, 1);
    const other = await saved(world, 1);
    const input = {
      classId: klass.id,
      sessionId,
      studentId: present(students[0]).id,
      status: "present" as const,
      reason: "x",
      by: klass.teacherId,
      at: at(90),
    };
    for (
      const wrong of [
        { classId: other.klass.id },
        { classId: Number.MAX_SAFE_INTEGER },
        { sessionId: other.sessionId },
        { sessionId: uuid() },
        { studentId: present(other.students[0]).id },
        { studentId: klass.teacherId },
        { studentId: Number.MAX_SAFE_INTEGER },
      ]
    ) {
      await refused("record_not_found", () => world.history.correct({ ...input, ...wrong }));
    }
    assertEquals((await counts()).absent, 1);
    assertEquals((await other.counts()).absent, 1);
    assertEquals(await corrections(), []);
  },

  "of one record many times at once leaves an unbroken trail": async (world) => {
    const { students, sessionId, correct, corrections, counts } = await saved(world, 1);
    const { id } = present(students[0]);
    await Promise.all(times(12, (i) => correct(id, present(STATUSES[i % 4]), 90 + i)));
    const trail = await corrections();
    assertEquals(trail.length, 12);
    assertEquals<unknown>(trail.map(({ from }) => from), [
      "absent",
      ...trail.slice(0, -1).map(({ to }) => to),
    ]);
    const record = present((await world.history.recordsOf([sessionId])).get(sessionId)?.[0]);
    assertEquals(record.status, present(trail.at(-1)).to);
    assertEquals(await counts(), {
      ...{ present: 0, absent: 0, late: 0, excused: 0 },
      [record.status]: 1,
    });
  },

  "of many records at once ends with counts that add up": async (world) => {
    const { students, correct, corrections, counts } = await saved(world, 24);
    await Promise.all(students.map((s, i) => correct(s.id, present(STATUSES[i % 4]))));
    assertEquals(await counts(), { present: 6, absent: 6, late: 6, excused: 6 });
    assertEquals((await corrections()).length, 24);
  },
};
