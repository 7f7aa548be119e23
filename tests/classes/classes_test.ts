import { assertEquals, assertRejects } from "@std/assert";
import type { ClassAccess } from "../../src/kernel/access.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import { AppError } from "../../src/kernel/errors.ts";
import { withSchool } from "../support/school.ts";

Deno.test("every route's examples fit its schemas", async () => {
  await withSchool(({ routes }) => {
    for (const route of routes) {
      if (route.body) route.body.parse(route.bodyExample);
      if (route.success.status !== 204) route.success.schema.parse(route.success.example);
    }
    return Promise.resolve();
  });
});

Deno.test("list_classes shows a teacher's own, a student's, and all to an admin", async () => {
  await withSchool(async ({ call, admin, teacher, rival, student, stranger, classId, classes }) => {
    const other = await classes.create(rival, { name: "Art", teacherId: undefined });
    const ids = async (actor: typeof admin) => {
      const { status, body } = await call(actor, "GET", "/api/class/list_classes/");
      assertEquals([status, body.next], [200, null]);
      return body.data.map((one: { id: number }) => one.id);
    };
    assertEquals(await ids(teacher), [classId]);
    assertEquals(await ids(rival), [other.id]);
    assertEquals(await ids(student(0)), [classId]);
    assertEquals(await ids(stranger), []);
    assertEquals(await ids(admin), [classId, other.id]);
    const { body } = await call(admin, "GET", "/api/class/list_classes/");
    const [maths, art] = body.data;
    assertEquals([maths.student_count, maths.students.length], [3, 3]);
    assertEquals([art.student_count, art.students], [0, []]);
    assertEquals(art.teacher.username, "Rival");
    assertEquals(maths.mark_visibility, "staff");
  });
});

Deno.test("a student sees no other student's email, but the own one and the teacher's", async () => {
  await withSchool(async ({ call, student, teacher, classId }) => {
    const emails = (students: { id: number; email: string | null }[]) =>
      students.map((one) => [one.id, one.email]);
    for (const path of ["/api/class/list_classes/", `/api/class/${classId}/`]) {
      const { body } = await call(student(1), "GET", path);
      const found = Array.isArray(body.data) ? body.data[0] : body.data;
      assertEquals(emails(found.students), [
        [student(0).userId, null],
        [student(1).userId, "student1@school.example"],
        [student(2).userId, null],
      ]);
      assertEquals(found.teacher.email, "ada@school.example");
    }
    const { body } = await call(teacher, "GET", "/api/class/list_classes/");
    assertEquals(body.data[0].students[0].email, "student0@school.example");
  });
});

Deno.test("list_classes carries an ETag that changes with the class list", async () => {
  await withSchool(async ({ call, teacher, classId, stranger, classes }) => {
    const first = await call(teacher, "GET", "/api/class/list_classes/");
    const etag = first.headers.get("etag") ?? "";
    const again = () =>
      call(teacher, "GET", "/api/class/list_classes/", undefined, { "if-none-match": etag });
    // 304 is no success to the client, so `call` leaves it be.
    assertEquals([(await again()).status, (await again()).body], [304, null]);
    await classes.addStudent(teacher, classId, stranger.userId);
    assertEquals((await again()).status, 200);
  });
});

Deno.test("create_class makes a teacher's own class; an admin says whose", async () => {
  await withSchool(async ({ call, admin, teacher, rival, student, controls }) => {
    const create = (actor: typeof admin, body: object) =>
      call(actor, "POST", "/api/class/create_class/", body);
    const own = await create(teacher, { class_name: "Art" });
    assertEquals([own.status, own.body.data.teacher.id], [201, teacher.userId]);
    assertEquals(controls, [{ type: "class", classId: own.body.data.id }]);
    assertEquals((await create(student(0), { class_name: "Mine" })).status, 403);
    assertEquals(
      (await create(teacher, { class_name: "B", teacher_id: rival.userId })).body.code,
      "forbidden",
    );
    assertEquals(
      (await create(teacher, { class_name: "B", teacherId: teacher.userId })).status,
      201,
    );

    const nobody = await create(admin, { class_name: "C" });
    assertEquals([nobody.status, nobody.body.errors[0].path], [400, "teacher_id"]);
    for (const teacher_id of [rival.userId, `${rival.userId}`]) {
      const made = await create(admin, { class_name: `C ${typeof teacher_id}`, teacher_id });
      assertEquals([made.status, made.body.data.teacher.id], [201, rival.userId]);
    }
    for (const wrong of [999, student(0).userId, admin.userId]) {
      const refused = await create(admin, { class_name: "D", teacher_id: wrong });
      assertEquals([refused.status, refused.body.code], [404, "user_not_found"]);
    }
    const two = { class_name: "D", teacher_id: rival.userId, teacherId: teacher.userId };
    assertEquals((await create(admin, two)).status, 400);
  });
});

Deno.test("a class is 404 where unknown or archived, 403 where another's", async () => {
  await withSchool(async ({ call, admin, teacher, rival, student, stranger, classId }) => {
    const get = (actor: typeof admin, id: number | string) =>
      call(actor, "GET", `/api/class/${id}/`);
    for (const actor of [admin, teacher, student(0)]) {
      assertEquals((await get(actor, classId)).body.data.id, classId);
    }
    for (const actor of [rival, stranger]) {
      assertEquals((await get(actor, classId)).body.code, "forbidden");
      assertEquals((await get(actor, 999)).body.code, "class_not_found");
    }
    await call(teacher, "DELETE", `/api/class/${classId}/`);
    for (const actor of [admin, teacher, rival, student(0)]) {
      assertEquals((await get(actor, classId)).body.code, "class_not_found");
    }
    assertEquals((await get(admin, classId)).status, 404);
    assertEquals((await call(teacher, "GET", "/api/class/get-class/Maths/")).status, 404);
  });
});

Deno.test("PATCH renames, changes settings, and lets only an admin change the teacher", async () => {
  await withSchool(async ({ call, admin, teacher, rival, student, classId, controls }) => {
    const path = `/api/class/${classId}/`;
    const renamed = await call(teacher, "PATCH", path, {
      class_name: "Maths 8b",
      mark_visibility: "class",
    });
    assertEquals(renamed.body.data.class_name, "Maths 8b");
    assertEquals(renamed.body.data.mark_visibility, "class");
    assertEquals(controls, []);
    for (const wrong of [{}, { mark_visibility: "all" }, { class_name: "" }, [], null, "x"]) {
      assertEquals((await call(teacher, "PATCH", path, wrong)).status, 400);
    }
    for (const actor of [rival, student(0)]) {
      assertEquals((await call(actor, "PATCH", path, { class_name: "Mine" })).status, 403);
    }
    assertEquals((await call(teacher, "PATCH", path, { teacher_id: rival.userId })).status, 403);
    assertEquals((await call(teacher, "PATCH", path, { teacher_id: teacher.userId })).status, 200);
    const moved = await call(admin, "PATCH", path, { teacher_id: rival.userId });
    assertEquals(moved.body.data.teacher.id, rival.userId);
    assertEquals(controls, [{ type: "class", classId }]);
    assertEquals((await call(teacher, "GET", path)).status, 403);
    assertEquals((await call(rival, "GET", path)).status, 200);
    assertEquals(
      (await call(admin, "PATCH", path, { teacher_id: student(0).userId })).body.code,
      "user_not_found",
    );
  });
});

Deno.test("a class with a running session is not archived", async () => {
  await withSchool(async ({ call, teacher, attendance, classId, storage, controls }) => {
    await attendance.start(teacher, { classId });
    const refused = await call(teacher, "DELETE", `/api/class/${classId}/`);
    assertEquals([refused.status, refused.body.code], [409, "session_running"]);
    await attendance.done(teacher, classId);
    assertEquals((await call(teacher, "DELETE", `/api/class/${classId}/`)).status, 204);
    assertEquals((await storage.classes.byId(classId))?.archived, true);
    assertEquals(controls, [{ type: "class", classId }]);
    assertEquals((await call(teacher, "DELETE", `/api/class/${classId}/`)).status, 404);
  });
});

Deno.test("add-student enrols once, also into the running session", async () => {
  await withSchool(
    async ({ call, admin, teacher, rival, stranger, student, attendance, classId, controls }) => {
      await attendance.start(teacher, { classId });
      const add = (actor: typeof teacher, id: number | string) =>
        call(actor, "POST", `/api/class/${classId}/add-student/${id}/`);
      assertEquals((await add(teacher, stranger.userId)).body.data.student_count, 4);
      assertEquals((await add(admin, stranger.userId)).body.data.student_count, 4);
      assertEquals(controls, [
        { type: "enrolment", classId, userIds: [stranger.userId], enrolled: true },
      ]);
      assertEquals((await attendance.snapshot(teacher, classId)).summary.enrolled, 4);
      for (const id of [999, teacher.userId, admin.userId]) {
        assertEquals((await add(teacher, id)).body.code, "student_not_found");
      }
      assertEquals((await add(teacher, "abc")).status, 400);
      for (const actor of [rival, student(0), stranger]) {
        assertEquals((await add(actor, stranger.userId)).status, 403);
      }
      assertEquals(
        (await call(teacher, "POST", `/api/class/999/add-student/${stranger.userId}/`)).body.code,
        "class_not_found",
      );
    },
  );
});

Deno.test("removing a student keeps the mark of the running session", async () => {
  await withSchool(async ({ call, teacher, rival, student, attendance, classId, controls }) => {
    await attendance.start(teacher, { classId });
    await attendance.mark(teacher, {
      classId,
      marks: [{ studentId: student(0).userId, status: "late", note: null }],
      bulk: false,
      source: "socket",
    });
    const path = `/api/class/${classId}/students/${student(0).userId}/`;
    assertEquals((await call(rival, "DELETE", path)).status, 403);
    const removed = await call(teacher, "DELETE", path);
    assertEquals([removed.status, removed.body], [204, null]);
    const userIds = [student(0).userId];
    const left = { type: "enrolment", classId, userIds, enrolled: false } as const;
    assertEquals(controls, [left]);
    // The rooms are told again: an earlier call may have failed before its news.
    assertEquals((await call(teacher, "DELETE", path)).body.code, "student_not_enrolled");
    assertEquals(controls, [left, left]);
    const { summary } = await attendance.snapshot(teacher, classId);
    assertEquals([summary.late, summary.total, summary.enrolled], [1, 1, 2]);
    assertEquals((await call(student(0), "GET", `/api/class/${classId}/`)).status, 403);
    const { totals } = await attendance.done(teacher, classId);
    assertEquals([totals.late, totals.absent, totals.total], [1, 2, 3]);
  });
});

Deno.test("an import enrols by email and username and names who is unknown", async () => {
  await withSchool(
    async ({ call, teacher, rival, student, user, classId, controls, attendance }) => {
      const ann = await user("Ann Öst", "STUDENT");
      const bob = await user("bob", "STUDENT");
      await attendance.start(teacher, { classId });
      const path = `/api/class/${classId}/students/`;
      const given = [
        "ann öst",
        "ANN.ÖST@school.example",
        "Bob",
        "student0",
        "Ada",
        "nobody@x.example",
      ];
      const { status, body } = await call(teacher, "POST", path, { students: given });
      assertEquals(status, 200);
      assertEquals(body.data, { added: 2, already: 1, unknown: ["Ada", "nobody@x.example"] });
      assertEquals(controls, [
        { type: "enrolment", classId, userIds: [ann.userId, bob.userId], enrolled: true },
      ]);
      assertEquals((await attendance.snapshot(teacher, classId)).summary.enrolled, 5);
      assertEquals((await call(teacher, "POST", path, [])).body.data.added, 0);
      assertEquals((await call(teacher, "POST", path, ["bob"])).body.data.already, 1);
      for (const actor of [rival, student(0)]) {
        assertEquals((await call(actor, "POST", path, ["bob"])).status, 403);
      }
      for (const wrong of [{}, [7], "bob", { students: [""] }]) {
        assertEquals((await call(teacher, "POST", path, wrong)).status, 400);
      }
    },
  );
});

Deno.test("an import takes CSV, with a limit of its own", async () => {
  await withSchool(async ({ call, teacher, user, classId }) => {
    await user("Zoë, the 2nd", "STUDENT");
    const path = `/api/class/${classId}/students/`;
    const csv = { "content-type": "text/csv; charset=utf-8" };
    const text = '\uFEFFName,Username\r\nZoe,"Zoë, the 2nd"\r\nWho,=who\r\n';
    const { body } = await call(teacher, "POST", path, text, csv);
    assertEquals(body.data, { added: 1, already: 0, unknown: ["=who"] });
    const wide = `username,remark\nbob,${"x".repeat(2_000_000)}\n`;
    assertEquals((await call(teacher, "POST", path, wide, csv)).status, 200);
    assertEquals((await call(teacher, "POST", path, text)).body.code, "invalid_json");
  });
});

Deno.test("roomsOf() gives teachers their classes, students theirs, admins none", async () => {
  await withSchool(async ({ classes, admin, teacher, rival, student, stranger, classId }) => {
    const second = await classes.create(teacher, { name: "Art", teacherId: undefined });
    assertEquals(await classes.roomsOf(teacher), [classId, second.id]);
    assertEquals(await classes.roomsOf(student(0)), [classId]);
    assertEquals(await classes.roomsOf(stranger), []);
    assertEquals(await classes.roomsOf(rival), []);
    assertEquals(await classes.roomsOf(admin), []);
    await classes.archive(teacher, classId);
    assertEquals(await classes.roomsOf(teacher), [second.id]);
    assertEquals(await classes.roomsOf(student(0)), []);
  });
});

Deno.test("admit() lets nobody into an archived class", async () => {
  await withSchool(
    async ({ services: { admission }, classes, teacher, student, stranger, classId }) => {
      const refusal = async (actor: Actor, access: ClassAccess) =>
        (await assertRejects(() => admission.admit(actor, classId, access), AppError)).code;
      assertEquals((await admission.admit(student(0), classId, "class_student")).facts, {
        teacherId: teacher.userId,
        enrolled: true,
      });
      assertEquals(await refusal(stranger, "class_student"), "forbidden");
      assertEquals(await refusal(student(0), "class_staff"), "forbidden");
      await classes.archive(teacher, classId);
      assertEquals(await refusal(teacher, "class_staff"), "class_not_found");
    },
  );
});
