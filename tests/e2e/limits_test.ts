/** How much one client may ask, and that nobody else pays for it. */
import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import type { Answer } from "../support/api.ts";
import { onStage, PASSWORD, type Person, type Stage } from "./stage.ts";

const LIMITED = { env: { RATE_LIMIT: "on" } };
const PER_MINUTE = 1_200;

async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  const AT_ONCE = 24;
  for (let done = 0; done < count; done += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - done) }, work));
  }
}

/** What a 429 tells besides its problem. */
function assertLimited({ status, headers, body }: Answer, limit: number): void {
  assertEquals([status, body.code], [429, "rate_limited"]);
  const seconds = Number(headers.get("retry-after"));
  assert(Number.isInteger(seconds) && seconds >= 1, headers.get("retry-after") ?? "none");
  assertEquals(headers.get("ratelimit-limit"), `${limit}`);
  assertEquals(headers.get("ratelimit-remaining"), "0");
  assertEquals(headers.get("ratelimit-reset"), `${seconds}`);
}

Deno.test("a user who asks too often gets 429 and when to come back, nobody else does", async () => {
  await onStage(async ({ api, people }) => {
    const me = ({ token }: Person) => api.call("GET", "/api/auth/me/", { token });
    // The window may end in between, so a few more than the limit are sent.
    await times(2 * PER_MINUTE, () => me(people.student));
    assertLimited(await me(people.student), PER_MINUTE);
    assertEquals((await me(people.classmate)).status, 200);
    assertEquals((await api.call("GET", "/healthz")).status, 200);
    assertEquals((await api.call("GET", "/api/schema/")).status, 200);
  }, LIMITED);
});

Deno.test("wrong tokens are counted by their address", async () => {
  await onStage(async ({ api, people }) => {
    const guess = () => api.call("GET", "/api/auth/me/", { token: "x" });
    await times(2 * PER_MINUTE, guess);
    assertLimited(await guess(), PER_MINUTE);
    const { token } = people.teacher;
    assertEquals((await api.call("GET", "/api/auth/me/", { token })).status, 200);
  }, LIMITED);
});

/** Fails to sign in as `spare`, from where `X-Forwarded-For` says. */
const failFrom = ({ api, people }: Stage, forwarded: string) =>
  api.call("POST", "/api/auth/login/", {
    body: { email: people.spare.email, password: "not the password" },
    headers: { "X-Forwarded-For": forwarded },
  });

const LOGIN_FAILURES = 10;

Deno.test("passwords are guessed ten times, then 429, also where the HTTP limits are off", async () => {
  await onStage(async (stage) => {
    const { api, people } = stage;
    for (let i = 0; i < LOGIN_FAILURES; i++) {
      assertEquals((await failFrom(stage, `203.0.113.${i}`)).status, 401);
    }
    // Without TRUST_PROXY the field says nothing.
    assertLimited(await failFrom(stage, "203.0.113.99"), LOGIN_FAILURES);
    const body = { username: people.spare.username, password: PASSWORD };
    assertLimited(await api.call("POST", "/api/token/", { body }), LOGIN_FAILURES);
    const other = { email: people.student.email, password: PASSWORD };
    assertEquals((await api.call("POST", "/api/auth/login/", { body: other })).status, 200);
  });
});

Deno.test("behind a trusted proxy the caller is the last address of X-Forwarded-For", async () => {
  await onStage(async (stage) => {
    for (let i = 0; i < LOGIN_FAILURES; i++) {
      // What stands before the proxy's own entry is the caller's invention.
      assertEquals((await failFrom(stage, `198.51.100.${i}, 203.0.113.1`)).status, 401);
    }
    assertLimited(await failFrom(stage, "198.51.100.99, 203.0.113.1"), LOGIN_FAILURES);
    assertEquals((await failFrom(stage, "203.0.113.1, 203.0.113.2")).status, 401);
  }, { env: { TRUST_PROXY: "on" } });
});

Deno.test("a socket that sends too many frames gets rate_limited, then 4429", async () => {
  await onStage(async (stage) => {
    const { teacher } = stage.people;
    const other = await stage.connect(teacher);
    const socket = await stage.connect(teacher);
    // So many that a server of any speed cuts it off.
    for (let i = 0; i < 4_000; i++) socket.send("PING", {}, i);
    await assertRejects(() => socket.request("PING"), Error, "before the close with 4429");
    const answered = socket.frames.slice(1);
    const limited = answered.filter(({ event }) => event === "ERROR");
    assertGreater(answered.length - limited.length, 199);
    assertGreater(limited.length, 0);
    for (const { data, id } of limited) {
      assertEquals([data.code, typeof id], ["rate_limited", "number"]);
    }
    assertEquals((await other.request("PING")).event, "PONG");
  }, { env: { FRAME_RATE: "50" } });
});
