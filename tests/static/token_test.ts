import { assertEquals } from "@std/assert";
import { lifetimeOf, withoutSecrets } from "../../static/app/token.js";
import { backoffMs } from "../../static/app/backoff.js";

const jwt = (claims: unknown) =>
  `e30.${
    new TextEncoder().encode(JSON.stringify(claims)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    })
  }.sig`;

Deno.test("lifetimeOf() reads a token's times and bears any text", () => {
  assertEquals(lifetimeOf(jwt({ iat: 100, exp: 160, name: "Зоë" })), {
    issuedAtMs: 100_000,
    expiresAtMs: 160_000,
  });
  for (const text of ["", "a.b.c", "e30", jwt({}), jwt(null), jwt({ exp: "soon" })]) {
    assertEquals(lifetimeOf(text), null, text);
  }
});

Deno.test("withoutSecrets() hides tokens and passwords at any depth", () => {
  const frames = [{ event: "AUTH", data: { token: "abc" } }, { refresh: "r", password: "p" }];
  assertEquals<unknown>(withoutSecrets(frames), [
    { event: "AUTH", data: { token: "(hidden)" } },
    { refresh: "(hidden)", password: "(hidden)" },
  ]);
  assertEquals<unknown>(withoutSecrets({ token: { access: "a" }, next: null }), {
    token: { access: "(hidden)" },
    next: null,
  });
});

Deno.test("backoffMs() doubles up to 30 s and spreads over the upper half", () => {
  assertEquals([0, 1, 2, 4, 5, 60].map((attempt) => backoffMs(attempt, () => 0)), [
    500,
    1_000,
    2_000,
    8_000,
    15_000,
    15_000,
  ]);
  assertEquals(backoffMs(0, () => 0.999999), 1_000);
  assertEquals(backoffMs(60, () => 0.999999), 30_000);
});
