import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { AppError } from "../../src/kernel/errors.ts";
import { createHttpLimit } from "../../src/http/kit/rate_limit.ts";

Deno.test("createHttpLimit() allows so many requests per key and window", async () => {
  using time = new FakeTime();
  const limit = createHttpLimit({ points: 3, windowS: 60 });
  for (let i = 0; i < 3; i++) await limit("user:1");
  time.tick(15_000);
  const error = await assertRejects(() => limit("user:1"), AppError);
  assertEquals(error.code, "rate_limited");
  assertEquals(error.retryAfterS, 45);
  assertEquals(error.limit, 3);
  await limit("user:2");
  time.tick(45_000);
  await limit("user:1");
  limit.close();
});

Deno.test("createHttpLimit() takes the addresses of one IPv6 network for one", async () => {
  using _time = new FakeTime();
  const limit = createHttpLimit({ points: 2, windowS: 60 });
  await limit("address:2001:db8::1");
  await limit("address:2001:db8::2");
  await assertRejects(() => limit("address:2001:db8::3"), AppError);
  await limit("address:2001:db8:1::1");
  await limit("address:192.0.2.1");
  limit.close();
});

Deno.test("close() forgets every count", async () => {
  using _time = new FakeTime();
  const limit = createHttpLimit({ points: 1, windowS: 60 });
  await limit("user:1");
  limit.close();
  await limit("user:1");
  limit.close();
});
