import { assert, assertEquals } from "@std/assert";
import { type Instances, PASSWORD, type Person, testInstances } from "./instances.ts";

const EVERYWHERE = [0, 1, 2];

/** Asks every instance until its answer has the status: news of people need a moment. */
async function soonEverywhere(
  { call }: Instances,
  person: Person,
  path: string,
  status: number,
): Promise<void> {
  const from = performance.now();
  for (const i of EVERYWHERE) {
    for (;;) {
      const answer = await call(i, person, "GET", path);
      if (answer.status === status) break;
      const ms = performance.now() - from;
      assert(ms < 3_000, `instance ${i} still answers ${answer.status} after ${ms} ms`);
    }
  }
}

testInstances("enrolment on one takes effect on the sockets of the others", async (all) => {
  const { people, connect, newClass, newcomer, start, as } = all;
  const classId = await newClass();
  const pupil = await newcomer("STUDENT");
  const sockets = await Promise.all(EVERYWHERE.map((i) => connect(i, pupil)));
  await start(0, classId);

  const path = `/api/class/${classId}`;
  await as(1, people.teacher, 200, "POST", `${path}/add-student/${pupil.id}/`);
  for (const socket of sockets) {
    // The session that runs already comes as a snapshot.
    await socket.next("SNAPSHOT", ({ data }) => data.classId === `${classId}`);
  }
  const mark = (status: string) => ({ body: { marks: [{ studentId: pupil.id, status }] } });
  await as(2, people.teacher, 200, "POST", `${path}/session/marks/`, mark("late"));
  for (const socket of sockets) {
    const { data } = await socket.next("ATTENDANCE_MARKED");
    assertEquals([data.status, data.studentId], ["late", `${pupil.id}`]);
  }

  await as(0, people.teacher, 204, "DELETE", `${path}/students/${pupil.id}/`);
  const refused = await as(
    1,
    people.teacher,
    404,
    "POST",
    `${path}/session/marks/`,
    mark("absent"),
  );
  assertEquals(refused.body.code, "student_not_enrolled");
  await soonEverywhere(all, pupil, `${path}/my-attendance/`, 403);
  for (const socket of sockets) {
    const { event, data } = await socket.request("SUBSCRIBE", { classId });
    assertEquals([event, data.code], ["ERROR", "forbidden"]);
  }
  await as(2, people.teacher, 200, "POST", `${path}/session/done/`);
  const witness = await connect(0, people.teacher);
  const again = await witness.request("SUBSCRIBE", { classId });
  assertEquals(again.data.session, null);
  for (const socket of sockets) {
    assertEquals((await socket.request("PING")).event, "PONG");
    assertEquals(socket.count("DONE"), 0);
  }
});

testInstances("a class given to another teacher changes hands on all instances", async (all) => {
  const { people, students, connect, newClass, start, as } = all;
  const classId = await newClass();
  const before = await Promise.all(EVERYWHERE.map((i) => connect(i, people.teacher)));
  const after = await Promise.all(EVERYWHERE.map((i) => connect(i, people.rival)));
  await start(0, classId);
  for (const socket of before) await socket.next("SESSION_STARTED");
  const mark = { classId, studentId: students[0]?.id, status: "late" };
  for (const socket of before) {
    assertEquals((await socket.request("ATTENDANCE_MARKED", mark)).event, "ATTENDANCE_MARKED");
  }
  await as(1, people.admin, 200, "PATCH", `/api/class/${classId}/`, {
    body: { teacher_id: people.rival.id },
  });
  // The news are there once the new teacher's sockets hear of the class.
  for (const socket of after) await socket.next("SNAPSHOT");
  for (const [i, socket] of before.entries()) {
    const { event, data } = await socket.request("ATTENDANCE_MARKED", mark);
    assertEquals([event, data.code], ["ERROR", "forbidden"]);
    const path = `/api/class/${classId}/session/marks/`;
    await as(i, people.teacher, 403, "POST", path, { body: { marks: [mark] } });
  }
  for (const socket of after) {
    assertEquals((await socket.request("ATTENDANCE_MARKED", mark)).event, "ATTENDANCE_MARKED");
  }
  await as(2, people.admin, 200, "POST", `/api/class/${classId}/session/done/`);
  for (const socket of after) await socket.next("DONE");
  await soonEverywhere(all, people.teacher, `/api/class/${classId}/`, 403);
  for (const socket of before) {
    const { event, data } = await socket.request("SUBSCRIBE", { classId });
    assertEquals([event, data.code], ["ERROR", "forbidden"]);
    assertEquals(socket.count("DONE"), 0);
  }
});

testInstances(
  "a deactivated user is out on all instances: sockets, tokens, sign-in",
  async (all) => {
    const { people, connect, newcomer, as } = all;
    const leaver = await newcomer("TEACHER");
    const signIn = { body: { email: leaver.email, password: PASSWORD } };
    const refreshTokens: string[] = [];
    for (const i of EVERYWHERE) {
      const { body } = await as(i, null, 200, "POST", "/api/auth/login/", signIn);
      refreshTokens.push(body.token.refresh);
      await as(i, leaver, 200, "GET", "/api/auth/me/");
    }
    const sockets = await Promise.all(
      [...EVERYWHERE, ...EVERYWHERE].map((i) => connect(i, leaver)),
    );
    await as(1, people.admin, 204, "DELETE", `/api/users/${leaver.id}/`);
    for (const socket of sockets) {
      const error = await socket.next("ERROR");
      assertEquals(error.data.code, "account_inactive");
      assertEquals((await socket.closed).code, 4401);
    }
    await soonEverywhere(all, leaver, "/api/auth/me/", 401);
    for (const [i, refresh] of refreshTokens.entries()) {
      await as(i + 1, null, 401, "POST", "/api/token/refresh/", { body: { refresh } });
      await as(i, null, 401, "POST", "/api/auth/login/", signIn);
    }
  },
);
