import { assertEquals } from "@std/assert";
import { line } from "../../src/kernel/text.ts";
import { NO_LINE } from "../support/bad_values.ts";

Deno.test("line() trims and composes what people type, in any script", () => {
  assertEquals(line(1, 10).parse("  Ada \u00a0"), "Ada");
  assertEquals(line(1, 3).parse("e\u0301te\u0301"), "été");
  for (const text of ["नेहा", "محمد", "数学 7年", "👩‍🏫"]) assertEquals(line(1, 20).parse(text), text);
});

Deno.test("line() refuses what is no line of text", () => {
  for (const json of NO_LINE) {
    assertEquals([json, line(0, 100).safeParse(JSON.parse(json)).success], [json, false]);
  }
  for (const value of ["", "  ", "x".repeat(11), 7, null, ["x"]]) {
    assertEquals([value, line(1, 10).safeParse(value).success], [value, false]);
  }
});
