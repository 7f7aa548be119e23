/** Values that no field, path or query takes, by what the field is for. JSON texts, not values. */

import type { FieldPath } from "./fields.ts";

/** As deep as no honest client goes; as text, since writing it from a value would overflow the stack. */
const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

const quoted = (texts: readonly string[]): string[] => texts.map((text) => JSON.stringify(text));

const LONG = "x".repeat(10_000);
const SQL = ["1; DROP TABLE users", "' OR 1=1 --", "1) UNION SELECT password_hash FROM users --"];
const NO_TEXT = ["null", "true", "7", "-1.5", "1e400", "[]", "{}", '["text"]', deep(1_000)];
/** A NUL, halves of surrogate pairs, a line break, a terminal's escape, C1 controls. */
export const NO_LINE: readonly string[] = [
  '"a\\u0000b"',
  '"\\ud800"',
  '"a\\udc00b"',
  '"a\\nb"',
  '"\\u001b[31m"',
  '"\\u0085"',
];

/** Texts that look like ids to one parser or another and are none. */
export const NO_IDS: readonly string[] = [
  ...[
    "abc",
    "NaN",
    "Infinity",
    "-Infinity",
    "null",
    "undefined",
    "true",
    "__proto__",
    "constructor",
  ],
  ...[
    "0",
    "-1",
    "-0",
    "+1",
    "01",
    "0001",
    "0x1",
    "0b1",
    "1e3",
    "1.0",
    "1.5",
    ".5",
    "1,000",
    "1_000",
  ],
  ...["9007199254740992", "9007199254740993", "18446744073709551617", "1".repeat(300), LONG],
  ...[" 1", "1 ", "1\n", "1\u0000", "\u0000", "１", "١", "1a", "[1]", "{}", "1/2", "1\\2", ...SQL],
];

const NO_ID = [
  ...["null", "true", "0", "-0", "-1", "1.5", "1e400", "1e-3", "9007199254740992"],
  ...["9007199254740993", "[]", "[1]", "{}", '{"valueOf":1}', '""', deep(1_000)],
  ...quoted(NO_IDS),
];

/** Sound UUIDs but for one thing, and no UUIDs at all. */
export const NO_UUIDS: readonly string[] = [
  ...["abc", "1", "null", "__proto__", "00000000-0000-0000-0000-00000000000", LONG, ...SQL],
  ...["00000000-0000-0000-0000-0000000000000", "0000000000000000-0000-0000-00000000"],
  ...["{00000000-0000-0000-0000-000000000000}", "0000000g-0000-0000-0000-000000000000"],
  ...["00000000-0000-0000-0000-00000000000\u0000"],
];

const noChoice = (choice: string): string[] => [
  ...NO_TEXT,
  ...quoted([choice.toUpperCase(), ` ${choice}`, `${choice}\u0000`, "", "here", "__proto__"]),
  ...quoted(["constructor", "toString", LONG, "x".repeat(100_000), ...SQL]),
];

const LINE = [...NO_TEXT, '""', '"   "', '"\\u00a0"', JSON.stringify(LONG), ...NO_LINE];
const NULLABLE_LINE = LINE.filter((text) => text !== "null");
const OPTIONAL_LINE = LINE.filter((text) => !["null", '""', '"   "', '"\\u00a0"'].includes(text));
const NEW_PASSWORD = [
  ...NO_TEXT,
  ...quoted(["", "short", "1234567890123", "password", "Password1", LONG, "\u{1f40c}".repeat(65)]),
];
const GIVEN_PASSWORD = [...NO_TEXT, '""', JSON.stringify(LONG)];
const NO_LIST = ["null", "true", "7", '"text"', "{}", '{"length":1,"0":"a"}', deep(1_000)];
const items = (length: number, item: (index: number) => string): string =>
  `[${Array.from({ length }, (_, index) => item(index)).join(",")}]`;
const mark = (studentId: number) => `{"studentId":${studentId},"status":"late"}`;

/** By the field's name; `operation.field` where the same name means something else there. */
const BAD_FIELDS: Readonly<Record<string, readonly string[]>> = {
  username: LINE,
  name: LINE,
  sort_name: LINE,
  number: LINE,
  "updateUser.name": NULLABLE_LINE,
  "updateUser.sort_name": NULLABLE_LINE,
  "updateUser.number": NULLABLE_LINE,
  email: [
    ...LINE,
    ...quoted(["no-at-sign", "@school.example", "ada@", "ada@school", "a b@school.example"]),
    ...quoted(["ada@school.example, eve@school.example", "ada@@school.example", ...SQL]),
  ],
  password: NEW_PASSWORD,
  role: noChoice("STUDENT").filter((text) => text !== '"STUDENT"'),
  "signUp.role": [...noChoice("TEACHER").filter((text) => text !== '"TEACHER"'), '"ADMIN"'],
  active: [...NO_TEXT.filter((text) => text !== "true"), '"true"', '"on"', "0", "1"],
  refresh: [...NO_TEXT, '""', JSON.stringify(LONG)],
  current: GIVEN_PASSWORD,
  next: NEW_PASSWORD,
  "logIn.email": LINE,
  "logIn.password": GIVEN_PASSWORD,
  "obtainTokens.username": LINE,
  "obtainTokens.email": LINE,
  "obtainTokens.password": GIVEN_PASSWORD,
  class_name: [...LINE, '"."', '".."'],
  teacher_id: NO_ID,
  teacherId: NO_ID,
  class_id: NO_ID,
  classId: NO_ID,
  studentId: NO_ID,
  mark_visibility: noChoice("class"),
  title: OPTIONAL_LINE,
  note: OPTIONAL_LINE,
  reason: LINE,
  status: noChoice("present"),
  students: [
    ...NO_LIST,
    ...["[7]", "[null]", "[[]]", "[{}]", '[""]', '["a",7]', '["a\\u0000b"]', '["\\ud800"]'],
    `["${LONG}"]`,
    items(20_001, (i) => `"s${i}"`),
  ],
  marks: [
    ...NO_LIST,
    ...["[]", "[7]", "[null]", '["a"]', "[[]]", "[{}]", '[{"studentId":1}]', '[{"status":"late"}]'],
    `[${mark(1)},${mark(1)}]`,
    items(5_001, (i) => mark(i + 1)),
  ],
  token: [...NO_TEXT, '""'],
};

/** The bad values of a field, by `operation.field` or the field's name alone. */
export function badFor(operation: string, path: FieldPath): readonly string[] {
  const name = path.findLast((part) => typeof part === "string") ?? "";
  const found = BAD_FIELDS[`${operation}.${name}`] ?? BAD_FIELDS[name];
  if (!found) throw new Error(`bad_values.ts knows no bad value of ${operation}.${name}`);
  return found;
}

/** Texts that are not JSON. */
export const NO_JSON: readonly string[] = [
  ...[
    "",
    " ",
    "{",
    "}",
    "[1,",
    "'x'",
    "undefined",
    "NaN",
    "Infinity",
    "01",
    "+1",
    ".5",
    "0x1",
    "{a:1}",
  ],
  ...[
    '{"a":}',
    '{"a":1,}',
    '{"a":1}x',
    '{"a":1}{"b":2}',
    '"\\x41"',
    '"open',
    '{"a":"\u0001"}',
    "<x/>",
  ],
  ...["a=1&b=2", "/* */{}", "{,}", "[".repeat(100_000), '{"a":'.repeat(50_000)],
];

/** JSON that is no object. */
export const NO_OBJECTS: readonly string[] = ["null", "true", "7", '"text"', "[[]]", deep(100_000)];

const bytes = (...values: number[]) => new Uint8Array(values);
const around = (inner: Uint8Array<ArrayBuffer>) =>
  new Uint8Array([...new TextEncoder().encode('{"a":"'), ...inner, 0x22, 0x7d]);

/** Bytes that are not UTF-8: a lone byte, overlong forms, surrogates, cut sequences, UTF-16. */
export const NO_UTF8: readonly Uint8Array<ArrayBuffer>[] = [
  bytes(0xff),
  around(bytes(0xff)),
  around(bytes(0x80)),
  around(bytes(0xc0, 0xaf)),
  around(bytes(0xe0, 0x80, 0xaf)),
  around(bytes(0xed, 0xa0, 0x80)),
  around(bytes(0xf4, 0x90, 0x80, 0x80)),
  around(bytes(0xe2, 0x82)),
  bytes(0x7b, 0x7d, 0xe2),
  bytes(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00),
];

/** Path segments as they go over the wire, where they are no valid percent-encoding of UTF-8. */
export const NO_ENCODING: readonly string[] = [
  "%",
  "%zz",
  "%f",
  "%ff",
  "%c0%af",
  "%ed%a0%80",
  "%e2%82",
];

/** By the query field's name. */
export const BAD_QUERY: Readonly<Record<string, readonly string[]>> = {
  limit: ["", "0", "201", "-1", "1.5", "1e2", "01000", "abc", "NaN", " 5", "５", LONG, ...SQL],
  cursor: [
    ...[
      "",
      "abc",
      "!",
      "%",
      "bnVsbA",
      "e30",
      "W10",
      "IjEi",
      "LTE",
      "MS41",
      "OTAwNzE5OTI1NDc0MDk5Mw",
    ],
    ...["WyIyMDI2LTExLTIwIiwiYWJjIl0", "WzEsMl0", LONG, ...SQL],
  ],
  search: [LONG],
  role: ["", "student", "TEACHER ", "*", "__proto__", LONG, ...SQL],
  active: ["", "1", "yes", "TRUE", "null", LONG, ...SQL],
};
