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

Deno.test("line() counts characters as people do, whatever they take in memory", () => {
  const problem = (text: string) => line(1, 3).safeParse(text).error?.issues[0]?.message ?? null;
  assertEquals(problem("𠮷𠮷𠮷"), null);
  assertEquals(problem("𠮷𠮷𠮷𠮷"), "must have at most 3 characters");
  assertEquals(problem("\ud800"), "must be well-formed Unicode");
});
