import { assert, assertEquals } from "@std/assert";
import { PASSWORD, testInstances } from "./instances.ts";
import { assertSameStream } from "./streams.ts";

const EVERYWHERE = [0, 1, 2];

testInstances("of several starts at once on different instances one wins", async (all) => {
  const { people, connect, newClass, call } = all;
  for (let round = 0; round < 5; round++) {
    const classId = await newClass();
    const sockets = await Promise.all(EVERYWHERE.map((i) => connect(i, people.teacher)));
    const answers = await Promise.all(
      EVERYWHERE.map((i) =>
        call(i, people.teacher, "POST", "/api/class/start-attendance/", {
          body: { class_id: classId },
        })
      ),
    );
    assertEquals(answers.map(({ status }) => status).toSorted(), [200, 409, 409]);
    const { sessionId } = answers.find(({ status }) => status === 200)?.body.data ?? {};
    for (const socket of sockets) {
      const { data } = await socket.next("SESSION_STARTED");
      assertEquals(data.sessionId, sessionId);
    }
  }
});

testInstances("of several closes at once on different instances one is told, once", async (all) => {
  const { people, students: [student], connect, newClass, start, call, as } = all;
  const teachers = await Promise.all(EVERYWHERE.map((i) => connect(i, people.teacher)));
  for (let round = 0; round < 5; round++) {
    const classId = await newClass();
    // News of the class may come after the start: then a snapshot stands for what was missed.
    for (const socket of teachers) await socket.request("SUBSCRIBE", { classId });
    const sessionId = await start(round, classId);
    const body = { marks: [{ studentId: student?.id, status: "present" }] };
    await as(1, people.teacher, 200, "POST", `/api/class/${classId}/session/marks/`, { body });
    const path = `/api/class/${classId}/session/done/`;
    const answers = await Promise.all(EVERYWHERE.map((i) => call(i, people.teacher, "POST", path)));
    assertEquals(answers.filter(({ status }) => status === 200).length, 1);
    for (const { status, body } of answers) {
      if (status !== 200) assertEquals(body.code, "no_active_session");
    }
    for (const socket of teachers) {
      await socket.next("DONE", ({ data }) => data.sessionId === sessionId);
    }
    assertSameStream(teachers, sessionId, 3);
    for (const i of EVERYWHERE) {
      const { body } = await as(i, people.teacher, 200, "GET", `/api/class/${classId}/sessions/`);
      assertEquals(body.data.map((one: { session_id: string }) => one.session_id), [sessionId]);
      assertEquals([body.data[0].present_count, body.data[0].absent_count], [1, 5]);
    }
  }
});

testInstances("of a mark and a close at once on different instances none is half", async (all) => {
  const { people, students, newClass, start, call, as } = all;
  for (let round = 0; round < 8; round++) {
    const classId = await newClass();
    const sessionId = await start(0, classId);
    const path = `/api/class/${classId}/session`;
    const marks = students.map((student, i) =>
      call(i, people.teacher, "POST", `${path}/marks/`, {
        body: { marks: [{ studentId: student.id, status: "late" }] },
      })
    );
    const done = as(round, people.teacher, 200, "POST", `${path}/done/`);
    const acknowledged = (await Promise.all(marks)).filter(({ status }) => status === 200).length;
    const { body } = await done;
    assertEquals(body.data.late, acknowledged);
    const kept = await as(
      1,
      people.teacher,
      200,
      "GET",
      `/api/class/${classId}/sessions/${sessionId}/`,
    );
    assertEquals(kept.body.data.late_count, acknowledged);
    assertEquals(kept.body.data.absent_count, students.length - acknowledged);
  }
});

testInstances(
  "a refresh token used at once on several instances works for one at most",
  async (all) => {
    const { people, call, as } = all;
    for (let round = 0; round < 5; round++) {
      const signedIn = await as(round, null, 200, "POST", "/api/auth/login/", {
        body: { email: people.stranger.email, password: PASSWORD },
      });
      const body = { refresh: signedIn.body.token.refresh };
      const answers = await Promise.all(
        EVERYWHERE.map((i) => call(i, null, "POST", "/api/token/refresh/", { body })),
      );
      const given = answers.filter(({ status }) => status === 200);
      assert(given.length <= 1, `${given.length} got new tokens`);
      assertEquals(answers.filter(({ status }) => status === 401).length, 3 - given.length);
      // A token presented twice takes its whole family with it, on every instance.
      for (const { body } of given) {
        await as(round + 1, null, 401, "POST", "/api/token/refresh/", {
          body: { refresh: body.refresh },
        });
      }
    }
  },
);

testInstances(
  "guesses at a password count together, whichever instances they go to",
  async (all) => {
    const { people: { stranger }, newcomer, call, as } = all;
    const guess = { email: stranger.email, password: "not the password" };
    for (let i = 0; i < 10; i++) {
      await as(i, null, 401, "POST", "/api/auth/login/", { body: guess });
    }
    for (const i of EVERYWHERE) {
      const { body, headers } = await as(i, null, 429, "POST", "/api/auth/login/", {
        body: { ...guess, password: PASSWORD },
      });
      assertEquals([body.code, Number(headers.get("retry-after")) > 0], ["rate_limited", true]);
    }
    const other = await newcomer("STUDENT");
    const { status } = await call(1, null, "POST", "/api/auth/login/", {
      body: { email: other.email, password: PASSWORD },
    });
    assertEquals(status, 200);
  },
);

testInstances("an Idempotency-Key counts on all instances together", async (all) => {
  const { people, call, as } = all;
  for (let round = 0; round < 5; round++) {
    const class_name = `Only once ${round}`;
    const options = { body: { class_name }, headers: { "Idempotency-Key": `key-${round}` } };
    const path = "/api/class/create_class/";
    const answers = await Promise.all(
      EVERYWHERE.map((i) => call(i, people.teacher, "POST", path, options)),
    );
    const made = answers.filter(({ status }) => status === 201);
    assert(made.length >= 1);
    for (const { status, body } of answers) {
      if (status !== 201) assertEquals([status, body.code], [409, "idempotency_in_flight"]);
      else assertEquals(body, made[0]?.body);
    }
    for (const i of EVERYWHERE) {
      const repeat = await as(i, people.teacher, 201, "POST", path, options);
      assertEquals(repeat.body, made[0]?.body);
      const other = { ...options, body: { class_name: "Another" } };
      const refused = await as(i, people.teacher, 422, "POST", path, other);
      assertEquals(refused.body.code, "idempotency_mismatch");
    }
    const { body } = await as(1, people.teacher, 200, "GET", "/api/class/list_classes/");
    const names = body.data.map((one: { class_name: string }) => one.class_name);
    assertEquals(names.filter((name: string) => name === class_name).length, 1);
  }
});

testInstances("who may do what is the same on every instance", async (all) => {
  const { people, students: [student], connect, newClass, start, call } = all;
  const classId = await newClass();
  await start(0, classId);
  const persons = [null, people.admin, people.teacher, people.rival, people.stranger, student];
  const paths = [
    "/api/auth/me/",
    "/api/users/",
    "/api/students/",
    "/api/class/list_classes/",
    `/api/class/${classId}/`,
    `/api/class/${classId}/session/`,
    `/api/class/${classId}/my-attendance/`,
    `/api/class/${classId}/sessions/`,
    "/api/class/99999/",
  ];
  for (const path of paths) {
    for (const person of persons) {
      const answers = await Promise.all(
        EVERYWHERE.map((i) => call(i, person ?? null, "GET", path)),
      );
      const comparable = answers.map(({ status, body }) => ({
        status,
        body: status < 400 ? body : body.code,
      }));
      for (const answer of comparable) assertEquals(answer, comparable[0], path);
    }
  }
  for (const person of [people.rival, people.stranger, student ?? people.stranger]) {
    const codes = await Promise.all(EVERYWHERE.map(async (i) => {
      const socket = await connect(i, person);
      const data = { classId, studentId: student?.id, status: "present" };
      const marked = await socket.request("ATTENDANCE_MARKED", data);
      const subscribed = await socket.request("SUBSCRIBE", { classId });
      return [marked.event, marked.data.message, subscribed.event, subscribed.data.message];
    }));
    for (const code of codes) assertEquals(code, codes[0]);
    assertEquals(codes[0]?.[0], "ERROR");
  }
});
