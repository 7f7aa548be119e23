import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { AppError } from "../../src/kernel/errors.ts";
import { validate } from "../../src/kernel/validate.ts";
import { idInput } from "../../src/kernel/ids.ts";
import { line } from "../../src/kernel/text.ts";

const body = z.object({
  class_id: idInput,
  marks: z.array(z.object({ status: z.enum(["present", "absent"]), note: line(1, 5).optional() })),
});

const refusal = (value: unknown) => assertThrows(() => validate(body, value), AppError);

Deno.test("validate() gives what the schema makes of the value", () => {
  const given = { class_id: "7", marks: [{ status: "present", note: " x ", extra: 1 }], other: 2 };
  assertEquals(validate(body, given), {
    class_id: 7,
    marks: [{ status: "present", note: "x" }],
  });
});

Deno.test("validate() names each wrong field by its dotted path", () => {
  const error = refusal({ class_id: "01", marks: [{ status: "present" }, { status: "late" }] });
  assertEquals(error.code, "invalid_request");
  assertEquals(error.errors?.map(({ path }) => path), ["class_id", "marks.1.status"]);
  assertEquals(error.message, "class_id: must be a positive whole number");
});

Deno.test("validate() repeats nothing of the input", () => {
  const secret = "hunter2hunter2";
  const values = [
    secret,
    [secret],
    { class_id: secret, marks: secret },
    { class_id: 1, marks: [{ status: secret, note: secret }] },
    { [secret]: 1, class_id: 1, marks: [{ [secret]: secret }] },
  ];
  for (const value of values) {
    const { message, errors } = refusal(value);
    assert(!JSON.stringify([message, errors]).includes(secret), message);
  }
});

Deno.test("validate() names at most fifty fields", () => {
  const marks = Array.from({ length: 10_000 }, () => ({ status: "x" }));
  assertEquals(refusal({ class_id: 1, marks }).errors?.length, 50);
});
