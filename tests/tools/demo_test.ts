import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createEmbeddedLive } from "../../src/adapters/embedded/live_store.ts";
import { openDatabase } from "../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../src/adapters/sqlite/storage.ts";
import { schoolDays } from "../../src/tools/demo/calendar.ts";
import { studentNames } from "../../src/tools/demo/names.ts";
import { createDemoSchool, type DemoSchool } from "../../src/tools/demo/school.ts";
import type { Storage } from "../../src/adapters/storage.ts";
import { withServer } from "../support/server.ts";
import { runTool, withDirectory } from "./tool.ts";

const PASSWORD = "slate and chalk";
/** A Wednesday. */
const NOW = Date.parse("2026-11-18T09:30:00Z");

async function withSchool(
  work: (school: DemoSchool, storage: Storage) => Promise<void>,
): Promise<void> {
  const db = openDatabase({ path: ":memory:" });
  const storage = createSqliteStorage(db);
  const live = createEmbeddedLive({ db });
  try {
    await work(
      await createDemoSchool({ storage, live, password: PASSWORD, now: () => NOW }),
      storage,
    );
  } finally {
    await live.close();
    await storage.close();
  }
}

/** Status and note of every record, by class, session and student name. */
async function everything(school: DemoSchool, storage: Storage) {
  const rows: string[][] = [];
  for (const { id, name } of school.classes) {
    const sessions = await storage.history.sessions(id, { limit: 100, before: null });
    const records = await storage.history.recordsOf(sessions.map(({ sessionId }) => sessionId));
    for (const { sessionId, startedAt } of sessions) {
      for (const { student, status, note } of records.get(sessionId) ?? []) {
        rows.push([name, startedAt, student.username, status, note ?? ""]);
      }
    }
  }
  return rows;
}

Deno.test("schoolDays() are the last weekdays before today, oldest first", () => {
  const days = (count: number, now: string) =>
    schoolDays(count, Date.parse(now)).map((day) => new Date(day).toISOString().slice(0, 10));
  assertEquals(days(3, "2026-11-16T00:00:00Z"), ["2026-11-11", "2026-11-12", "2026-11-13"]);
  assertEquals(days(2, "2026-11-15T23:59:59Z"), ["2026-11-12", "2026-11-13"]);
  assertEquals(days(2, "2026-11-18T12:00:00Z"), ["2026-11-16", "2026-11-17"]);
});

Deno.test("studentNames() are different names of many scripts", () => {
  const names = studentNames(200);
  assertEquals(new Set(names.map((name) => name.normalize("NFKC").toLowerCase())).size, 200);
  const scripts = [
    ...["Latin", "Cyrillic", "Greek", "Armenian", "Georgian", "Hebrew", "Arabic"],
    ...["Devanagari", "Bengali", "Thai", "Han", "Hangul", "Hiragana", "Katakana"],
  ];
  for (const script of scripts) {
    const pattern = new RegExp(`\\p{Script=${script}}`, "u");
    assert(names.some((name) => pattern.test(name)), `no name in ${script}`);
  }
});

Deno.test("the demo school has teachers, classes, students and past sessions", async () => {
  await withSchool(async (school, storage) => {
    assertEquals(
      [school.teachers.length, school.classes.length, school.students.length],
      [3, 6, 200],
    );
    const today = new Date(NOW).toISOString().slice(0, 10);
    for (const { id, teacher, students } of school.classes) {
      const stored = await storage.classes.byId(id);
      assertEquals([stored?.teacherId, stored?.sessionCount], [teacher.id, 20]);
      assertEquals(await storage.classes.studentCount(id), students.length);
      const sessions = await storage.history.sessions(id, { limit: 100, before: null });
      const dates = sessions.map(({ startedAt }) => startedAt.slice(0, 10));
      assertEquals(new Set(dates).size, 20);
      for (const date of dates) {
        assert(date < today);
        assert(![0, 6].includes(new Date(date).getUTCDay()), `${date} is no school day`);
      }
      for (const { counts } of sessions) {
        const { present, absent, late, excused } = counts;
        assertEquals(present + absent + late + excused, students.length);
      }
    }
    const enrolled = new Set(
      school.classes.flatMap(({ students }) => students.map(({ id }) => id)),
    );
    assertEquals(enrolled.size, 200);
  });
});

Deno.test("the demo school's patterns can be found in its history", async () => {
  await withSchool(async (school, storage) => {
    const rows = await everything(school, storage);
    const rate = (status: string, among: string[][]) =>
      among.filter((row) => row[3] === status).length / among.length;
    const onMonday = (row: string[]) => new Date(row[1] ?? "").getUTCDay() === 1;

    const mondays = rate("late", rows.filter(onMonday));
    const otherDays = rate("late", rows.filter((row) => !onMonday(row)));
    assert(mondays > 2 * otherDays, `late: ${mondays} on Mondays, ${otherDays} on other days`);

    const byStudent = Map.groupBy(rows, (row) => row[2] ?? "");
    const chronic = [...byStudent.values()].filter((own) => rate("absent", own) > 0.25);
    assert(chronic.length >= 3 && chronic.length <= 25, `${chronic.length} chronic absentees`);
    const notes = new Set(rows.map((row) => row[4]));
    for (const note of ["Ill", "Museum trip", "Bus was late"]) assert(notes.has(note), note);
    assert(rate("present", rows) > 0.75);

    const [first] = school.classes;
    const [latest] = await storage.history.sessions(first?.id ?? 0, { limit: 1, before: null });
    const trail = await storage.history.changes(latest?.sessionId ?? "", {
      limit: 200,
      after: null,
    });
    const sources = new Set(trail.map(({ source }) => source));
    assertEquals([...sources].sort(), ["close", "correction", "socket"]);
  });
});

Deno.test("the demo school is the same one each time", async () => {
  const made: string[][][] = [];
  for (let round = 0; round < 2; round++) {
    await withSchool(async (school, storage) => {
      made.push(await everything(school, storage));
    });
  }
  assertEquals(made[0], made[1]);
});

Deno.test("deno task demo works beside the running service, once, and its logins sign in", async () => {
  await withServer(async ({ url, directory }) => {
    const first = await runTool("demo", { directory });
    assertEquals([first.code, first.stderr], [0, ""]);
    const password = /Password of every account: (\S+)/.exec(first.stdout)?.[1];
    assertMatch(first.stdout, /One hash is shared by all of them/);

    const again = await runTool("demo", { directory });
    assertEquals([again.code, again.stdout], [1, ""]);
    assertStringIncludes(again.stderr, "teacher.1@demo.example is there already");

    const headers = { "Content-Type": "application/json" };
    const emails = first.stdout.match(/teacher\.\d@demo\.example|student\.\d{3}@demo\.example/g);
    assertEquals(emails?.length, 5);
    for (const email of emails ?? []) {
      const login = await fetch(`${url}/api/auth/login/`, {
        method: "POST",
        headers,
        body: JSON.stringify({ email, password }),
      });
      assertEquals(login.status, 200, email);
      const { token } = await login.json();
      const list = await fetch(`${url}/api/class/list_classes/`, {
        headers: { Authorization: `Bearer ${token.access}` },
      });
      const { data } = await list.json();
      assert(data.length > 0, `${email} has no class`);
    }
  });
});

Deno.test("deno task demo takes a password of one's own, if it is fit", async () => {
  await withDirectory(async (directory) => {
    const weak = await runTool("demo", { directory, args: ["12345678"] });
    assertEquals(weak.code, 1);
    assertStringIncludes(weak.stderr, "must not be all digits");
    const fit = await runTool("demo", { directory, args: [PASSWORD] });
    assertEquals(fit.code, 0, fit.stderr);
    assertStringIncludes(fit.stdout, `Password of every account: ${PASSWORD}`);
  });
});

Deno.test("deno task migrate makes the database, and again does no harm", async () => {
  await withDirectory(async (directory) => {
    for (let round = 0; round < 2; round++) {
      const { code, stdout } = await runTool("migrate", { directory });
      assertEquals([code, stdout], [0, "The database is up to date.\n"]);
    }
  });
});
