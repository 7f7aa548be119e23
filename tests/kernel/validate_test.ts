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
  assertEquals(
    error.message,
    "class_id: must be a positive whole number; marks.1.status: must be one of: present, absent",
  );
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

Deno.test("validate() speaks of faults as people do", () => {
  const schema = z.object({
    text: z.string(),
    count: z.int().min(1).max(9),
    flag: z.boolean(),
    list: z.array(z.int()).max(1),
    choice: z.enum(["a", "b"]),
    id: idInput,
    deep: z.object({ text: z.string().min(2) }),
  }).strict();
  const wordsOf = (value: unknown) =>
    assertThrows(() => validate(schema, value), AppError).errors?.map(({ path, message }) =>
      `${path} ${message}`
    );
  assertEquals(wordsOf({}), [
    "text is required",
    "count is required",
    "flag is required",
    "list is required",
    "choice is required",
    "id is required",
    "deep is required",
  ]);
  assertEquals(
    wordsOf({
      text: 1,
      count: 10,
      flag: "yes",
      list: [1, 2],
      choice: "c",
      id: 0,
      deep: { text: "x" },
      extra: 1,
    }),
    [
      "text must be a text",
      "count must be at most 9",
      "flag must be true or false",
      "list must hold at most 1",
      "choice must be one of: a, b",
      "id must be at least 1",
      "deep.text must have at least 2 characters",
      "extra is not known here",
    ],
  );
});
