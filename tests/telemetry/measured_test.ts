import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AppError } from "../../src/kernel/errors.ts";
import { measured } from "../../src/telemetry/measured.ts";
import { createSeries, Timing } from "../../src/telemetry/series.ts";

const timings = () => createSeries(["verb", "outcome"], () => new Timing());

/** How often each verb came to each outcome. */
const counts = (series: ReturnType<typeof timings>) =>
  Object.fromEntries(
    [...series.all()].map(({ labels: { verb, outcome }, value }) => [
      `${verb} ${outcome}`,
      value.buckets.reduce((a, b) => a + b),
    ]),
  );

Deno.test("measured() notes verbs by name and outcome, also of ports within the port", async () => {
  const series = timings();
  const port = measured({
    users: {
      byId: (id: number) => Promise.resolve({ id }),
      create: () => Promise.reject(new AppError("email_taken")),
    },
    ready: () => Promise.reject(new AppError("storage_unavailable")),
    close: () => Promise.reject(new Error("what is this")),
  }, series);
  assertEquals(await port.users.byId(7), { id: 7 });
  assertEquals(await port.users.byId(8), { id: 8 });
  await assertRejects(() => port.users.create(), AppError);
  await assertRejects(() => port.ready(), AppError);
  await assertRejects(() => port.close(), Error, "what is this");
  assertEquals(counts(series), {
    "users.byId ok": 2,
    "users.create refused": 1,
    "ready failed": 1,
    "close failed": 1,
  });
});

Deno.test("measured() hands back the verb's own promise, and what is no promise as it is", async () => {
  const promise = Promise.resolve("own");
  const series = timings();
  const port = measured({
    verb: () => promise,
    listen: (n: number) => n + 1,
    broken: () => {
      throw new TypeError("thrown");
    },
    setting: 3,
    nothing: null,
  }, series);
  assert(port.verb() === promise);
  assertEquals(port.listen(1), 2);
  assertThrows(() => port.broken(), TypeError, "thrown");
  assertEquals([port.setting, port.nothing], [3, null]);
  await promise;
  assertEquals(counts(series), { "verb ok": 1 });
});

Deno.test("measured() notes how long it took until the promise was settled", async () => {
  const series = timings();
  const { promise, resolve } = Promise.withResolvers<void>();
  const { verb } = measured({ verb: () => promise }, series);
  const started = performance.now();
  const done = verb();
  while (performance.now() - started < 30);
  resolve();
  await done;
  const tookS = (performance.now() - started) / 1000;
  const noted = series.of("verb", "ok").sumS;
  assert(noted >= 0.03 && noted <= tookS, `${noted} of ${tookS}`);
});
