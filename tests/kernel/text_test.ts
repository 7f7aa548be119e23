import { assertEquals } from "@std/assert";
import { line } from "../../src/kernel/text.ts";

const problem = (text: string, min = 1, max = 3) =>
  line(min, max).safeParse(text).error?.issues[0]?.message ?? null;

Deno.test("line() counts characters as people do, whatever they take in memory", () => {
  assertEquals(problem("𠮷𠮷𠮷"), null);
  assertEquals(problem("𠮷𠮷𠮷𠮷"), "must have at most 3 characters");
  assertEquals(problem("e\u0301e\u0301e\u0301"), null, "counted as it is stored, in NFC");
  assertEquals(problem("  a  "), null);
  assertEquals(problem("   "), "must not be empty");
});

Deno.test("line() refuses what is no line of text", () => {
  for (const text of ["a\u0000", "a\nb", "\u007f", "\u0085"]) {
    assertEquals(problem(text), "must not hold control characters", JSON.stringify(text));
  }
  assertEquals(problem("\ud800"), "must be well-formed Unicode");
});
