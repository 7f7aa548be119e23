import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from "jose";
import { createTokens } from "../../src/accounts/token.ts";
import { AppError, type ErrorCode } from "../../src/kernel/errors.ts";

const OLD = "the old secret, at least 32 characters long";
const NEW = "the new secret, at least 32 characters long";
const START_MS = Date.UTC(2026, 8, 1, 8);
const ACTOR = { userId: 7, role: "TEACHER", generation: 3 } as const;

async function make({ secrets = [NEW], accessTtlMs = 60_000 } = {}) {
  const clock = { ms: START_MS };
  const tokens = await createTokens({ secrets, accessTtlMs, now: () => clock.ms });
  return { tokens, clock };
}

async function assertCode(code: ErrorCode, work: () => Promise<unknown>) {
  const error = await assertRejects(work, AppError);
  assertEquals(error.code, code);
}

/** A token like ours, but for what is given. */
async function forge(
  { secret = NEW, alg = "HS256", kid, claims = {}, drop = [] }: {
    secret?: string;
    alg?: string;
    kid?: string | undefined;
    claims?: Record<string, unknown>;
    drop?: string[];
  },
): Promise<string> {
  const { tokens } = await make();
  const ours = await tokens.issue(ACTOR);
  const header = decodeProtectedHeader(ours);
  const payload: Record<string, unknown> = { ...decodeJwt(ours), ...claims };
  for (const name of drop) delete payload[name];
  return new SignJWT(payload)
    .setProtectedHeader({ alg, kid: kid ?? String(header.kid) })
    .sign(new TextEncoder().encode(secret));
}

Deno.test("issue() makes a token that verify() accepts until it expires", async () => {
  const { tokens, clock } = await make();
  const token = await tokens.issue(ACTOR);
  assertEquals(await tokens.verify(token), {
    userId: 7,
    generation: 3,
    expiresAtMs: START_MS + 60_000,
  });
  clock.ms = START_MS + 59_999;
  assertEquals((await tokens.verify(token)).userId, 7);
  clock.ms = START_MS + 60_000;
  await assertCode("token_expired", () => tokens.verify(token));
  await assertCode("token_expired", () => tokens.verify(token));
});

Deno.test("issue() states issuer, audience, role, times and an id of its own", async () => {
  const { tokens } = await make();
  const [one, two] = [await tokens.issue(ACTOR), await tokens.issue(ACTOR)];
  const claims = decodeJwt(one);
  assertEquals(claims.iss, "live-attendance");
  assertEquals(claims.aud, "live-attendance");
  assertEquals(claims.sub, "7");
  assertEquals(claims["role"], "TEACHER");
  assertEquals((claims.exp ?? 0) - (claims.iat ?? 0), 60);
  assertNotEquals(claims.jti, decodeJwt(two).jti);
  const header = decodeProtectedHeader(one);
  assertEquals(header.alg, "HS256");
  assert(/^[0-9a-f]{8}$/.test(String(header.kid)));
});

Deno.test("recall() knows a token at once, after it was verified", async () => {
  const { tokens, clock } = await make();
  const token = await tokens.issue(ACTOR);
  assertEquals(tokens.recall(token), null);
  await tokens.verify(token);
  assertEquals(tokens.recall(token)?.userId, 7);
  clock.ms += 60_000;
  assertEquals(assertThrows(() => tokens.recall(token), AppError).code, "token_expired");
});

Deno.test("recall() forgets the oldest of 10,000 tokens, verify() still knows it", async () => {
  const { tokens } = await make();
  const first = await tokens.issue(ACTOR);
  await tokens.verify(first);
  for (let i = 0; i < 10_000; i++) await tokens.verify(await tokens.issue(ACTOR));
  assertEquals(tokens.recall(first), null);
  assertEquals((await tokens.verify(first)).userId, 7);
});

Deno.test("verify() accepts a rotated secret's tokens while it is listed, and signs with the first", async () => {
  const { tokens: before } = await make({ secrets: [OLD] });
  const token = await before.issue(ACTOR);
  const { tokens: during } = await make({ secrets: [NEW, OLD] });
  assertEquals((await during.verify(token)).userId, 7);
  const fresh = await during.issue(ACTOR);
  await assertCode("token_invalid", () => before.verify(fresh));
  const { tokens: after } = await make({ secrets: [NEW] });
  assertEquals((await after.verify(fresh)).userId, 7);
  await assertCode("token_invalid", () => after.verify(token));
});

Deno.test("verify() refuses what is not exactly ours", async (t) => {
  const { tokens } = await make();
  const genuine = await tokens.issue(ACTOR);
  const [header = "", payload = "", signature = ""] = genuine.split(".");
  const cases: Record<string, string> = {
    "nothing": "",
    "no JWT": "abc",
    "three empty parts": "..",
    "alg none": new UnsecuredJWT(decodeJwt(genuine)).encode(),
    "alg none with our header": `${btoa('{"alg":"none"}')}.${payload}.`,
    "another secret": await forge({ secret: OLD }),
    "HS512 with our secret": await forge({ alg: "HS512" }),
    "an unknown kid": await forge({ kid: "00000000" }),
    "an inherited property as kid": await forge({ kid: "constructor" }),
    "another audience": await forge({ claims: { aud: "other" } }),
    "another issuer": await forge({ claims: { iss: "other" } }),
    "no expiry": await forge({ drop: ["exp"] }),
    "no subject": await forge({ drop: ["sub"] }),
    "no id": await forge({ drop: ["jti"] }),
    "a subject like 07": await forge({ claims: { sub: "07" } }),
    "a subject like 7e0": await forge({ claims: { sub: "7e0" } }),
    "not valid yet": await forge({ claims: { nbf: START_MS / 1000 + 3600 } }),
    "a changed payload": `${header}.${payload.slice(0, -2)}AA.${signature}`,
    "a cut signature": genuine.slice(0, -4),
    "more behind it": `${genuine}.x`,
  };
  for (const [name, token] of Object.entries(cases)) {
    await t.step(name, () => assertCode("token_invalid", () => tokens.verify(token)));
  }
  await t.step("expired, with a good signature", async () => {
    const old = await forge({ claims: { exp: START_MS / 1000 - 1 } });
    await assertCode("token_expired", () => tokens.verify(old));
  });
  await t.step("expired, with a bad signature", async () => {
    const old = await forge({ secret: OLD, claims: { exp: START_MS / 1000 - 1 } });
    await assertCode("token_invalid", () => tokens.verify(old));
  });
});

Deno.test("forge() makes a valid token where nothing is changed", async () => {
  const { tokens } = await make();
  assertEquals((await tokens.verify(await forge({}))).userId, 7);
});

Deno.test("createTokens() wants a secret", async () => {
  await assertRejects(() => make({ secrets: [] }), Error, "no secret");
});
