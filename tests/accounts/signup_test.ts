import { assertEquals, assertMatch } from "@std/assert";
import { ADA, assertProblem, field, openAccounts, text } from "./accounts_app.ts";

Deno.test("signup makes a teacher or a student and tells no secret", async () => {
  await using app = await openAccounts();
  const made = await app.call("POST", "/api/auth/signup/", { body: ADA });
  assertEquals(made.status, 201);
  assertEquals(made.json, {
    message: "User created successfully",
    user: {
      id: 1,
      username: "Ada Okafor",
      email: "Ada@School.example",
      role: "TEACHER",
      name: "Ada Okafor",
      number: null,
    },
  });
  const student = await app.call("POST", "/api/auth/signup", {
    body: { ...ADA, username: "  Björn  ", email: " b@school.example ", role: "STUDENT" },
  });
  assertEquals(student.status, 201);
  assertEquals(field(student.json, "user"), {
    id: 2,
    username: "Björn",
    email: "b@school.example",
    role: "STUDENT",
    name: "Björn",
    number: null,
  });
});

Deno.test("signup refuses bad fields by name and makes nobody", async (t) => {
  await using app = await openAccounts();
  const cases: [string, unknown, string, string][] = [
    ["ADMIN", { ...ADA, role: "ADMIN" }, "invalid_request", "role"],
    ["a text that is no email", { ...ADA, email: "ada" }, "invalid_request", "email"],
    ["a long username", { ...ADA, username: "x".repeat(151) }, "invalid_request", "username"],
    ["no password", { ...ADA, password: undefined }, "invalid_request", "password"],
    ["a short password", { ...ADA, password: "short" }, "weak_password", "password"],
    ["the username as password", { ...ADA, password: "ada OKAFOR" }, "weak_password", "password"],
    ["null", null, "invalid_request", ""],
  ];
  for (const [name, body, code, path] of cases) {
    await t.step(name, async () => {
      assertProblem(await app.call("POST", "/api/auth/signup/", { body }), 400, code, path);
    });
  }
  await t.step("broken JSON", async () => {
    assertProblem(
      await app.call("POST", "/api/auth/signup/", { body: "{" }),
      400,
      "invalid_json",
    );
  });
  assertEquals(await app.storage.users.list({}, { limit: 10, after: null }), []);
});

Deno.test("signup: emails and usernames are unique whatever their case or form", async () => {
  await using app = await openAccounts();
  const sign = (change: Record<string, string>) =>
    app.call("POST", "/api/auth/signup/", { body: { ...ADA, ...change } });
  assertEquals((await sign({ username: "Zoë" })).status, 201);
  assertProblem(await sign({ username: "x", email: "ADA@school.EXAMPLE" }), 409, "email_taken");
  for (const username of ["zoë", "ZOË", "Zoe\u0308"]) {
    assertProblem(await sign({ username, email: "x@school.example" }), 409, "username_taken");
  }
  for (const [i, username] of ["李明", "Ольга Петрова", "محمد", "नेहा", "O'Brien-Łuk"].entries()) {
    const made = await sign({ username, email: `u${i}@school.example` });
    assertEquals([made.status, field(made.json, "user", "username")], [201, username]);
  }
});

Deno.test("signup follows the policy", async () => {
  await using students = await openAccounts({ signup: "students" });
  const teacher = await students.call("POST", "/api/auth/signup/", { body: ADA });
  assertProblem(teacher, 403, "signup_closed");
  assertMatch(text(teacher.json, "detail"), /Only students can sign up/);
  const student = await students.call("POST", "/api/auth/signup/", {
    body: { ...ADA, role: "STUDENT" },
  });
  assertEquals(student.status, 201);
  assertProblem(
    await students.call("POST", "/api/auth/signup/", { body: { ...ADA, role: "ADMIN" } }),
    400,
    "invalid_request",
    "role",
  );
  await using closed = await openAccounts({ signup: "closed" });
  for (const role of ["TEACHER", "STUDENT"]) {
    const answer = await closed.call("POST", "/api/auth/signup/", { body: { ...ADA, role } });
    assertProblem(answer, 403, "signup_closed");
  }
});
