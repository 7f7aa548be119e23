import { assertEquals } from "@std/assert";
import { AppError } from "../../src/kernel/errors.ts";
import { problemOf, withSample } from "./sample.ts";

const json = (value: unknown) => JSON.stringify(value);

Deno.test("mountRoutes() runs a POST with an Idempotency-Key once", async () => {
  await withSample(async ({ call, sample }) => {
    const make = (name: string, key: string, as: "TEACHER" | "ADMIN" = "TEACHER") =>
      call("POST", "/api/things/", {
        as,
        body: json({ name }),
        headers: { "Idempotency-Key": key },
      });
    const first = await (await make("Map", "k1")).text();
    const again = await make("Map", "k1");
    assertEquals([again.status, await again.text()], [201, first]);
    assertEquals(sample.things.length, 1);

    assertEquals((await problemOf(await make("Globe", "k1"))).code, "idempotency_mismatch");
    const elsewhere = await call("POST", "/api/class/1/things/", {
      as: "TEACHER",
      body: json({ name: "Map" }),
      headers: { "Idempotency-Key": "k1" },
    });
    assertEquals((await problemOf(elsewhere)).code, "idempotency_mismatch", "of another path");
    assertEquals((await make("Globe", "k2")).status, 201);
    assertEquals((await make("Map", "k1", "ADMIN")).status, 201, "keys belong to a user");
    assertEquals(sample.things.length, 3);

    for (const key of ["", "a b", "é", "x".repeat(256)]) {
      assertEquals((await problemOf(await make("Map", key))).code, "invalid_request");
    }
    assertEquals(sample.things.length, 3);
  });
});

Deno.test("mountRoutes() refuses a repeat while the first request still runs", async () => {
  await withSample(async ({ call, sample }) => {
    const entered = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    sample.beforeMake = () => {
      entered.resolve();
      return gate.promise;
    };
    const make = () =>
      call("POST", "/api/things/", {
        as: "TEACHER",
        body: json({ name: "Map" }),
        headers: { "Idempotency-Key": "k" },
      });
    const first = make();
    await entered.promise;
    const second = await make();
    assertEquals(second.status, 409);
    assertEquals(second.headers.get("retry-after"), "1");
    assertEquals((await problemOf(second)).code, "idempotency_in_flight");
    gate.resolve();
    assertEquals((await first).status, 201);
    assertEquals(sample.things.length, 1);
  });
});

Deno.test("mountRoutes() repeats a refusal, but lets a failure be tried again", async () => {
  await withSample(async ({ call, sample }) => {
    const make = (key: string) =>
      call("POST", "/api/things/", {
        as: "TEACHER",
        body: json({ name: "Map" }),
        headers: { "Idempotency-Key": key },
      });
    sample.beforeMake = () => Promise.reject(new AppError("class_name_taken"));
    const refused = await (await make("a")).text();
    sample.beforeMake = () => Promise.reject(new AppError("storage_unavailable"));
    const failed = await make("b");
    assertEquals([failed.status, failed.headers.get("retry-after")], [503, "1"]);
    sample.beforeMake = () => Promise.resolve();
    const again = await make("a");
    assertEquals([again.status, await again.text()], [409, refused]);
    assertEquals(again.headers.get("content-type"), "application/problem+json");
    assertEquals((await make("b")).status, 201);
  });
});

Deno.test("mountRoutes() answers what was done, and does not do it again, when the answer can't be kept", async () => {
  await withSample(async ({ call, sample, storage }) => {
    const make = () =>
      call("POST", "/api/things/", {
        as: "TEACHER",
        body: json({ name: "Map" }),
        headers: { "Idempotency-Key": "k" },
      });
    // The database goes away after the claim and before the answer is kept.
    sample.beforeMake = () => storage.close();
    assertEquals((await make()).status, 201);
    assertEquals(sample.things.length, 1);
  });
});
