import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import Papa from "papaparse";
import { handlesFromCsv } from "../../src/imports/handles.ts";
import { importBody, MAX_IMPORT_ROWS } from "../../src/imports/schema.ts";
import { AppError } from "../../src/kernel/errors.ts";

Deno.test("handlesFromCsv() takes the first column where there is no header", () => {
  assertEquals(handlesFromCsv("ann\nbob\n"), ["ann", "bob"]);
  assertEquals(handlesFromCsv("ann,7b\r\nbob,7b"), ["ann", "bob"]);
  assertEquals(handlesFromCsv("ann;7b\nbob;8a"), ["ann", "bob"]);
  assertEquals(handlesFromCsv(""), []);
});

Deno.test("handlesFromCsv() finds the column by its heading, in any case and place", () => {
  assertEquals(handlesFromCsv("name,E-Mail\nAnn,a@b.c"), ["a@b.c"]);
  assertEquals(handlesFromCsv("\uFEFFUserName\nann"), ["ann"]);
  assertEquals(handlesFromCsv("class,student\n7b,ann"), ["ann"]);
  assertEquals(handlesFromCsv("username,email\nann,a@b.c\nbob,"), ["a@b.c", "bob"]);
});

Deno.test("handlesFromCsv() leaves blank rows and blank cells out", () => {
  assertEquals(handlesFromCsv("email,name\n\n , \na@b.c,Ann\n,Bob\n\n"), ["a@b.c"]);
});

Deno.test("handlesFromCsv() refuses a quotation mark that is never closed", () => {
  const error = assertThrows(() => handlesFromCsv('email\n"ann\nbob'), AppError);
  assertEquals(error.code, "invalid_request");
});

Deno.test("handlesFromCsv() reads back whatever was written as CSV with a header", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).map((text) =>
    text.trim()
  ).filter((text) => text !== "");
  fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 20 }), (names) => {
    const text: string = Papa.unparse([["username"], ...names.map((one) => [one])], {
      quotes: true,
    });
    assertEquals(handlesFromCsv(text), names);
  }));
});

Deno.test("importBody takes a list, alone or under students, and not one row too many", () => {
  assertEquals(importBody.parse(["ann", " bob "]), ["ann", "bob"]);
  assertEquals(importBody.parse({ students: ["ann"] }), ["ann"]);
  for (const wrong of [{}, "ann", [7], { students: "ann" }, [""], ["x".repeat(255)], null]) {
    assertEquals(importBody.safeParse(wrong).success, false);
  }
  const rows = Array.from({ length: MAX_IMPORT_ROWS + 1 }, (_, i) => `s${i}`);
  assertEquals(importBody.safeParse(rows).success, false);
  assertEquals(importBody.safeParse(rows.slice(1)).success, true);
  assertEquals(importBody.safeParse(handlesFromCsv(rows.join("\n"))).success, false);
});
