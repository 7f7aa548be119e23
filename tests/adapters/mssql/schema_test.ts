/** The SQL Server adapter's schema and what it makes of it. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MIGRATIONS } from "../../../src/adapters/mssql/migrations.ts";
import { createMssqlStorage } from "../../../src/adapters/mssql/storage.ts";
import type { Storage } from "../../../src/adapters/storage.ts";
import {
  at,
  CLIENT,
  closedSession,
  createWorld,
  FACTS,
  ids,
  present,
  refused,
  times,
  TODAY,
  uuid,
} from "../../contracts/storage_world.ts";
import {
  connect,
  MSSQL_TEST_URL,
  untilReady,
  warnNotRun,
  withDatabase,
} from "../../support/mssql.ts";

type Ask = <Row>(text: string) => Promise<Row[]>;

/** Runs with a storage on a database of its own, and a way to ask that database directly. */
async function withStorage(base: string, work: (storage: Storage, ask: Ask) => Promise<void>) {
  await withDatabase(base, async (url) => {
    const storage = await createMssqlStorage({ url, onError: () => {} });
    const pool = await connect(url);
    try {
      await untilReady(storage);
      await work(storage, async <Row>(text: string) => (await pool.query<Row>(text)).recordset);
    } finally {
      await pool.close();
      await storage.close();
    }
  });
}

function register(base: string): void {
  Deno.test("mssql: eight instances that start at once on an empty database migrate it once", async () => {
    await withDatabase(base, async (url) => {
      const errors: unknown[] = [];
      const onError = (error: unknown) => errors.push(error);
      const open = new URL(url);
      open.searchParams.set("pool", "1");
      const all = await Promise.all(
        times(8, () => createMssqlStorage({ url: open.href, onError })),
      );
      try {
        await Promise.all(all.map(untilReady));
        assertEquals(errors, []);
        const pool = await connect(url);
        const { recordset } = await pool.query<{ number: number; name: string }>(
          "SELECT number, name FROM dbo.migrations ORDER BY number;",
        );
        await pool.close();
        assertEquals(
          recordset.map(({ number, name }) => ({ number, name })),
          MIGRATIONS.map(({ number, name }) => ({ number, name })),
        );
      } finally {
        await Promise.all(all.map((storage) => storage.close()));
      }
    });
  });

  Deno.test("mssql: a database that a newer version made is refused and left alone", async () => {
    await withDatabase(base, async (url) => {
      const first = await createMssqlStorage({ url, onError: () => {} });
      await untilReady(first);
      const pool = await connect(url);
      const newer = MIGRATIONS.length + 1;
      await pool.query(`INSERT INTO dbo.migrations (number, name, applied_at)
        VALUES (${newer}, N'from the future', SYSUTCDATETIME());`);
      await refused("storage_unavailable", () => first.ready());
      await first.close();
      const errors: unknown[] = [];
      const second = await createMssqlStorage({ url, onError: (error) => errors.push(error) });
      await refused("storage_unavailable", () => second.ready());
      await refused("storage_unavailable", () => second.users.byId(1));
      await second.close();
      assertEquals(errors.length, 1);
      assertStringIncludes(
        String(errors[0]),
        `made by a newer version (migration ${newer}, this one knows ${newer - 1})`,
      );
      const { recordset } = await pool.query("SELECT number FROM dbo.migrations;");
      await pool.close();
      assertEquals(recordset.length, newer);
    });
  });

  Deno.test("mssql: trail and audit are append-only", async () => {
    await withStorage(base, async (storage, ask) => {
      const { klass, students } = await createWorld(storage).full(1);
      await storage.history.saveSession(closedSession(klass, students.map((s) => [s, "late"])));
      const by = klass.teacherId;
      await storage.history.audit({
        kind: "session_cancelled",
        subject: uuid(),
        classId: klass.id,
        by,
        at: at(1),
        detail: {},
      });
      for (const table of ["dbo.record_changes", "dbo.audit"]) {
        for (const text of [`UPDATE ${table} SET changed_by = 0;`, `DELETE FROM ${table};`]) {
          await assertRejects(() => ask(text), Error, "append-only");
        }
        const rows = await ask<{ changed_by: string }>(`SELECT changed_by FROM ${table};`);
        assertEquals(rows.map((row) => Number(row.changed_by)), [by]);
      }
    });
  });

  Deno.test("mssql: audit() keeps the first line", async () => {
    await withStorage(base, async (storage, ask) => {
      const { id: classId, teacherId: by } = await createWorld(storage).klass();
      const entry = { kind: "session_cancelled" as const, subject: uuid(), classId, by };
      await storage.history.audit({ ...entry, at: at(1), detail: { marks: 3, title: "Ökologie" } });
      await storage.history.audit({ ...entry, at: at(2), detail: { marks: 4 } });
      const rows = await ask<{ subject: string; changed_at: Date; detail: string }>(
        "SELECT subject, changed_at, detail FROM dbo.audit;",
      );
      assertEquals(rows.map((row) => [row.subject, row.changed_at.toISOString(), row.detail]), [
        [entry.subject, at(1), '{"marks":3,"title":"Ökologie"}'],
      ]);
    });
  });

  Deno.test("mssql: purge() of tokens forgets families that have none left", async () => {
    await withStorage(base, async (storage, ask) => {
      const { id: userId } = await createWorld(storage).user("STUDENT");
      for (const minute of [10, 20]) {
        const token = { hash: uuid(), family: uuid(), userId, expiresAt: at(minute), at: at(0) };
        await storage.tokens.create(token);
      }
      await storage.tokens.purge(at(15));
      assertEquals((await ask("SELECT id FROM dbo.refresh_families;")).length, 1);
      await storage.tokens.purge(at(25));
      assertEquals(await ask("SELECT id FROM dbo.refresh_families;"), []);
    });
  });

  Deno.test("mssql: ready() is refused while a migration is missing", async () => {
    await withStorage(base, async (storage, ask) => {
      await ask(
        "DELETE FROM dbo.migrations WHERE number = (SELECT MAX(number) FROM dbo.migrations);",
      );
      await refused("storage_unavailable", () => storage.ready());
    });
  });

  Deno.test("mssql: handles and notes are kept and found to the character", async () => {
    await withStorage(base, async (storage) => {
      const world = createWorld(storage);
      const names = [`"[%_\\`, "it's ~1 ~0~", "ada ", "ada", "ﷺ".repeat(150), "🧑‍🎓", "a,b;c"];
      const students = [];
      for (const [index, username] of names.entries()) {
        students.push(await world.user("STUDENT", { username, email: `${index}@school.example` }));
      }
      for (const [index, username] of names.entries()) {
        assertEquals(present(await storage.users.byHandle(username)).id, students[index]?.id);
      }
      assertEquals(await storage.users.byHandle("ada  "), null);
      const found = await storage.users.studentsByHandle([...names, "ada  ", "ada\nada", ""]);
      assertEquals([...found.values()].map(({ id }) => id).toSorted(), ids(students).toSorted());

      const klass = await world.klass();
      const notes = [
        `"q" \\ ~ ~0 ~1~2 ~3`,
        "l1\nl2",
        "",
        null,
        "🌱 é N'°7'",
        "[1]",
        "a".repeat(500),
      ];
      const plain = closedSession(klass, students.map((s) => [s, "late"]));
      const records = plain.records.map((r, index) => ({ ...r, note: notes[index] ?? null }));
      await storage.history.saveSession({ ...plain, records });
      const stored = present(
        (await storage.history.recordsOf([plain.sessionId])).get(plain.sessionId),
      );
      const noteOf = new Map(stored.map(({ student, note }) => [student.id, note]));
      assertEquals(students.map(({ id }) => noteOf.get(id) ?? null), notes);
    });
  });

  Deno.test("mssql: 5,000 records are saved and read back whole", async () => {
    await withStorage(base, async (storage, ask) => {
      const world = createWorld(storage);
      const klass = await world.klass();
      // As the service would make them one by one, in one statement.
      await ask(
        `WITH digits AS (SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3
          UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7
          UNION ALL SELECT 8 UNION ALL SELECT 9),
        numbers AS (SELECT CAST(10000 + a.d * 1000 + b.d * 100 + c.d * 10 + e.d AS VARCHAR(5)) AS n
          FROM digits AS a CROSS JOIN digits AS b CROSS JOIN digits AS c CROSS JOIN digits AS e
          WHERE a.d < 5)
        INSERT INTO dbo.users
          (username, username_key, email, email_key, password_hash, role, created_at)
        SELECT 's' + n, 's' + n, n + '@school.example', n + '@school.example', 'x', 'STUDENT',
          SYSUTCDATETIME() FROM numbers;`,
      );
      const users = await ask<{ id: string }>(
        "SELECT id FROM dbo.users WHERE role = 'STUDENT' ORDER BY username_key;",
      );
      const students = users.map(({ id }) => Number(id));
      assertEquals(students.length, 5000);
      const enrolled = await storage.classes.enrol(klass.id, students, TODAY);
      assertEquals(enrolled.added.length, 5000);
      const closed = closedSession(klass, []);
      const mark = {
        ...FACTS,
        status: "present" as const,
        note: "on time",
        markedBy: klass.teacherId,
      };
      const step = {
        ...CLIENT,
        from: null,
        to: "present" as const,
        by: klass.teacherId,
        source: "http" as const,
      };
      const { counts } = await storage.history.saveSession({
        ...closed,
        records: students.map((studentId) => ({ ...mark, studentId, markedAt: at(20) })),
        changes: students.map((studentId) => ({ ...step, studentId, at: at(20) })),
      });
      assertEquals(counts.present, 5000);
      const records = present(
        (await storage.history.recordsOf([closed.sessionId])).get(closed.sessionId),
      );
      assertEquals(records.map(({ student }) => student.id), students);
      const trail = await storage.history.changes(closed.sessionId, { limit: 6000, after: null });
      assertEquals(trail.map(({ studentId }) => studentId), students);
      assertEquals(
        present((await storage.classes.studentsOf([klass.id])).get(klass.id)).length,
        5000,
      );
    });
  });

  const url = new URL(base);
  // A server whose certificate is good has nothing to refuse, one that isn't encrypted neither.
  if (url.searchParams.get("trustServerCertificate") !== "true") return;
  Deno.test("mssql: an encrypted connection wants a certificate that it can verify", async () => {
    url.searchParams.delete("trustServerCertificate");
    const errors: unknown[] = [];
    const storage = await createMssqlStorage({
      url: url.href,
      onError: (error) => errors.push(error),
    });
    await refused("storage_unavailable", () => storage.ready());
    await storage.close();
    assert(String(errors[0]).includes("certificate"), String(errors[0]));
  });
}

if (MSSQL_TEST_URL) register(MSSQL_TEST_URL);
else warnNotRun("The SQL Server schema suite");
