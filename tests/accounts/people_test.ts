import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Answer, assertProblem, field, openAccounts, PASSWORD, text } from "./accounts_app.ts";
import { createPasswords } from "../../src/accounts/password.ts";
import { AppError } from "../../src/kernel/errors.ts";
import { createPeople } from "../../src/accounts/people.ts";

type App = Awaited<ReturnType<typeof openAccounts>>;

const names = (answer: Answer) => {
  const data = answer.json["data"];
  return Array.isArray(data) ? data.map((user) => text(user, "username")) : [];
};

/** A running session in a new class with these students. */
async function runSession(app: App, teacherId: number, name: string, roster: number[]) {
  const at = new Date(app.clock.ms).toISOString();
  const { id } = await app.storage.classes.create({ teacherId, name, at });
  await app.storage.classes.enrol(id, roster, { day: at.slice(0, 10) });
  await app.live.start({
    classId: id,
    sessionId: crypto.randomUUID(),
    startedAt: at,
    startedBy: teacherId,
    plannedStart: null,
    options: {},
    markVisibility: "staff",
    roster,
  });
  return id;
}

Deno.test("students lists active students, searched and paged", async () => {
  await using app = await openAccounts();
  const teacher = await app.signedIn("teacher", "TEACHER");
  for (const name of ["ann", "björn", "50%_off", "dave", "eve"]) {
    await app.makeUser(name, "STUDENT");
  }
  const gone = await app.makeUser("gone", "STUDENT");
  await app.users.deactivate(gone.id);
  const list = (query: string) =>
    app.call("GET", `/api/students/${query}`, { token: teacher.access });

  const all = await list("");
  assertEquals(names(all), ["50%_off", "ann", "björn", "dave", "eve"]);
  assertEquals(all.json["success"], true);
  assertEquals(all.json["next"], null);
  assertEquals(field(all.json, "data", 1), {
    id: 2,
    username: "ann",
    email: "ann@school.example",
    role: "STUDENT",
    name: "ann",
    number: null,
    sort_name: null,
  });
  assertEquals(names(await list("?search=BJORN")), ["björn"]);
  assertEquals(names(await list("?search=DAVE@school")), ["dave"]);
  assertEquals(names(await list("?search=%25_")), ["50%_off"]);
  assertEquals(names(await list("?search=")).length, 5);
  assertEquals(names(await list("?search=teacher")), []);

  const first = await list("?limit=2");
  const second = await list(`?limit=2&cursor=${text(first.json, "next")}`);
  const third = await list(`?limit=2&cursor=${text(second.json, "next")}`);
  assertEquals([first, second, third].map(names), [["50%_off", "ann"], ["björn", "dave"], ["eve"]]);
  assertEquals(third.json["next"], null);
});

Deno.test("lists carry an ETag and answer 304 to it", async () => {
  await using app = await openAccounts();
  const { access } = await app.signedIn("root", "ADMIN");
  for (const path of ["/api/students/", "/api/users/"]) {
    const first = await app.call("GET", path, { token: access });
    const tag = first.headers.get("etag") ?? "";
    assertMatch(tag, /^"[^"]+"$/);
    const headers = { "If-None-Match": tag };
    const again = await app.call("GET", path, { token: access, headers });
    assertEquals([again.status, again.text], [304, ""]);
    await app.makeUser(`new ${path.length}`, "STUDENT");
    assertEquals((await app.call("GET", path, { token: access, headers })).status, 200);
  }
});

Deno.test("users lists accounts by role, state and search", async () => {
  await using app = await openAccounts();
  const { access } = await app.signedIn("root", "ADMIN");
  await app.makeUser("teacher", "TEACHER");
  await app.makeUser("student", "STUDENT");
  const gone = await app.makeUser("gone", "STUDENT");
  await app.users.deactivate(gone.id);
  const list = (query: string) => app.call("GET", `/api/users/${query}`, { token: access });
  assertEquals(names(await list("")), ["gone", "root", "student", "teacher"]);
  assertEquals(names(await list("?role=STUDENT")), ["gone", "student"]);
  assertEquals(names(await list("?active=false")), ["gone"]);
  assertEquals(names(await list("?role=STUDENT&active=true")), ["student"]);
  assertEquals(names(await list("?search=T&limit=2")), ["root", "student"]);
  const last = field((await list("?active=false")).json, "data", 0);
  assertEquals(last, {
    id: gone.id,
    username: "gone",
    email: "gone@school.example",
    role: "STUDENT",
    name: "gone",
    number: null,
    sort_name: null,
    active: false,
    created_at: gone.createdAt,
  });
  assertProblem(await list("?role=student"), 400, "invalid_request", "role");
  assertProblem(await list("?active=1"), 400, "invalid_request", "active");
});

Deno.test("users: an admin creates accounts of any role, under the same rules", async () => {
  await using app = await openAccounts({ signup: "closed" });
  const { access } = await app.signedIn("root", "ADMIN");
  const create = (body: unknown) => app.call("POST", "/api/users/", { token: access, body });
  for (const role of ["ADMIN", "TEACHER", "STUDENT"]) {
    const email = `${role}@school.example`;
    const made = await create({ username: role, email, password: PASSWORD, role });
    assertEquals(made.status, 201);
    const id = field(made.json, "data", "id");
    const shown = await app.call("GET", `/api/users/${id}/`, { token: access });
    assertEquals(shown.json, made.json);
    assertEquals(field(made.json, "data", "active"), true);
    assertMatch(text(made.json, "data", "created_at"), /^\d{4}-.*Z$/);
    assert(!made.text.includes("argon2"));
    assertEquals((await app.logIn(email)).status, 200);
  }
  const fresh = { username: "x", email: "x@school.example", password: PASSWORD, role: "STUDENT" };
  assertProblem(await create({ ...fresh, email: "admin@SCHOOL.example" }), 409, "email_taken");
  assertProblem(await create({ ...fresh, username: "teacher" }), 409, "username_taken");
  assertProblem(await create({ ...fresh, password: "password" }), 400, "weak_password", "password");
  assertProblem(await create({ ...fresh, role: "ROOT" }), 400, "invalid_request", "role");
});

Deno.test("users: createAdmin() makes the first administrator", async () => {
  await using app = await openAccounts();
  const admin = await app.users.createAdmin({
    username: "root",
    email: "root@school.example",
    password: PASSWORD,
  });
  assertEquals([admin.role, admin.active], ["ADMIN", true]);
  assertEquals((await app.logIn("root")).status, 200);
});

Deno.test("users: an unknown id gets 404", async () => {
  await using app = await openAccounts();
  const { access: token } = await app.signedIn("root", "ADMIN");
  const path = "/api/users/999/";
  assertProblem(await app.call("GET", path, { token }), 404, "user_not_found");
  assertProblem(await app.call("DELETE", path, { token }), 404, "user_not_found");
  const patch = { token, body: { active: true } };
  assertProblem(await app.call("PATCH", path, patch), 404, "user_not_found");
});

Deno.test("users: an admin changes fields and nothing else", async () => {
  await using app = await openAccounts();
  const { access } = await app.signedIn("root", "ADMIN");
  const ada = await app.makeUser("ada", "STUDENT");
  await app.makeUser("eve", "STUDENT");
  const patch = (body: unknown) =>
    app.call("PATCH", `/api/users/${ada.id}/`, { token: access, body });

  const named = await patch({
    username: "Ada L.",
    name: "Ada Lovelace",
    sort_name: "Lovelace, Ada",
    email: "lovelace@school.example",
    number: "S-7",
  });
  assertEquals(named.status, 200);
  assertEquals(field(named.json, "data"), {
    id: ada.id,
    username: "Ada L.",
    email: "lovelace@school.example",
    role: "STUDENT",
    name: "Ada Lovelace",
    number: "S-7",
    sort_name: "Lovelace, Ada",
    active: true,
    created_at: ada.createdAt,
  });
  assertEquals(app.control, []);
  assertEquals((await app.logIn("lovelace@school.example")).status, 200);
  assertEquals((await app.logIn("ada@school.example")).status, 401);
  assertEquals((await patch({ username: "ADA l." })).status, 200);

  assertProblem(await patch({ username: "EVE" }), 409, "username_taken");
  assertProblem(await patch({ email: "Eve@school.example" }), 409, "email_taken");
  assertProblem(await patch({ password: "lovelace@school.EXAMPLE" }), 400, "weak_password");
  assertProblem(
    await patch({ password: "nine loud geese", username: "Nine Loud Geese" }),
    400,
    "weak_password",
  );
  for (const body of [{}, { rol: "ADMIN" }, { active: "no" }, { role: "x" }, { id: 7 }, []]) {
    assertProblem(await patch(body), 400, "invalid_request");
  }
  assertEquals((await app.users.byId(ada.id)).username, "ADA l.");
});

Deno.test("users: a new password ends every sign-in of the user", async () => {
  await using app = await openAccounts();
  const { access } = await app.signedIn("root", "ADMIN");
  const ada = await app.signedIn("ada", "STUDENT");
  const set = await app.call("PATCH", `/api/users/${ada.id}/`, {
    token: access,
    body: { password: "nine loud geese" },
  });
  assertEquals(set.status, 200);
  const renewed = await app.call("POST", "/api/token/refresh/", { body: { refresh: ada.refresh } });
  assertEquals(renewed.status, 401);
  assertEquals((await app.logIn("ada@school.example")).status, 401);
  assertEquals((await app.logIn("ada@school.example", "nine loud geese")).status, 200);
});

Deno.test("users: a role change is told to open sockets, and refused while in use", async () => {
  await using app = await openAccounts();
  const { access } = await app.signedIn("root", "ADMIN");
  const teacher = await app.makeUser("teacher", "TEACHER");
  const student = await app.makeUser("student", "STUDENT");
  const free = await app.makeUser("free", "STUDENT");
  await runSession(app, teacher.id, "Physics", [student.id]);
  const patch = (id: number, role: string) =>
    app.call("PATCH", `/api/users/${id}/`, { token: access, body: { role } });
  assertProblem(await patch(teacher.id, "STUDENT"), 409, "role_in_use");
  assertProblem(await patch(student.id, "TEACHER"), 409, "role_in_use");
  assertEquals(app.control, []);
  assertEquals((await patch(free.id, "TEACHER")).status, 200);
  assertEquals(app.control, [{ type: "user", userId: free.id }]);
});

Deno.test("users: a deactivation signs out at once, everywhere, and leaves running sessions", async () => {
  await using app = await openAccounts();
  const { access } = await app.signedIn("root", "ADMIN");
  const teacher = await app.makeUser("teacher", "TEACHER");
  const ada = await app.signedIn("ada", "STUDENT");
  const eve = await app.makeUser("eve", "STUDENT");
  const classId = await runSession(app, teacher.id, "Physics", [ada.id, eve.id]);
  await app.live.join(classId);
  const enrolled = async () => (await app.live.snapshot(classId))?.summary.enrolled;
  const remove = () => app.call("DELETE", `/api/users/${ada.id}/`, { token: access });

  assertEquals(await enrolled(), 2);
  const gone = await remove();
  assertEquals([gone.status, gone.text], [204, ""]);
  assertEquals(app.control, [{ type: "user", userId: ada.id }]);
  assertEquals(await enrolled(), 1);
  assertEquals(app.events.map((e) => e.type), ["roster"]);
  const me = await app.call("GET", "/api/auth/me/", { token: ada.access });
  assertProblem(me, 401, "account_inactive");
  const renewed = await app.call("POST", "/api/token/refresh/", { body: { refresh: ada.refresh } });
  assertEquals(renewed.status, 401);
  assertProblem(await app.logIn("ada@school.example"), 401, "invalid_credentials");

  assertEquals((await remove()).status, 204);
  assertEquals(await enrolled(), 1);
  const shown = await app.call("GET", `/api/users/${ada.id}/`, { token: access });
  assertEquals(field(shown.json, "data", "active"), false);

  const back = await app.call("PATCH", `/api/users/${ada.id}/`, {
    token: access,
    body: { active: true },
  });
  assertEquals(back.status, 200);
  assertEquals(await enrolled(), 2);
  assertEquals((await app.logIn("ada@school.example")).status, 200);
  const revoked = await app.call("POST", "/api/token/refresh/", { body: { refresh: ada.refresh } });
  assertEquals(revoked.status, 401);
  await app.live.leave(classId);
});

Deno.test("users: repeating a deactivation finishes one that was cut short", async () => {
  await using app = await openAccounts();
  const ada = await app.makeUser("ada", "STUDENT");
  const cut = createPeople({
    users: app.storage.users,
    news: {
      changed: () => Promise.reject(new AppError("live_unavailable")),
      studentActivity: () => Promise.reject(new AppError("live_unavailable")),
    },
    passwords: createPasswords(),
    now: () => app.clock.ms,
  });
  const failed = await cut.deactivate(ada.id).then(() => null, (error) => error);
  assert(failed instanceof AppError);
  assertEquals((await app.users.byId(ada.id)).active, false);
  await app.users.deactivate(ada.id);
  assertEquals(app.control, [{ type: "user", userId: ada.id }]);
});

Deno.test("users: the last active admin cannot be removed", async () => {
  await using app = await openAccounts();
  const root = await app.signedIn("root", "ADMIN");
  const second = await app.makeUser("second", "ADMIN");
  const call = (method: string, id: number, body?: unknown) =>
    app.call(method, `/api/users/${id}/`, {
      token: root.access,
      ...(body === undefined ? {} : { body }),
    });
  assertEquals((await call("DELETE", second.id)).status, 204);
  assertProblem(await call("DELETE", root.id), 409, "last_admin");
  assertProblem(await call("PATCH", root.id, { active: false }), 409, "last_admin");
  assertProblem(await call("PATCH", root.id, { role: "TEACHER" }), 409, "last_admin");
  assertEquals((await call("PATCH", root.id, { username: "still root" })).status, 200);
  assertEquals((await call("PATCH", second.id, { active: true })).status, 200);
  assertEquals((await call("PATCH", root.id, { role: "TEACHER" })).status, 200);
  assertProblem(await call("GET", root.id), 403, "forbidden");
});
