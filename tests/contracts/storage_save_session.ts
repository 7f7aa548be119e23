import { assert, assertEquals } from "@std/assert";
import { STATUSES } from "../../src/kernel/status.ts";
import type { StoredSession } from "../../src/sessions/archive.ts";
import {
  at,
  CLIENT,
  closedSession,
  type ContractTests,
  FACTS,
  ids,
  present,
  refused,
  times,
  uuid,
  type World,
} from "./storage_world.ts";

const ALL = { limit: 10_000, after: null };
const NEWEST = { limit: 200, before: null };

const sessionIds = (sessions: readonly StoredSession[]) => sessions.map((s) => s.sessionId);

/** The records of one session. */
const records = async ({ history }: World, sessionId: string) =>
  present((await history.recordsOf([sessionId])).get(sessionId));

const pick = <T>(items: readonly T[], index: number): T => present(items[index % items.length]);

export const saveSessionTests: ContractTests = {
  "stores session, records and trail and counts on the class": async (world) => {
    const { history } = world;
    const { klass, students } = await world.full(3);
    const [ada, bob, cid] = [pick(students, 0).id, pick(students, 1).id, pick(students, 2).id];
    const by = klass.teacherId;
    const seen = {
      markId: uuid(),
      clientTime: "0000-01-01T00:00:00.000Z",
      flags: ["offline", 'a "b" \\ c'],
    };
    const closed = closedSession(klass, [], {
      options: { title: "Lesson 1 – Ökologie 🌱", lateAfterMinutes: 5, deep: [{ "a~1": null }] },
      plannedStart: at(9),
      occurrence: `${world.tag} 1`,
      records: [
        {
          ...FACTS,
          ...seen,
          studentId: cid,
          status: "late",
          note: "bus 'N°7' \n\"late\"",
          markedBy: by,
          markedAt: at(22),
          source: "code",
          firstSeen: at(21),
          lastSeen: at(49),
          code: "L~1",
        },
        { ...FACTS, studentId: ada, status: "present", markedBy: ada, markedAt: at(21) },
        { ...FACTS, studentId: bob, status: "absent", note: "", markedBy: null, markedAt: at(50) },
      ],
      changes: [
        { ...CLIENT, studentId: cid, from: null, to: "present", by, at: at(20), source: "socket" },
        {
          ...CLIENT,
          studentId: ada,
          from: null,
          to: "present",
          by: ada,
          at: at(21),
          source: "http",
        },
        {
          ...CLIENT,
          studentId: cid,
          from: "present",
          to: "unmarked",
          by,
          at: at(21),
          source: "undo",
        },
        { ...seen, studentId: cid, from: null, to: "late", by, at: at(22), source: "code" },
        {
          ...CLIENT,
          studentId: bob,
          from: null,
          to: "absent",
          by: null,
          at: at(50),
          source: "close",
        },
      ],
    });
    const { records: given, changes, ...head } = closed;
    const expected = { ...head, counts: { present: 1, absent: 1, late: 1, excused: 0 } };
    assertEquals<unknown>(await history.saveSession(closed), expected);
    assertEquals<unknown>(await history.session(klass.id, closed.sessionId), expected);
    assertEquals<unknown>(await history.sessions(klass.id, NEWEST), [expected]);
    assertEquals(present(await world.classes.byId(klass.id)).sessionCount, 1);

    const stored = await records(world, closed.sessionId);
    assertEquals(
      stored.map(({ id: _, student, ...rest }) => ({ ...rest, studentId: student.id })),
      [ada, bob, cid].map((studentId) => ({
        ...present(given.find((record) => record.studentId === studentId)),
        sessionId: closed.sessionId,
        createdAt: closed.closedAt,
        updatedAt: closed.closedAt,
      })),
    );
    assertEquals(stored.map(({ student }) => ({ ...student })), students.map((s) => ({ ...s })));
    assert(stored.every(({ id }) => Number.isSafeInteger(id) && id > 0));

    const trail = await history.changes(closed.sessionId, ALL);
    assertEquals<unknown>(
      trail.map(({ id: _, ...rest }) => rest),
      changes.map((change) => ({ ...change, reason: null })),
    );
  },

  "takes what nobody began and nobody closed": async (world) => {
    const klass = await world.klass();
    const closed = closedSession(klass, [], { startedBy: null, closedBy: null });
    const { startedBy, closedBy } = await world.history.saveSession(closed);
    assertEquals([startedBy, closedBy], [null, null]);
  },

  "gives an occurrence to the first session that has it, and saves the others too": async (
    world,
  ) => {
    const klass = await world.klass();
    const same = { occurrence: `${world.tag} once` };
    const all = times(3, () => closedSession(klass, [], same));
    for (const closed of all) await world.history.saveSession(closed);
    const saved = await Promise.all(
      all.map(({ sessionId }) => world.history.session(klass.id, sessionId)),
    );
    assertEquals(saved.map((one) => present(one).occurrence), [same.occurrence, null, null]);
  },

  "takes a session without records": async (world) => {
    const klass = await world.klass();
    const closed = closedSession(klass, []);
    const { counts } = await world.history.saveSession(closed);
    assertEquals({ ...counts }, { present: 0, absent: 0, late: 0, excused: 0 });
    assertEquals(await records(world, closed.sessionId), []);
    assertEquals(await world.history.changes(closed.sessionId, ALL), []);
  },

  "repeated changes nothing and returns what is stored": async (world) => {
    const { history } = world;
    const { klass, students } = await world.full(2);
    const [ada, bob] = [pick(students, 0), pick(students, 1)];
    const closed = closedSession(klass, [[ada, "present"], [bob, "late"]]);
    const first = await history.saveSession(closed);
    const other = closedSession(klass, [[ada, "absent"]], {
      sessionId: closed.sessionId,
      options: { title: "another" },
      closedAt: at(99),
    });
    for (const again of [closed, other]) assertEquals(await history.saveSession(again), first);
    assertEquals((await records(world, closed.sessionId)).map(({ status }) => status), [
      "present",
      "late",
    ]);
    assertEquals((await history.changes(closed.sessionId, ALL)).length, 2);
    assertEquals(present(await world.classes.byId(klass.id)).sessionCount, 1);
  },

  "of one session eight times at once stores one set": async (world) => {
    const { history } = world;
    const { klass, students } = await world.full(30);
    const closed = closedSession(klass, students.map((s, i) => [s, pick(STATUSES, i)]));
    const saved = await Promise.all(times(8, () => history.saveSession(closed)));
    for (const one of saved) assertEquals(one, present(saved[0]));
    assertEquals({ ...present(saved[0]).counts }, { present: 8, absent: 8, late: 7, excused: 7 });
    assertEquals((await records(world, closed.sessionId)).length, 30);
    assertEquals((await history.changes(closed.sessionId, ALL)).length, 30);
    assertEquals(present(await world.classes.byId(klass.id)).sessionCount, 1);
  },

  "of several sessions of a class at once counts each": async (world) => {
    const { klass, students } = await world.full(5);
    const all = times(
      6,
      (i) => closedSession(klass, students.map((s) => [s, "present"]), { startedAt: at(i) }),
    );
    await Promise.all(all.map((closed) => world.history.saveSession(closed)));
    assertEquals(present(await world.classes.byId(klass.id)).sessionCount, 6);
    assertEquals(
      sessionIds(await world.history.sessions(klass.id, NEWEST)),
      all.map((s) => s.sessionId).toReversed(),
    );
  },

  "stores all or nothing": async (world) => {
    const { history } = world;
    const { klass, students } = await world.full(2);
    const good = closedSession(klass, students.map((s) => [s, "present"]));
    const twice = [...good.records, present(good.records[0])];
    await refused("storage_unavailable", () => history.saveSession({ ...good, records: twice }));
    const unknown = { ...present(good.changes[0]), studentId: Number.MAX_SAFE_INTEGER };
    await refused(
      "storage_unavailable",
      () => history.saveSession({ ...good, changes: [...good.changes, unknown] }),
    );
    assertEquals(await history.session(klass.id, good.sessionId), null);
    assertEquals(await records(world, good.sessionId), []);
    assertEquals(await history.changes(good.sessionId, ALL), []);
    assertEquals(present(await world.classes.byId(klass.id)).sessionCount, 0);
    assertEquals((await history.saveSession(good)).counts.present, 2);
  },

  "takes more rows than a statement has parameters": async (world) => {
    const { history } = world;
    const { klass, students } = await world.full(1200);
    const statuses = students.map((s, i) => [s, pick(STATUSES, i)] as const);
    const closed = closedSession(klass, statuses);
    await history.saveSession(closed);
    const stored = await records(world, closed.sessionId);
    assertEquals(
      stored.map(({ student, status }) => [student.id, status]),
      statuses.map(([student, status]) => [student.id, status]),
    );
    const trail = await history.changes(closed.sessionId, ALL);
    assertEquals(trail.map(({ studentId }) => studentId), ids(students));
  },
};
