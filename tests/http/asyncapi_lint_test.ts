import { assert, assertEquals } from "@std/assert";
import { asyncApiFaults, protocolDocument } from "../support/asyncapi_check.ts";
import { lint } from "../support/lint.ts";

Deno.test("asyncApiDocument() is a document as AsyncAPI 3.0 wants it", () => {
  assertEquals(asyncApiFaults(protocolDocument()), []);
});

Deno.test("asyncApiDocument() passes the linter", async () => {
  assertEquals(await lint(protocolDocument()), []);
});

Deno.test("the checks of AsyncAPI documents find faults", async () => {
  const damaged = { asyncapi: "3.0.0", info: { title: "x" }, channels: { a: { adress: "/" } } };
  assert(asyncApiFaults(damaged).length > 0);
  assert((await lint(damaged)).length > 0);
});
