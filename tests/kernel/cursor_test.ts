import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import { AppError } from "../../src/kernel/errors.ts";
import { decodeCursor, encodeCursor, pageOf } from "../../src/kernel/cursor.ts";
import { pageQuery } from "../../src/http/kit/route.ts";

const after = z.object({ at: z.string(), id: z.int() });

Deno.test("decodeCursor() gives back what encodeCursor() was given", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer(), (at, id) => {
      const cursor = encodeCursor({ at, id });
      assert(/^[\w-]+$/.test(cursor), "survives a URL as it is");
      assertEquals(decodeCursor(after, cursor), { at, id });
    }),
  );
  assertEquals(decodeCursor(after, undefined), null);
});

Deno.test("decodeCursor() refuses what this service did not give out", () => {
  const strangers = ["", "x", "!!!", "7", encodeCursor(7), encodeCursor({ at: 1, id: 2 }), "_w"];
  for (const cursor of strangers) {
    const error = assertThrows(() => decodeCursor(after, cursor), AppError);
    assertEquals([error.code, error.status], ["invalid_cursor", 400]);
  }
});

Deno.test("decodeCursor() refuses any text, and never fails otherwise", () => {
  fc.assert(
    fc.property(fc.string(), (cursor) => {
      assertThrows(() => decodeCursor(after, cursor), AppError);
    }),
  );
});

Deno.test("pageOf() has a next page exactly where more was fetched", () => {
  const next = encodeCursor(2);
  assertEquals(pageOf([1, 2, 3], 2, (last) => last), { data: [1, 2], next });
  assertEquals(pageOf([1, 2], 2, (last) => last), { data: [1, 2], next: null });
  assertEquals(pageOf<number>([], 2, (last) => last), { data: [], next: null });
});

Deno.test("pageQuery takes whole limits from 1 to 200", () => {
  assertEquals(pageQuery.parse({}).limit, 50);
  assertEquals(pageQuery.parse({ limit: "200" }).limit, 200);
  for (const limit of ["0", "201", "-1", "1e2", "1.5", "", " 5", "NaN", "٣"]) {
    assert(!pageQuery.safeParse({ limit }).success, limit);
  }
});
