import { assert, assertEquals, assertMatch } from "@std/assert";
import { UnsecuredJWT } from "jose";
import { ADA, assertProblem, field, openAccounts, PASSWORD, text } from "./accounts_app.ts";

Deno.test("login and token sign in by email or username, in any case", async () => {
  await using app = await openAccounts();
  const user = await app.users.create({ ...ADA, username: "Zoë Ångström", role: "STUDENT" });
  const pairs: unknown[] = [];
  for (const email of ["Ada@School.example", "ada@SCHOOL.example", " ada@school.example "]) {
    const answer = await app.logIn(email);
    assertEquals(answer.status, 200);
    assertEquals(Object.keys(answer.json), ["token"]);
    pairs.push(field(answer.json, "token"));
  }
  for (
    const name of [
      { username: "zoë ångström" },
      { username: "ZOË ÅNGSTRÖM".normalize("NFD") },
      { username: "ada@school.example" },
      { email: "ada@school.example" },
      { email: "ada@school.example", username: "somebody else" },
    ]
  ) {
    const answer = await app.call("POST", "/api/token/", { body: { ...name, password: PASSWORD } });
    assertEquals(answer.status, 200, answer.text);
    assertEquals(Object.keys(answer.json).sort(), ["access", "refresh"]);
    pairs.push(answer.json);
  }
  for (const pair of pairs) {
    assertMatch(text(pair, "refresh"), /^[A-Za-z0-9_-]{43}$/);
    const me = await app.call("GET", "/api/auth/me/", { token: text(pair, "access") });
    assertEquals(me.json, {
      user: {
        id: user.id,
        username: "Zoë Ångström",
        email: ADA.email,
        role: "STUDENT",
        name: "Zoë Ångström",
        number: null,
      },
    });
  }
});

Deno.test("login answers unknown, wrong and inactive alike", async () => {
  await using app = await openAccounts();
  await app.users.create({ ...ADA, role: "TEACHER" });
  const gone = await app.makeUser("gone", "STUDENT");
  await app.users.deactivate(gone.id);
  const answers = [
    await app.logIn("nobody@school.example"),
    await app.logIn(ADA.email, "wrong password"),
    await app.logIn(ADA.email, "x".repeat(1000)),
    await app.logIn(gone.email),
    await app.call("POST", "/api/token/", { body: { username: "nobody", password: PASSWORD } }),
    await app.call("POST", "/api/token/", { body: { username: "gone", password: PASSWORD } }),
  ];
  for (const answer of answers) {
    assertProblem(answer, 401, "invalid_credentials");
    assertEquals(answer.text, answers[0]?.text);
    assertEquals(answer.headers.get("www-authenticate"), "Bearer");
  }
});

Deno.test("login checks one password whoever is asked for, so that its time tells nothing", async () => {
  await using app = await openAccounts();
  const { id } = await app.users.create({ ...ADA, role: "TEACHER" });
  const checksOf = async (email: string, password: string) => {
    const before = app.checks.count;
    await app.logIn(email, password);
    return app.checks.count - before;
  };
  assertEquals(await checksOf(ADA.email, PASSWORD), 1);
  assertEquals(await checksOf(ADA.email, "wrong password"), 1);
  assertEquals(await checksOf("nobody@school.example", "wrong password"), 1);
  await app.storage.users.update(id, { active: false });
  assertEquals(await checksOf(ADA.email, PASSWORD), 1);
});

Deno.test("login and token refuse bad fields by name", async () => {
  await using app = await openAccounts();
  const cases: [string, unknown, string][] = [
    ["/api/auth/login/", { password: "x" }, "email"],
    ["/api/auth/login/", { email: "a@b.example", password: "" }, "password"],
    ["/api/token/", { password: "x" }, "username"],
    ["/api/token/refresh/", {}, "refresh"],
    ["/api/auth/logout/", {}, "refresh"],
  ];
  for (const [path, body, name] of cases) {
    assertProblem(await app.call("POST", path, { body }), 400, "invalid_request", name);
  }
});

Deno.test("me wants a valid token of an active user, and shows the user as stored", async (t) => {
  await using app = await openAccounts({ accessTtlMs: 60_000 });
  const { id, access } = await app.signedIn("ada", "STUDENT");
  const me = (headers: Record<string, string>) => app.call("GET", "/api/auth/me/", { headers });
  await t.step("without credentials", async () => {
    for (const value of [undefined, "Basic YTpi", "Bearer ", access]) {
      const headers: Record<string, string> = value === undefined ? {} : { Authorization: value };
      const answer = await me(headers);
      assertProblem(answer, 401, "authentication_required");
      assertEquals(
        answer.json["detail"],
        "Authentication required. Please provide a valid JWT token.",
      );
    }
  });
  await t.step("with what is no token of ours", async () => {
    const unsigned = new UnsecuredJWT({ sub: "1" }).encode();
    for (const token of ["x", unsigned, `${access}x`, access.slice(0, -3)]) {
      assertProblem(await me({ Authorization: `Bearer ${token}` }), 401, "token_invalid");
    }
  });
  await t.step("with a token of a user there never was", async () => {
    const token = await app.tokens.issue({ userId: 99, role: "ADMIN" });
    assertProblem(await me({ Authorization: `Bearer ${token}` }), 401, "token_invalid");
  });
  await t.step("with the scheme in any case, with and without the slash", async () => {
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      assertEquals((await me({ Authorization: `${scheme} ${access}` })).status, 200);
    }
    assertEquals((await app.call("GET", "/api/auth/me", { token: access })).status, 200);
  });
  await t.step("after the role changed", async () => {
    await app.users.update(id, { role: "TEACHER" });
    const answer = await app.call("GET", "/api/auth/me/", { token: access });
    assertEquals(field(answer.json, "user", "role"), "TEACHER");
    const { actor } = await app.auth.authenticateToken(access);
    assertEquals(actor, { userId: id, role: "TEACHER" });
  });
  await t.step("after the deactivation, at once", async () => {
    await app.users.deactivate(id);
    const answer = await app.call("GET", "/api/auth/me/", { token: access });
    assertProblem(answer, 401, "account_inactive");
    await app.users.update(id, { active: true });
    assertEquals((await app.call("GET", "/api/auth/me/", { token: access })).status, 200);
  });
  await t.step("after it expired", async () => {
    app.clock.ms += 60_000;
    assertProblem(
      await app.call("GET", "/api/auth/me/", { token: access }),
      401,
      "token_expired",
    );
  });
});

Deno.test("login refuses further guesses with 429, whichever handle is used", async () => {
  await using app = await openAccounts({
    limits: { accountAddress: { failures: 4, windowS: 600 } },
  });
  const ada = await app.makeUser("ada", "TEACHER");
  for (let i = 0; i < 2; i++) {
    assertProblem(await app.logIn(ada.email.toUpperCase(), "wrong"), 401, "invalid_credentials");
    const byName = await app.call("POST", "/api/token/", {
      body: { username: "Ada", password: "wrong" },
    });
    assertProblem(byName, 401, "invalid_credentials");
  }
  const refused = await app.logIn(ada.email);
  assertProblem(refused, 429, "rate_limited");
  const wait = Number(refused.headers.get("retry-after"));
  assert(wait > 590 && wait <= 600);
  assertEquals(refused.headers.get("ratelimit-limit"), "4");
  assertEquals(refused.headers.get("ratelimit-remaining"), "0");
  assertEquals(refused.headers.get("ratelimit-reset"), `${wait}`);
  assertEquals((await app.logIn(ada.email, PASSWORD, "192.0.2.2")).status, 200);
});

Deno.test("login limits guesses for accounts that do not exist in the same way", async () => {
  await using app = await openAccounts({
    limits: { accountAddress: { failures: 2, windowS: 600 } },
  });
  for (const email of ["No@school.example", "no@school.example"]) {
    assertEquals((await app.logIn(email)).status, 401);
  }
  assertEquals((await app.logIn("NO@school.example")).status, 429);
});

Deno.test("password limits guesses of the present password with those of the login", async () => {
  await using app = await openAccounts({
    limits: { accountAddress: { failures: 2, windowS: 600 } },
  });
  const { access } = await app.signedIn("ada", "TEACHER");
  const change = () =>
    app.call("POST", "/api/auth/password/", {
      token: access,
      body: { current: "wrong", next: "nine loud geese" },
    });
  assertProblem(await change(), 400, "invalid_request", "current");
  assertEquals((await app.logIn("ada@school.example", "wrong")).status, 401);
  assertProblem(await change(), 429, "rate_limited");
});
