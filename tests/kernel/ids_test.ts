import { assertEquals } from "@std/assert";
import { idInput, idParam } from "../../src/kernel/ids.ts";
import { NO_IDS } from "../support/bad_values.ts";

Deno.test("an id is a positive whole number in plain digits, up to the exact ones of JSON", () => {
  for (const id of [1, 42, Number.MAX_SAFE_INTEGER]) {
    assertEquals(idInput.parse(id), id);
    assertEquals(idInput.parse(`${id}`), id);
    assertEquals(idParam.parse(`${id}`), id);
  }
});

Deno.test("no other text is an id, whatever number some parser would make of it", () => {
  for (const text of NO_IDS) {
    assertEquals([text, idInput.safeParse(text).success], [text, false]);
    assertEquals([text, idParam.safeParse(text).success], [text, false]);
  }
});

Deno.test("what is neither a number nor a text is no id, nor is any other number", () => {
  for (const value of [0, -1, 1.5, 2 ** 53, NaN, Infinity, null, undefined, true, [1], { a: 1 }]) {
    assertEquals([value, idInput.safeParse(value).success], [value, false]);
  }
  assertEquals(idParam.safeParse(1).success, false);
});
