/**
 * Faults of the system that this one replaces: each is a test that failed there. Those of running
 * sessions under load are in known_live_faults_test.ts.
 */
import { assert, assertEquals } from "@std/assert";
import type { Answer } from "../support/api.ts";
import { onStage, PASSWORD, type Person, type SchoolClass } from "./stage.ts";

const markOf = ({ id: classId }: SchoolClass, student: Person, status: string) => ({
  classId,
  studentId: student.id,
  status,
});

const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8];

const codesOf = (answers: readonly Answer[]): string[] =>
  answers.map(({ status, body }) => `${status} ${body?.code ?? ""}`.trim()).sort();

Deno.test("of eight starts at once one wins", async () => {
  await onStage(async (stage) => {
    const { teacher, admin } = stage.people;
    const found = await stage.newClass();
    const answers = await Promise.all(
      EIGHT.map((i) =>
        stage.api.call("POST", "/api/class/start-attendance/", {
          token: (i % 2 ? teacher : admin).token,
          body: i % 3 ? { class_id: found.id } : { classId: `${found.id}` },
        })
      ),
    );
    assertEquals(codesOf(answers), ["200", ...Array(7).fill("409 session_already_active")]);
    const [lost] = answers.filter(({ status }) => status === 409);
    assertEquals(lost?.body.error, "Active session already exists for this class");
  });
});

Deno.test('class_id "01" is refused and starts no second session', async () => {
  await onStage(async (stage) => {
    const { teacher } = stage.people;
    const found = await stage.newClass();
    await stage.start(found);
    for (const class_id of [`0${found.id}`, ` ${found.id}`, `${found.id}.0`, `${found.id}e0`]) {
      await stage.as(teacher, 400, "POST", "/api/class/start-attendance/", { body: { class_id } });
    }
    const body = { class_id: `${found.id}` };
    await stage.as(teacher, 409, "POST", "/api/class/start-attendance/", { body });
  });
});

Deno.test('a mark for student "abc" by another teacher leaves nothing behind', async () => {
  await onStage(async (stage) => {
    const { teacher, rival, student } = stage.people;
    const found = await stage.newClass();
    await stage.start(found);
    const other = await stage.connect(rival);
    const bad = { classId: found.id, studentId: "abc", status: "present" };
    assertEquals((await other.request("ATTENDANCE_MARKED", bad)).event, "ERROR");
    const own = await stage.connect(teacher);
    assertEquals((await own.request("ATTENDANCE_MARKED", bad)).data.code, "invalid_request");
    await own.request("ATTENDANCE_MARKED", markOf(found, student, "present"));
    const { data } = await own.request("DONE", { classId: found.id });
    assertEquals([data.present, data.absent, data.total], [1, 1, 2]);
  });
});

Deno.test("students read neither emails nor records of others", async () => {
  await onStage(async (stage) => {
    const { student, classmate } = stage.people;
    const found = await stage.newClass();
    const sessionId = await stage.closedSession(found);
    const paths = [
      "/api/class/list_classes/",
      `/api/class/get-class/${encodeURIComponent(found.name)}/`,
      `/api/class/${found.id}/`,
      `/api/class/${found.id}/sessions/`,
      `/api/class/${found.id}/sessions/${sessionId}/`,
    ];
    for (const path of paths) {
      const { text, body } = await stage.as(student, 200, "GET", path);
      assert(!text.includes(classmate.email), path);
      const sessions = body.data.sessions ?? (body.data.session_id ? [body.data] : body.data);
      const records = sessions.flatMap((one: { attendance_records?: unknown[] }) =>
        one.attendance_records ?? []
      );
      for (const { student: of } of records) assertEquals(of.id, student.id, path);
      if (path.includes("sessions") || body.data.sessions) assertEquals(records.length, 1, path);
    }
    await stage.as(student, 403, "GET", "/api/students/");
    await stage.as(student, 403, "GET", `/api/class/${found.id}/sessions/${sessionId}/changes/`);
  });
});

Deno.test("only the four statuses are taken", async () => {
  await onStage(async (stage) => {
    const { teacher, student } = stage.people;
    const found = await stage.newClass();
    await stage.start(found);
    const socket = await stage.connect(teacher);
    const path = `/api/class/${found.id}/session/marks/`;
    const bad = ["", "Present", "here", "x".repeat(100_000), 1, true, {}, { $ne: "" }, ["present"]];
    for (const status of bad) {
      const marks = [{ studentId: student.id, status }];
      await stage.as(teacher, 400, "POST", path, { body: { marks } });
      if (JSON.stringify(status).length > 1_000) continue;
      const one = { classId: found.id, studentId: student.id, status };
      assertEquals((await socket.request("ATTENDANCE_MARKED", one)).event, "ERROR");
    }
    const { data } = await socket.request("SUBSCRIBE", { classId: found.id });
    assertEquals([data.marks, data.seq], [[], 1]);
    for (const status of ["present", "absent", "late", "excused"]) {
      const answer = await socket.request("ATTENDANCE_MARKED", markOf(found, student, status));
      assertEquals(answer.data.status, status);
    }
    const tooBig = { classId: found.id, studentId: student.id, status: "x".repeat(100_000) };
    socket.send("ATTENDANCE_MARKED", tooBig);
    assertEquals((await socket.closed).code, 1009);
  });
});

Deno.test("only students of the class can be marked, and only students enrolled", async () => {
  await onStage(async (stage) => {
    const { teacher, rival, admin, stranger, student } = stage.people;
    const found = await stage.newClass();
    await stage.start(found);
    const socket = await stage.connect(teacher);
    const at = `/api/class/${found.id}`;
    for (const { id } of [{ id: 999_999 }, stranger, teacher, rival, admin]) {
      const one = { classId: found.id, studentId: id, status: "present" };
      const { event, data } = await socket.request("ATTENDANCE_MARKED", one);
      assertEquals([event, data.code], ["ERROR", "student_not_enrolled"]);
      // All or none: the good mark beside it is not taken either.
      const marks = [{ studentId: student.id, status: "late" }, { studentId: id, status: "late" }];
      await stage.as(teacher, 404, "POST", `${at}/session/marks/`, { body: { marks } });
    }
    const { data } = await socket.request("SUBSCRIBE", { classId: found.id });
    assertEquals([data.marks, data.seq], [[], 1]);
    for (const { id } of [{ id: 999_999 }, teacher, rival, admin]) {
      await stage.as(teacher, 404, "POST", `${at}/add-student/${id}/`);
    }
    const { body } = await stage.as(teacher, 200, "POST", `${at}/students/`, {
      body: [rival.email, admin.username],
    });
    assertEquals(body.data, { added: 0, already: 0, unknown: [rival.email, admin.username] });
  });
});

Deno.test("my-attendance works after any number of sessions, and sees a running one", async () => {
  await onStage(async (stage) => {
    const { teacher, student } = stage.people;
    const found = await stage.newClass();
    const at = `/api/class/${found.id}`;
    const mine = async () => {
      const { body } = await stage.as(student, 200, "GET", `${at}/my-attendance/`);
      const { status, live, totals, sessionId } = body.data;
      return { status, live, sessions: totals.sessions, sessionId };
    };
    assertEquals(await mine(), { status: null, live: false, sessions: 0, sessionId: null });
    for (const sessions of [1, 2, 3, 4]) {
      const sessionId = await stage.closedSession(found);
      assertEquals(await mine(), { status: "present", live: false, sessions, sessionId });
    }
    const sessionId = await stage.start(found);
    assertEquals(await mine(), { status: null, live: true, sessions: 4, sessionId });
    const marks = [{ studentId: student.id, status: "excused" }];
    await stage.as(teacher, 200, "POST", `${at}/session/marks/`, { body: { marks } });
    assertEquals(await mine(), { status: "excused", live: true, sessions: 4, sessionId });
  });
});

Deno.test("of eight sign-ups of one email at once one gets 201, the others 409", async () => {
  await onStage(async (stage) => {
    const answers = await Promise.all(
      EIGHT.map((i) =>
        stage.api.call("POST", "/api/auth/signup/", {
          body: {
            username: `ada${i}`,
            email: "ada@school.example",
            password: PASSWORD,
            role: "TEACHER",
          },
        })
      ),
    );
    assertEquals(codesOf(answers), ["201", ...Array(7).fill("409 email_taken")]);
  });
});

Deno.test("emails and usernames that differ by case only are the same", async () => {
  await onStage(async (stage) => {
    const ada = {
      username: "Ada",
      email: "Ada@School.example",
      password: PASSWORD,
      role: "STUDENT",
    };
    const signUp = (change: Record<string, string>) =>
      stage.api.call("POST", "/api/auth/signup/", { body: { ...ada, ...change } });
    assertEquals((await signUp({})).status, 201);
    const again = [
      await signUp({ username: "Eve", email: "ada@school.EXAMPLE" }),
      await signUp({ username: "aDA", email: "eve@school.example" }),
    ];
    assertEquals(codesOf(again), ["409 email_taken", "409 username_taken"]);
    for (const email of ["ada@school.example", "ADA@SCHOOL.EXAMPLE"]) {
      const body = { email, password: PASSWORD };
      await stage.api.expect(200, "POST", "/api/auth/login/", { body });
    }
  });
});

Deno.test("a class is reached by its name, whatever is in it", async () => {
  await onStage(async (stage) => {
    const { teacher } = stage.people;
    const names = [
      "8.A",
      "a/b",
      "100%",
      "%2F",
      "a%20b",
      "C#",
      "q?a=1&b",
      "...",
      "Łódź 数学",
      "a+b",
      "session",
    ];
    for (const name of names) {
      const { id } = await stage.newClass({ name });
      for (const slash of ["", "/"]) {
        const path = `/api/class/get-class/${encodeURIComponent(name)}${slash}`;
        const { body } = await stage.as(teacher, 200, "GET", path);
        assertEquals([body.data.id, body.data.class_name], [id, name]);
      }
    }
  });
});

Deno.test("an id like abc gets a 400 problem, not a 500 page", async () => {
  await onStage(async (stage) => {
    const { admin, student } = stage.people;
    for (const id of ["abc", "1e3", "-1", "NaN", "01"]) {
      await stage.as(admin, 400, "GET", `/api/users/${id}/`);
      await stage.as(admin, 400, "GET", `/api/class/${id}/`);
      await stage.as(admin, 400, "GET", `/api/class/${id}/sessions/`);
      await stage.as(admin, 400, "POST", `/api/class/1/add-student/${id}/`);
      await stage.as(student, 400, "GET", `/api/class/${id}/my-attendance/`);
    }
  });
});
