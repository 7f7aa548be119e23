import { assertEquals, assertNotEquals } from "@std/assert";
import { AppError } from "../../src/kernel/errors.ts";
import { assertProblem, openAccounts, PASSWORD, text } from "./accounts_app.ts";

Deno.test("refresh rotates, and a used token revokes its whole family, not another", async () => {
  await using app = await openAccounts();
  const { access, refresh } = await app.signedIn("ada", "TEACHER");
  const other = text((await app.logIn("ada@school.example")).json, "token", "refresh");
  const renew = (token: string) =>
    app.call("POST", "/api/token/refresh/", { body: { refresh: token } });

  const second = await renew(refresh);
  assertEquals(second.status, 200);
  assertEquals(Object.keys(second.json).sort(), ["access", "refresh"]);
  assertNotEquals(second.json["refresh"], refresh);
  assertNotEquals(second.json["access"], access);
  const me = await app.call("GET", "/api/auth/me/", { token: text(second.json, "access") });
  assertEquals(me.status, 200);
  const third = await renew(text(second.json, "refresh"));
  assertEquals(third.status, 200);

  assertProblem(await renew(refresh), 401, "token_reused");
  assertEquals((await renew(text(third.json, "refresh"))).status, 401);
  assertEquals((await renew(other)).status, 200);
});

Deno.test("refresh refuses unknown, expired, access and deactivated tokens", async () => {
  await using app = await openAccounts({ refreshTtlMs: 60_000 });
  const { id, access, refresh } = await app.signedIn("ada", "STUDENT");
  const renew = (token: string) =>
    app.call("POST", "/api/token/refresh/", { body: { refresh: token } });
  assertProblem(await renew("x".repeat(43)), 401, "token_invalid");
  assertProblem(await renew(access), 401, "token_invalid");
  app.clock.ms += 59_000;
  const renewed = await renew(refresh);
  assertEquals(renewed.status, 200);
  app.clock.ms += 60_000;
  assertProblem(await renew(text(renewed.json, "refresh")), 401, "token_invalid");

  const again = text((await app.logIn("ada@school.example")).json, "token", "refresh");
  await app.storage.users.update(id, { active: false });
  // With the account its refresh tokens ended.
  assertProblem(await renew(again), 401, "token_invalid");
});

Deno.test("refresh tokens are stored as hashes only", async () => {
  await using app = await openAccounts();
  const { id, refresh } = await app.signedIn("ada", "TEACHER");
  const rotated = await app.storage.tokens.rotate({
    hash: refresh,
    nextHash: "x",
    nextExpiresAt: new Date(app.clock.ms + 1000).toISOString(),
    at: new Date(app.clock.ms).toISOString(),
  });
  assertEquals(rotated.outcome, "unknown");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(refresh));
  assertEquals(
    await app.storage.tokens.rotate({
      hash: new Uint8Array(digest).toHex(),
      nextHash: "y",
      nextExpiresAt: new Date(app.clock.ms + 1000).toISOString(),
      at: new Date(app.clock.ms).toISOString(),
    }),
    { outcome: "rotated", userId: id, generation: 0 },
  );
});

Deno.test("logout revokes the family, and answers the same for any token", async () => {
  await using app = await openAccounts();
  const { refresh } = await app.signedIn("ada", "TEACHER");
  const logOut = (token: string) =>
    app.call("POST", "/api/auth/logout/", { body: { refresh: token } });
  const renewed = await app.call("POST", "/api/token/refresh/", { body: { refresh } });
  const out = await logOut(refresh);
  assertEquals([out.status, out.text], [204, ""]);
  const after = await app.call("POST", "/api/token/refresh/", {
    body: { refresh: text(renewed.json, "refresh") },
  });
  assertEquals(after.status, 401);
  assertEquals((await logOut(refresh)).status, 204);
  assertEquals((await logOut("unknown")).status, 204);
});

Deno.test("password changes the own password and ends every sign-in", async () => {
  await using app = await openAccounts();
  const { access, refresh } = await app.signedIn("ada", "STUDENT");
  const other = text((await app.logIn("ada@school.example")).json, "token", "refresh");
  const change = (current: string, next: string) =>
    app.call("POST", "/api/auth/password/", { token: access, body: { current, next } });

  assertProblem(await change("wrong", "nine loud geese"), 400, "invalid_request", "current");
  assertProblem(await change(PASSWORD, "password1"), 400, "weak_password", "next");
  assertProblem(await change(PASSWORD, "ADA@school.example"), 400, "weak_password", "next");
  assertProblem(await change("", "nine loud geese"), 400, "invalid_request", "current");
  assertEquals((await app.logIn("ada@school.example")).status, 200);

  const done = await change(PASSWORD, "nine loud geese");
  assertEquals([done.status, done.text], [204, ""]);
  for (const token of [refresh, other]) {
    const renewed = await app.call("POST", "/api/token/refresh/", { body: { refresh: token } });
    assertEquals(renewed.status, 401);
  }
  const me = await app.call("GET", "/api/auth/me/", { token: access });
  assertProblem(me, 401, "token_invalid");
  assertEquals((await app.logIn("ada@school.example")).status, 401);
  const again = await app.logIn("ada@school.example", "nine loud geese");
  const fresh = { token: text(again.json, "token", "access") };
  assertEquals((await app.call("GET", "/api/auth/me/", fresh)).status, 200);
});

Deno.test("a password that an administrator sets ends access tokens at once", async () => {
  await using app = await openAccounts();
  const { access: token } = await app.signedIn("root", "ADMIN");
  const { access, id } = await app.signedIn("ada", "STUDENT");
  const body = { password: "nine loud geese" };
  assertEquals((await app.call("PATCH", `/api/users/${id}/`, { token, body })).status, 200);
  const me = await app.call("GET", "/api/auth/me/", { token: access });
  assertProblem(me, 401, "token_invalid");
  assertEquals(app.control, [{ type: "user", userId: id }]);
});

Deno.test("a login whose password is changed, or whose user goes, while it is checked fails", async () => {
  await using app = await openAccounts();
  const { access: token } = await app.signedIn("root", "ADMIN");
  for (
    const [name, change] of [["ada", { password: "nine loud geese" }], ["eve", {
      active: false,
    }]] as const
  ) {
    const { id, email } = await app.makeUser(name, "STUDENT");
    app.checks.meanwhile = () => app.call("PATCH", `/api/users/${id}/`, { token, body: change });
    assertProblem(await app.logIn(email), 401, "invalid_credentials");
  }
});

Deno.test("a refresh that a new password crosses gives no token that outlives it", async () => {
  await using app = await openAccounts();
  const { refresh, id } = await app.signedIn("ada", "TEACHER");
  const { rotate } = app.storage.tokens;
  const families = {
    ...app.storage.tokens,
    // The rotation's answer is on its way while an administrator sets a new password.
    async rotate(input: Parameters<typeof rotate>[0]) {
      const turn = await rotate(input);
      await app.users.update(id, { password: "nine loud geese" });
      return turn;
    },
  };
  const { access } = await app.authWith({ families }).refresh(refresh);
  const me = await app.call("GET", "/api/auth/me/", { token: access });
  assertProblem(me, 401, "token_invalid");
});

Deno.test("a changed password is answered as changed, also where the news of it are lost", async () => {
  await using app = await openAccounts();
  const { access, id } = await app.signedIn("ada", "TEACHER");
  const lost: unknown[] = [];
  const auth = app.authWith({
    news: { changed: () => Promise.reject(new AppError("live_unavailable")) },
    report: (error) => lost.push(error),
  });
  await auth.changePassword({ userId: id, role: "TEACHER" }, {
    current: PASSWORD,
    next: "nine loud geese",
    address: "192.0.2.1",
  });
  assertEquals(lost.length, 1);
  const me = await app.call("GET", "/api/auth/me/", { token: access });
  assertProblem(me, 401, "token_invalid");
});
