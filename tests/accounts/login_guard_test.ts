import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createLocalLoginMemory } from "../../src/accounts/local_login_memory.ts";
import { createLoginGuard, type LoginGuard } from "../../src/accounts/login_guard.ts";
import { AppError } from "../../src/kernel/errors.ts";

const LIMITS = {
  accountAddress: { failures: 3, windowS: 60 },
  address: { failures: 6, windowS: 120 },
  account: { failures: 8, windowS: 3600 },
};

const fail = (guard: LoginGuard, account: string, address: string) =>
  guard.attempt({ account, address }, () => Promise.resolve(null));

const succeed = (guard: LoginGuard, account: string, address: string) =>
  guard.attempt({ account, address }, () => Promise.resolve("in"));

async function assertRefused(work: () => Promise<unknown>): Promise<AppError> {
  const error = await assertRejects(work, AppError);
  assertEquals(error.code, "rate_limited");
  return error;
}

/** A guard under a stopped clock. */
async function withGuard(
  work: (guard: LoginGuard, time: FakeTime) => Promise<void>,
  limits: Parameters<typeof createLoginGuard>[0] = LIMITS,
) {
  using time = new FakeTime();
  const guard = createLoginGuard(limits);
  try {
    await work(guard, time);
  } finally {
    guard.close();
  }
}

Deno.test("attempt() refuses an account from an address after its failures, until the window ends", () =>
  withGuard(async (guard, time) => {
    for (let i = 0; i < 3; i++) assertEquals(await fail(guard, "a", "192.0.2.1"), null);
    time.tick(10_500);
    const error = await assertRefused(() => succeed(guard, "a", "192.0.2.1"));
    assertEquals(error.retryAfterS, 50);
    assertEquals(error.limit, 3);
    assertEquals(await succeed(guard, "b", "192.0.2.1"), "in");
    assertEquals(await succeed(guard, "a", "192.0.2.2"), "in");
    time.tick(49_500);
    assertEquals(await succeed(guard, "a", "192.0.2.1"), "in");
  }));

Deno.test("attempt() runs nothing where it refuses, and a refusal does not extend the window", () =>
  withGuard(async (guard, time) => {
    for (let i = 0; i < 3; i++) await fail(guard, "a", "192.0.2.1");
    let ran = false;
    for (let i = 0; i < 5; i++) {
      time.tick(11_000);
      await assertRefused(() =>
        guard.attempt({ account: "a", address: "192.0.2.1" }, () => {
          ran = true;
          return Promise.resolve("in");
        })
      );
    }
    assert(!ran);
    time.tick(5_000);
    assertEquals(await succeed(guard, "a", "192.0.2.1"), "in");
  }));

Deno.test("attempt() forgives an account's failures from an address after a success there", () =>
  withGuard(async (guard) => {
    for (let round = 0; round < 3; round++) {
      await fail(guard, "a", "192.0.2.1");
      await fail(guard, "a", "192.0.2.1");
      if (round < 2) assertEquals(await succeed(guard, "a", "192.0.2.1"), "in");
    }
    assertEquals(await succeed(guard, "a", "192.0.2.1"), "in");
  }, { ...LIMITS, address: null }));

Deno.test("attempt() counts failures only", () =>
  withGuard(async (guard) => {
    for (let i = 0; i < 50; i++) assertEquals(await succeed(guard, "a", "192.0.2.1"), "in");
  }));

Deno.test("attempt() counts nothing where the check throws", () =>
  withGuard(async (guard) => {
    for (let i = 0; i < 5; i++) {
      await assertRejects(
        () =>
          guard.attempt(
            { account: "a", address: "192.0.2.1" },
            () => Promise.reject(new AppError("storage_unavailable")),
          ),
        AppError,
        "database",
      );
    }
    assertEquals(await succeed(guard, "a", "192.0.2.1"), "in");
  }));

Deno.test("attempt() refuses an address that tries many accounts, and lifts that where asked", async () => {
  await withGuard(async (guard) => {
    for (let i = 0; i < 6; i++) await fail(guard, `account ${i}`, "192.0.2.1");
    const error = await assertRefused(() => succeed(guard, "another", "192.0.2.1"));
    assertEquals(error.limit, 6);
    assertEquals(error.retryAfterS, 120);
    assertEquals(await succeed(guard, "another", "192.0.2.2"), "in");
  });
  await withGuard(async (guard) => {
    for (let i = 0; i < 20; i++) await fail(guard, `account ${i}`, "192.0.2.1");
    assertEquals(await succeed(guard, "another", "192.0.2.1"), "in");
  }, { ...LIMITS, address: null });
});

Deno.test("attempt() takes the addresses of one IPv6 network for one", () =>
  withGuard(async (guard) => {
    for (let i = 0; i < 3; i++) await fail(guard, "a", `2001:db8::${i}`);
    await assertRefused(() => succeed(guard, "a", "2001:db8::99"));
    assertEquals(await succeed(guard, "a", "2001:db8:0:1::1"), "in");
  }));

Deno.test("attempt() refuses slow guessing over many addresses, but not where the user was before", () =>
  withGuard(async (guard, time) => {
    assertEquals(await succeed(guard, "a", "192.0.2.1"), "in");
    for (let i = 0; i < 8; i++) {
      await fail(guard, "a", `198.51.100.${i}`);
      time.tick(200_000);
    }
    const error = await assertRefused(() => fail(guard, "a", "198.51.100.99"));
    assertEquals(error.limit, 8);
    await assertRefused(() => succeed(guard, "a", "203.0.113.5"));
    assertEquals(await succeed(guard, "a", "192.0.2.1"), "in");
    assertEquals(await succeed(guard, "b", "203.0.113.5"), "in");
    time.tick(2_000_000);
    assertEquals(await succeed(guard, "a", "203.0.113.5"), "in");
  }));

Deno.test("attempt() limits guesses from a familiar address too", () =>
  withGuard(async (guard) => {
    assertEquals(await succeed(guard, "a", "192.0.2.1"), "in");
    for (let i = 0; i < 3; i++) await fail(guard, "a", "192.0.2.1");
    await assertRefused(() => succeed(guard, "a", "192.0.2.1"));
  }));

Deno.test("attempt() lets a burst check no more than the limit, and refuses no success in it", async () => {
  await withGuard(async (guard) => {
    let checked = 0;
    const burst = await Promise.allSettled(
      Array.from(
        { length: 50 },
        () =>
          guard.attempt({ account: "a", address: "192.0.2.1" }, async () => {
            checked++;
            await Promise.resolve();
            return null;
          }),
      ),
    );
    assertEquals(checked, 3);
    assertEquals(burst.filter((b) => b.status === "rejected").length, 47);
  });
  await withGuard(async (guard) => {
    const school = await Promise.all(
      Array.from({ length: 200 }, (_, i) => succeed(guard, `pupil ${i}`, "192.0.2.1")),
    );
    assertEquals(school.length, 200);
  });
});

Deno.test("attempt() hands no account and no address to the memory in the clear", async () => {
  const memory = createLocalLoginMemory();
  const counts: ReturnType<typeof memory.counts>[] = [];
  const guard = createLoginGuard({
    memory: {
      counts(name, limit) {
        const made = memory.counts(name, limit);
        counts.push(made);
        return made;
      },
      close: () => memory.close(),
    },
  });
  await fail(guard, "ada@school.example", "192.0.2.1");
  await succeed(guard, "ada@school.example", "192.0.2.1");
  const keys = counts.flatMap((one) => one.dump().storage.map(({ key }) => `${key}`));
  assertEquals(keys.length, 3);
  assertEquals(keys.filter((key) => /ada|192/.test(key)), []);
  guard.close();
});
