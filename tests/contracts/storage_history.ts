import { assert, assertEquals } from "@std/assert";
import { type Status, STATUSES } from "../../src/kernel/status.ts";
import type { StoredSession } from "../../src/sessions/archive.ts";
import {
  at,
  CLIENT,
  closedSession,
  type ContractTests,
  present,
  times,
  TODAY,
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

export const historyTests: ContractTests = {
  "session() is null for unknown ids and for another class": async (world) => {
    const { history } = world;
    const [klass, other] = [await world.klass(), await world.klass()];
    const { sessionId } = await history.saveSession(closedSession(klass, []));
    assertEquals(await history.session(other.id, sessionId), null);
    assertEquals(await history.session(klass.id, uuid()), null);
    assertEquals(await history.session(Number.MAX_SAFE_INTEGER, sessionId), null);
  },

  "sessions() pages newest first, without gap or repeat where times are equal": async (world) => {
    const { history } = world;
    const [klass, other] = [await world.klass(), await world.klass()];
    const all = times(23, (i) => closedSession(klass, [], { startedAt: at(Math.floor(i / 6)) }));
    for (const closed of all) await history.saveSession(closed);
    await history.saveSession(closedSession(other, [], { startedAt: at(1) }));
    const expected = all
      .map(({ startedAt, sessionId }) => `${startedAt} ${sessionId}`)
      .toSorted().toReversed().map((text) => text.split(" ")[1]);
    const seen: string[] = [];
    for (let before: StoredSession | null = null;;) {
      const page: readonly StoredSession[] = await history.sessions(klass.id, { limit: 4, before });
      assert(page.length <= 4);
      seen.push(...sessionIds(page));
      before = page.at(-1) ?? null;
      if (before === null) break;
    }
    assertEquals(seen, expected);
    assertEquals(await history.sessions(Number.MAX_SAFE_INTEGER, NEWEST), []);
  },

  "recordsOf() answers for each session asked for, or for one student": async (world) => {
    const { history } = world;
    const { klass, students } = await world.full(3);
    const [ada, bob, cid] = [pick(students, 0), pick(students, 1), pick(students, 2)];
    const first = closedSession(klass, [[cid, "late"], [ada, "present"], [bob, "absent"]]);
    const second = closedSession(klass, [[bob, "excused"]]);
    const empty = closedSession(klass, []);
    for (const closed of [first, second, empty]) await history.saveSession(closed);
    const asked = [first, second, empty].map(({ sessionId }) => sessionId).concat(uuid());
    const read = async (studentId?: number) => {
      const lists = await history.recordsOf(asked, studentId);
      return asked.map((id) =>
        present(lists.get(id)).map(({ student, status }) => [student.id, status])
      );
    };
    assertEquals(await read(), [
      [[ada.id, "present"], [bob.id, "absent"], [cid.id, "late"]],
      [[bob.id, "excused"]],
      [],
      [],
    ]);
    assertEquals(await read(bob.id), [[[bob.id, "absent"]], [[bob.id, "excused"]], [], []]);
    assertEquals(await read(klass.teacherId), [[], [], [], []]);
    assertEquals((await history.recordsOf([])).size, 0);
    const many = await history.recordsOf([...times(3000, uuid), first.sessionId]);
    assertEquals(many.get(first.sessionId)?.length, 3);
  },

  "recordsOf() sorts by the students' sort names": async (world) => {
    const klass = await world.klass();
    const rows: [Awaited<ReturnType<World["user"]>>, Status][] = [];
    for (const name of ["bob", "Zoe", "Émile", "ada", "Carl"]) {
      rows.push([await world.user("STUDENT", { username: `${world.tag} ${name}` }), "present"]);
    }
    const closed = closedSession(klass, rows);
    await world.history.saveSession(closed);
    assertEquals(
      (await records(world, closed.sessionId)).map((r) =>
        r.student.username.slice(world.tag.length + 1)
      ),
      ["ada", "bob", "Carl", "Émile", "Zoe"],
    );
  },

  "history stays when students leave, are deactivated or renamed": async (world) => {
    const { klass, students } = await world.full(2);
    const [ada, bob] = [pick(students, 0), pick(students, 1)];
    const closed = closedSession(klass, students.map((s) => [s, "present"]));
    await world.history.saveSession(closed);
    await world.classes.unenrol(klass.id, ada.id, TODAY);
    await world.users.update(ada.id, { active: false });
    await world.users.update(bob.id, { username: `${world.tag}-00000` });
    assertEquals(
      (await records(world, closed.sessionId)).map((
        { student },
      ) => [student.id, student.active, student.username]),
      [[bob.id, true, `${world.tag}-00000`], [ada.id, false, ada.username]],
    );
  },

  "changes() pages the trail, oldest first": async (world) => {
    const { klass, students } = await world.full(1);
    const { id: studentId } = pick(students, 0);
    const steps = times(11, (i) => ({
      studentId,
      from: i === 0 ? null : pick(STATUSES, i - 1),
      to: pick(STATUSES, i),
      by: klass.teacherId,
      // Clocks of several servers may disagree: the order is the one given, not that of the times.
      at: at(30 - i),
      source: "socket" as const,
      ...CLIENT,
    }));
    const closed = closedSession(klass, [[pick(students, 0), pick(STATUSES, 10)]], {
      changes: steps,
    });
    await world.history.saveSession(closed);
    const seen = [];
    for (let after: number | null = null;;) {
      const page: Awaited<ReturnType<typeof world.history.changes>> = await world.history.changes(
        closed.sessionId,
        { limit: 4, after },
      );
      seen.push(...page);
      after = page.at(-1)?.id ?? null;
      if (after === null) break;
    }
    assertEquals(seen.map(({ id: _, reason: __, ...rest }) => rest), steps);
    assertEquals(await world.history.changes(uuid(), ALL), []);
  },

  "studentTotals() counts one student's records in one class": async (world) => {
    const { history } = world;
    const { klass, students } = await world.full(2);
    const [ada, bob] = [pick(students, 0), pick(students, 1)];
    const other = await world.klass();
    const none = { present: 0, absent: 0, late: 0, excused: 0 };
    assertEquals(await history.studentTotals(klass.id, ada.id), { counts: none, latest: null });
    const save = (minute: number, rows: [typeof ada, Status][], of = klass) => {
      const closed = closedSession(of, rows, { startedAt: at(minute) });
      return history.saveSession(closed);
    };
    const newest = await save(40, [[ada, "late"], [bob, "absent"]]);
    await save(10, [[ada, "present"], [bob, "absent"]]);
    await save(20, [[ada, "present"]]);
    await save(50, [[bob, "excused"]]);
    await save(60, [[ada, "excused"]], other);
    assertEquals(await history.studentTotals(klass.id, ada.id), {
      counts: { ...none, present: 2, late: 1 },
      latest: { sessionId: newest.sessionId, startedAt: at(40), status: "late" },
    });
    assertEquals(
      (await history.studentTotals(klass.id, bob.id)).counts,
      { ...none, absent: 2, excused: 1 },
    );
  },

  "audit() writes a line once, also at once": async (world) => {
    const klass = await world.klass();
    const entry = {
      kind: "session_cancelled" as const,
      subject: uuid(),
      classId: klass.id,
      by: klass.teacherId,
      at: at(1),
      detail: { marks: 3, title: "Ökologie" },
    };
    await Promise.all(times(4, () => world.history.audit(entry)));
    await world.history.audit({ ...entry, at: at(2) });
    assertEquals(await world.history.session(klass.id, entry.subject), null);
    assertEquals(present(await world.classes.byId(klass.id)).sessionCount, 0);
  },
};
