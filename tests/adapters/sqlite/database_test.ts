import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../../src/kernel/errors.ts";
import {
  brokenConstraint,
  type Database,
  openDatabase,
  storageError,
} from "../../../src/adapters/sqlite/database.ts";
import { migrate } from "../../../src/adapters/sqlite/migrate.ts";
import { MIGRATIONS } from "../../../src/adapters/sqlite/migrations.ts";

const NOW = Date.UTC(2026, 2, 2, 8);

/** Runs with the path of a database file that doesn't exist yet. */
async function withPath(work: (path: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    work(`${folder}/attendance.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function withDatabase(work: (db: Database) => void): void {
  const db = openDatabase({ path: ":memory:", now: () => NOW });
  try {
    work(db);
  } finally {
    db.close();
  }
}

function open(path: string, now = NOW): Database {
  return openDatabase({ path, now: () => now });
}

const pragma = (db: Database, name: string) =>
  Object.values(db.get<Record<string, unknown>>(`PRAGMA ${name}`) ?? {})[0];

/** One user, one class, one closed session with one change. */
function seed(db: Database): void {
  db.run(`INSERT INTO users (id, username, username_key, sort_key, email_key, search, role,
    created_at) VALUES (1, 'a', 'a', 'a', 'a@x', 'a', 'TEACHER', 't')`);
  db.run(`INSERT INTO classes (id, name, teacher_id, created_at, updated_at)
    VALUES (1, 'c', 1, 't', 't')`);
  db.run(`INSERT INTO sessions (id, uuid, class_id, options, started_at, closed_at, present, absent,
    late, excused) VALUES (1, 'u', 1, '{}', 't', 't', 0, 0, 0, 0)`);
  db.run(
    `INSERT INTO record_changes (session, student_id, to_status, changed_by, changed_at, source)
    VALUES (1, 1, 'late', 1, 't', 'close')`,
  );
  db.run(`INSERT INTO audit VALUES (1, 'session_cancelled', 's', 1, 1, 't', '{}')`);
}

Deno.test("MIGRATIONS are numbered from 1 without gaps", () => {
  assertEquals(MIGRATIONS.map(({ number }) => number), MIGRATIONS.map((_, index) => index + 1));
});

Deno.test("openDatabase() records each migration it applies", () => {
  withDatabase((db) => {
    assertEquals(
      db.all("SELECT number, name, applied_at FROM migrations ORDER BY number"),
      MIGRATIONS.map(({ number, name }) => ({
        number,
        name,
        applied_at: new Date(NOW).toISOString(),
      })),
    );
  });
});

Deno.test("openDatabase() of an up-to-date file changes nothing", async () => {
  await withPath((path) => {
    const read = (db: Database) => [
      db.all("SELECT * FROM migrations"),
      db.all("SELECT * FROM sqlite_schema"),
      db.all("SELECT * FROM users"),
      pragma(db, "schema_version"),
    ];
    const first = open(path);
    seed(first);
    const before = read(first);
    first.close();
    const second = open(path, NOW + 1000);
    assertEquals(read(second), before);
    second.close();
  });
});

Deno.test("openDatabase() refuses a file that a newer version made, and leaves it alone", async () => {
  await withPath((path) => {
    const db = open(path);
    const newer = MIGRATIONS.length + 1;
    db.run("INSERT INTO migrations VALUES (?, 'from the future', 't')", newer);
    db.close();
    const error = assertThrows(() => open(path), Error, "made by a newer version");
    assertMatch(error.message, new RegExp(`migration ${newer}, this one knows ${newer - 1}`));
    const raw = new DatabaseSync(path);
    const rows = raw.prepare("SELECT number FROM migrations").all();
    raw.close();
    assertEquals(rows.length, newer);
  });
});

Deno.test("openDatabase() refuses a file that is no database, and a folder that isn't there", async () => {
  await withPath((path) => {
    Deno.writeTextFileSync(path, "not a database".repeat(500));
    assertThrows(() => open(path), Error, "not a database");
    assertThrows(() => open(`${path}.d/attendance.db`), Error, "unable to open");
  });
});

Deno.test("migrate() applies what is missing only", () => {
  const db = new DatabaseSync(":memory:");
  const first = { number: 1, name: "one", sql: "CREATE TABLE one (a) " };
  const second = { number: 2, name: "two", sql: "CREATE TABLE two (a)" };
  migrate(db, () => NOW, [first]);
  migrate(db, () => NOW + 1000, [first, second]);
  migrate(db, () => NOW + 2000, [first, second]);
  assertEquals(db.prepare("SELECT * FROM migrations").all(), [
    { number: 1, name: "one", applied_at: "2026-03-02T08:00:00.000Z" },
    { number: 2, name: "two", applied_at: "2026-03-02T08:00:01.000Z" },
  ]);
  db.close();
});

Deno.test("migrate() leaves the database as it was when a migration fails", () => {
  const db = new DatabaseSync(":memory:");
  const first = { number: 1, name: "one", sql: "CREATE TABLE one (a)" };
  const broken = { number: 3, name: "three", sql: "CREATE TABLE three (a); CREATE TABLE one (a)" };
  migrate(db, () => NOW, [first]);
  const second = { number: 2, name: "two", sql: "CREATE TABLE two (a)" };
  assertThrows(() => migrate(db, () => NOW, [first, second, broken]), Error, "already exists");
  assertEquals(db.prepare("SELECT number FROM migrations").all(), [{ number: 1 }]);
  assertEquals(
    db.prepare("SELECT name FROM sqlite_schema WHERE name IN ('two', 'three')").all(),
    [],
  );
  assert(!db.isTransaction);
  db.close();
});

Deno.test("openDatabase() writes ahead to a log and checks foreign keys", async () => {
  await withPath((path) => {
    const db = open(path);
    assertEquals(pragma(db, "journal_mode"), "wal");
    assertEquals(pragma(db, "foreign_keys"), 1);
    const error = assertThrows(() =>
      db.run("INSERT INTO refresh_families (id, user_id) VALUES ('f', 99)")
    );
    assertEquals(brokenConstraint(error), "FOREIGN KEY constraint failed");
    db.close();
  });
});

Deno.test("openDatabase() syncs at each commit where asked to", async () => {
  await withPath((path) => {
    for (const [sync, level] of [["normal", 1], ["full", 2]] as const) {
      const db = openDatabase({ path, sync });
      assertEquals(pragma(db, "synchronous"), level);
      db.close();
    }
    const db = openDatabase({ path });
    assertEquals(pragma(db, "synchronous"), 1);
    db.close();
  });
});

Deno.test("the schema is strict, whole and sound", () => {
  withDatabase((db) => {
    seed(db);
    const loose = db.all(`SELECT name FROM pragma_table_list
      WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'`);
    assertEquals(loose, []);
    assertEquals(pragma(db, "integrity_check"), "ok");
    assertEquals(db.all("PRAGMA foreign_key_check"), []);
  });
});

Deno.test("trail and audit are append-only", () => {
  withDatabase((db) => {
    seed(db);
    for (const table of ["record_changes", "audit"]) {
      for (const sql of [`UPDATE ${table} SET changed_at = 'x'`, `DELETE FROM ${table}`]) {
        assertThrows(() => db.run(sql), Error, "append-only");
      }
      assertEquals(db.get(`SELECT changed_at FROM ${table}`), { changed_at: "t" });
    }
  });
});

Deno.test("transaction() takes all back when the work throws", () => {
  withDatabase((db) => {
    const thrown = new Error("no");
    const error = assertThrows(() =>
      db.transaction(() => {
        seed(db);
        throw thrown;
      })
    );
    assertStrictEquals(error, thrown);
    assertEquals(db.all("SELECT * FROM users"), []);
    assertEquals(
      db.transaction(() => {
        seed(db);
        return db.all("SELECT id FROM users");
      }),
      [{ id: 1 }],
    );
  });
});

Deno.test("transaction() within another is refused and leaves the outer one whole", () => {
  withDatabase((db) => {
    db.transaction(() => {
      seed(db);
      assertThrows(() => db.transaction(() => 1), Error, "within a transaction");
    });
    assertEquals(db.all("SELECT id FROM users"), [{ id: 1 }]);
  });
});

Deno.test("transaction() is visible to another connection once it has ended", async () => {
  await withPath((path) => {
    const [writer, reader] = [open(path), open(path)];
    const count = () => reader.all("SELECT id FROM users").length;
    writer.transaction(() => {
      seed(writer);
      assertEquals(count(), 0);
    });
    assertEquals(count(), 1);
    writer.close();
    reader.close();
  });
});

Deno.test("brokenConstraint() names the broken rule, and no other error", () => {
  withDatabase((db) => {
    seed(db);
    const broken = (sql: string) => brokenConstraint(assertThrows(() => db.run(sql)));
    assertEquals(
      broken(`INSERT INTO users (username, username_key, sort_key, email_key, search, role,
        created_at) VALUES ('b', 'b', 'b', 'a@x', 'b', 'ADMIN', 't')`),
      "UNIQUE constraint failed: users.email_key",
    );
    assertMatch(broken("UPDATE users SET role = 'KING'") ?? "", /^CHECK constraint failed/);
    assertEquals(broken("SELECT * FROM nowhere"), null);
  });
  for (const other of [new Error("x"), "x", null, { errcode: 19 }]) {
    assertEquals(brokenConstraint(other), null);
  }
});

Deno.test("storageError() hides any error but an AppError", () => {
  const own = new AppError("email_taken");
  assertStrictEquals(storageError(own), own);
  const cause = new Error("disk I/O error");
  const hidden = storageError(cause);
  assertEquals(hidden.code, "storage_unavailable");
  assertStrictEquals(hidden.cause, cause);
});

Deno.test("close() ends all statements and can be called again", () => {
  const db = openDatabase({ path: ":memory:" });
  db.all("SELECT * FROM users");
  db.close();
  db.close();
  assertThrows(() => db.all("SELECT * FROM users"));
  assertThrows(() => db.transaction(() => 1));
});
