import { assert, assertEquals } from "@std/assert";
import type { SQLInputValue } from "node:sqlite";
import { type Database, openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../../src/adapters/sqlite/storage.ts";
import type { Storage } from "../../../src/adapters/storage.ts";
import { storageContract } from "../../contracts/storage.ts";
import {
  at,
  closedSession,
  createWorld,
  ids,
  present,
  refused,
  times,
  uuid,
} from "../../contracts/storage_world.ts";

storageContract("sqlite", async () => {
  const folder = await Deno.makeTempDir();
  const storage = createSqliteStorage(openDatabase({ path: `${folder}/attendance.db` }));
  return {
    storage,
    async close() {
      await storage.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
});

interface Statement {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** Runs with a storage in memory and the list of the statements that it runs. */
async function watched(
  work: (storage: Storage, statements: Statement[], db: Database) => Promise<void>,
): Promise<void> {
  const db = openDatabase({ path: ":memory:" });
  const statements: Statement[] = [];
  const storage = createSqliteStorage({
    ...db,
    run(sql, ...values) {
      statements.push({ sql, values });
      return db.run(sql, ...values);
    },
    get<T extends object>(sql: string, ...values: SQLInputValue[]) {
      statements.push({ sql, values });
      return db.get<T>(sql, ...values);
    },
    all<T extends object>(sql: string, ...values: SQLInputValue[]) {
      statements.push({ sql, values });
      return db.all<T>(sql, ...values);
    },
  });
  try {
    await work(storage, statements, db);
  } finally {
    await storage.close();
  }
}

Deno.test("sqlite: hot reads search by index and sort nothing but a class list", async () => {
  await watched(async (storage, statements, db) => {
    const { users, tokens, classes, history } = storage;
    const world = createWorld(storage);
    const { klass, students } = await world.full(3);
    const [student, teacher] = [present(students[0]).id, klass.teacherId];
    const closed = closedSession(klass, students.map((s) => [s, "present"]));
    await history.saveSession(closed);
    statements.length = 0;
    await users.byId(student);
    await users.byHandle(world.tag);
    await users.studentsByHandle([world.tag]);
    await users.list({ role: "STUDENT" }, { limit: 5, after: 1 });
    await tokens.rotate({ hash: "h", nextHash: "n", nextExpiresAt: at(1), at: at(0) });
    await users.endSignIns(student);
    await classes.isEnrolled(klass.id, student);
    await classes.studentCount(klass.id);
    await classes.enrolledIn(student);
    await classes.visibleTo({ role: "STUDENT", userId: student }, at(0));
    await classes.visibleTo({ role: "TEACHER", userId: teacher }, at(0));
    await classes.visibleByName({ role: "STUDENT", userId: student }, klass.name, at(0));
    await classes.visibleByName({ role: "ADMIN", userId: 1 }, klass.name, at(0));
    await history.session(klass.id, closed.sessionId);
    await history.sessions(klass.id, { limit: 5, before: null });
    await history.sessions(klass.id, { limit: 5, before: closed });
    await history.recordsOf([closed.sessionId]);
    await history.recordsOf([closed.sessionId], student);
    await history.changes(closed.sessionId, { limit: 5, after: 1 });
    await history.studentTotals(klass.id, student);
    await history.correct({
      ...closed,
      studentId: student,
      status: "late",
      reason: "x",
      by: 1,
      at: at(99),
    });
    assert(statements.length > 20);
    for (const { sql, values } of statements) {
      const plan = db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values);
      for (const { detail } of plan) {
        const scan = /^SCAN (?!.*VIRTUAL TABLE)/.test(detail) ||
          (/\(rowid>\?\)/.test(detail) && !sql.includes("FROM users"));
        assert(!scan, `${detail} in ${sql}`);
        if (sql.includes("FROM sessions")) {
          assert(!detail.includes("TEMP B-TREE"), `${detail} in ${sql}`);
        }
      }
    }
  });
});

Deno.test("sqlite: the work of a page doesn't grow with what is on it", async () => {
  await watched(async (storage, statements) => {
    const world = createWorld(storage);
    const { klass, students } = await world.full(4);
    const all = times(
      30,
      (i) => closedSession(klass, students.map((s) => [s, "present"]), { startedAt: at(i) }),
    );
    for (const closed of all) await storage.history.saveSession(closed);
    for (const count of [1, 30]) {
      statements.length = 0;
      const page = await storage.history.sessions(klass.id, { limit: count, before: null });
      const lists = await storage.history.recordsOf(page.map(({ sessionId }) => sessionId));
      await storage.classes.studentsOf(times(count, () => klass.id));
      assertEquals(lists.size, count);
      assertEquals(statements.length, 4);
    }
    statements.length = 0;
    await storage.history.saveSession(closedSession(klass, students.map((s) => [s, "late"])));
    assertEquals(statements.length, 6);
  });
});

Deno.test("sqlite: 5,000 records are saved and read back whole", async () => {
  await watched(async (storage) => {
    const world = createWorld(storage);
    const { klass, students } = await world.full(5000);
    const closed = closedSession(klass, students.map((s) => [s, "present"]));
    const { counts } = await storage.history.saveSession(closed);
    assertEquals(counts.present, 5000);
    const records = present(
      (await storage.history.recordsOf([closed.sessionId])).get(closed.sessionId),
    );
    assertEquals(records.map(({ student }) => student.id), ids(students));
    const trail = await storage.history.changes(closed.sessionId, { limit: 6000, after: null });
    assertEquals(trail.length, 5000);
  });
});

Deno.test("sqlite: audit() keeps the first line", async () => {
  await watched(async (storage, _, db) => {
    const { id: classId, teacherId: by } = await createWorld(storage).klass();
    const entry = { kind: "session_cancelled" as const, subject: uuid(), classId, by };
    await storage.history.audit({ ...entry, at: at(1), detail: { marks: 3 } });
    await storage.history.audit({ ...entry, at: at(2), detail: { marks: 4 } });
    assertEquals(
      db.all("SELECT kind, subject, class_id, changed_by, changed_at, detail FROM audit"),
      [{
        kind: "session_cancelled",
        subject: entry.subject,
        class_id: classId,
        changed_by: by,
        changed_at: at(1),
        detail: '{"marks":3}',
      }],
    );
  });
});

Deno.test("sqlite: purge() of tokens forgets families that have none left", async () => {
  await watched(async (storage, _, db) => {
    const { id: userId } = await createWorld(storage).user("STUDENT");
    for (const minute of [10, 20]) {
      const token = { hash: uuid(), family: uuid(), userId, expiresAt: at(minute), at: at(0) };
      await storage.tokens.create(token);
    }
    await storage.tokens.purge(at(15));
    assertEquals(db.all("SELECT id FROM refresh_families").length, 1);
    await storage.tokens.purge(at(25));
    assertEquals(db.all("SELECT id FROM refresh_families"), []);
  });
});

Deno.test("sqlite: ready() is refused while a migration is missing", async () => {
  await watched(async (storage, _, db) => {
    await storage.ready();
    db.run("DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)");
    await refused("storage_unavailable", () => storage.ready());
  });
});
