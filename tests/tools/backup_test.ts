import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { type Person, schoolApi } from "../support/school_api.ts";
import { startServer, withServer } from "../support/server.ts";
import { taskArguments } from "../support/task.ts";
import { runTool, toolEnv, withDirectory } from "./tool.ts";

const STATUSES = ["present", "late", "excused", "absent"] as const;

Deno.test("backup copies what was acknowledged while marks go on; put back, the service goes on", async () => {
  await withDirectory(async (restored) => {
    const acknowledged: { studentId: number; status: string; seq: number }[] = [];
    let before = 0;
    let classId = 0;
    let teacher: Person | null = null;
    const sessionIds: string[] = [];

    await withServer(async (server) => {
      const school = schoolApi(() => server.url);
      const ada = teacher = await school.enter("ada", "TEACHER");
      const students = await Promise.all(
        ["noor", "grace", "lucja"].map((name) => school.enter(name, "STUDENT")),
      );
      classId = await school.createClass(ada, "Biology 9B");
      for (const { id } of students) await school.enrol(ada, classId, id);
      sessionIds.push((await school.start(ada, classId)).sessionId);
      await school.done(ada, classId);
      sessionIds.unshift((await school.start(ada, classId)).sessionId);

      let going = true;
      const marking = (async () => {
        for (let n = 0; going; n++) {
          const studentId = students[n % students.length]?.id ?? 0;
          const status = STATUSES[n % STATUSES.length] ?? "present";
          const { seq } = await school.mark(ada, classId, [{ studentId, status }]);
          acknowledged.push({ studentId, status, seq });
        }
      })();
      while (acknowledged.length < 20) await school.myAttendance(students[0] ?? ada, classId);
      before = acknowledged.at(-1)?.seq ?? 0;
      const { directory } = server;
      const copied = await runTool("backup", { directory, args: [`${directory}/copy.db`] });
      going = false;
      await marking;
      assertEquals([copied.code, copied.stderr], [0, ""]);
      assertMatch(copied.stdout, /^Copied to \S+\/copy\.db: \d+ bytes, checked\.\n$/);
      const left = [...Deno.readDirSync(directory)].map(({ name }) => name)
        .filter((name) => name.startsWith("copy"));
      assertEquals(left, ["copy.db"]);
      assertEquals((await Deno.stat(`${directory}/copy.db`)).mode, 0o100600);
      await Deno.copyFile(`${directory}/copy.db`, `${restored}/attendance.db`);
      await Deno.copyFile(`${directory}/jwt_secret`, `${restored}/jwt_secret`);
    });

    const server = await startServer({ directory: restored });
    try {
      const school = schoolApi(() => server.url);
      assert(teacher !== null);
      // The token from before is still good: the secret came along.
      const { seq, marks, session } = await school.snapshot(teacher, classId);
      const after = acknowledged.at(-1)?.seq ?? 0;
      assert(seq >= before && seq <= after, `${seq} is not between ${before} and ${after}`);
      assertEquals(session?.sessionId, sessionIds[0]);
      const last = new Map(
        acknowledged.filter((one) => one.seq <= seq).map((one) => [`${one.studentId}`, one.status]),
      );
      assertEquals(new Map(marks.map(({ studentId, status }) => [studentId, status])), last);
      const [mark] = acknowledged;
      assert(mark);
      const next = await school.mark(teacher, classId, [{
        studentId: mark.studentId,
        status: "late",
      }]);
      assertEquals(next.seq, seq + 1);
      await school.done(teacher, classId);
      const history = await school.history(teacher, classId);
      assertEquals(history.map(({ session_id }) => session_id), sessionIds);
    } finally {
      await server.kill("SIGTERM");
    }
  });
});

Deno.test("backup says what is wrong, and leaves everything as it was", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/attendance.db`;
    const copy = `${directory}/copy.db`;
    const missing = await runTool("backup", { directory, args: [copy] });
    assertEquals(missing.code, 1);
    assertStringIncludes(missing.stderr, "there is no such file");

    using db = new DatabaseSync(path);
    db.exec("CREATE TABLE t (x)");
    await Deno.writeTextFile(copy, "mine");
    const taken = await runTool("backup", { directory, args: [copy] });
    assertEquals(taken.code, 1);
    assertStringIncludes(taken.stderr, "it is there already");
    assertEquals(await Deno.readTextFile(copy), "mine");

    for (const args of [[], [copy, "more"]]) {
      const wrong = await runTool("backup", { directory, args });
      assertEquals(wrong.code, 2);
      assertStringIncludes(wrong.stderr, "Usage: deno task backup FILE");
    }
    const outside = await runTool("backup", { directory, args: ["tests/copy.db"] });
    assertEquals(outside.code, 1);
    assertStringIncludes(outside.stderr, "may write below ./data only");

    await Deno.writeTextFile(`${directory}/text.db`, "This is no database. ".repeat(100));
    const args = taskArguments("backup", directory);
    const others = [`sqlite:${directory}/text.db`, "mssql://sa:secret@127.0.0.1:1433/db"];
    for (const DATABASE_URL of others) {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [...args, `${directory}/other.db`],
        cwd: new URL("../../", import.meta.url),
        env: { ...toolEnv(directory), DATABASE_URL },
      }).output();
      assertEquals(code, 1);
      const text = new TextDecoder().decode(stderr);
      assertMatch(text, /not a database|in SQL Server/);
      assert(!text.includes("secret"));
    }
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    assertEquals(names.filter((name) => name.includes("other") || name.includes("part")), []);
  });
});
