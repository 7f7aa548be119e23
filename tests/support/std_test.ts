import {
  assert,
  assertAlmostEquals,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertIsError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertNotStrictEquals,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
  unreachable,
} from "@std/assert";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { FakeTime } from "@std/testing/time";

class Odd extends Error {}

function row(fields: object): object {
  return Object.assign(Object.create(null), fields);
}

Deno.test("assertEquals() takes a row without a prototype for an ordinary object", () => {
  assertEquals(row({ id: 1, tags: [row({ a: 1 })] }), { id: 1, tags: [{ a: 1 }] });
  assertEquals(new Map([["k", row({ a: 1 })]]), new Map([["k", { a: 1 } as object]]));
  assertEquals(new Set([row({ a: 1 })]), new Set([{ a: 1 } as object]));
  assertEquals(NaN, NaN);
  assertEquals(0, -0);
  const ring: { self?: unknown } = {};
  ring.self = ring;
  const other: { self?: unknown } = {};
  other.self = other;
  assertEquals(ring, other);
});

Deno.test("assertEquals() tells different values apart", () => {
  const pairs: [unknown, unknown][] = [
    [1, "1"],
    [{ a: 1 }, { a: 1, b: undefined }],
    [[1, 2], [2, 1]],
    [new Date(1), new Date(2)],
    [new Odd("a"), new Error("a")],
    [new Odd("a"), new Odd("b")],
    [row({ a: 1 }), { a: 2 }],
    [JSON.parse('{"__proto__":1}'), {}],
    [new Uint8Array([1]), new Uint8Array([2])],
    [/a/, /b/],
    [new Set([1]), new Set([2])],
    [null, {}],
  ];
  for (const [left, right] of pairs) {
    assertNotEquals(left, right);
    assertThrows(() => assertEquals(left, right), AssertionError);
  }
  assertThrows(() => assertEquals(1, 2, "the count"), AssertionError, "the count");
  assertThrows(() => assertNotEquals(row({ a: 1 }), { a: 1 } as object), AssertionError);
});

Deno.test("each assertion passes what it should and throws AssertionError else", () => {
  const rows: [pass: () => unknown, miss: () => unknown][] = [
    [() => assert(1), () => assert(0)],
    [() => assertFalse(0), () => assertFalse(1)],
    [() => assertStrictEquals(NaN, NaN), () => assertStrictEquals({}, {})],
    [() => assertNotStrictEquals({}, {}), () => assertNotStrictEquals(1, 1)],
    [() => assertExists(0), () => assertExists(null)],
    [() => assertInstanceOf(new Odd(), Error), () => assertInstanceOf({}, Odd)],
    [() => assertMatch("abc", /b/), () => assertMatch("abc", /x/)],
    [() => assertNotMatch("abc", /x/), () => assertNotMatch("abc", /b/)],
    [() => assertStringIncludes("abc", "b"), () => assertStringIncludes("abc", "x")],
    [
      () => assertArrayIncludes([{ a: 1 }, { a: 2 }], [{ a: 2 }]),
      () => assertArrayIncludes([1], [2]),
    ],
    [
      () => assertObjectMatch({ a: 1, b: { c: [1], d: 2 } }, { b: { c: [1] } }),
      () => assertObjectMatch({ a: 1, b: { c: [1, 2] } }, { b: { c: [1] } }),
    ],
    [() => assertGreater(2, 1), () => assertGreater(1, 1)],
    [() => assertGreaterOrEqual(1, 1), () => assertGreaterOrEqual(0, 1)],
    [() => assertLess(1, 2), () => assertLess(1, 1)],
    [() => assertLessOrEqual(1, 1), () => assertLessOrEqual(2, 1)],
    [() => assertAlmostEquals(0.1 + 0.2, 0.3), () => assertAlmostEquals(0.31, 0.3)],
    [() => assertAlmostEquals(9, 10, 2), () => assertAlmostEquals(9, 10, 0.5)],
    [() => assertIsError(new Odd("x"), Odd, /x/), () => assertIsError(new Odd("x"), Odd, "y")],
    [() => {}, () => fail("no")],
    [() => {}, () => unreachable()],
  ];
  for (const [pass, miss] of rows) {
    pass();
    assertThrows(miss, AssertionError);
  }
});

Deno.test("assertThrows() returns the error and checks its class and text", () => {
  const thrown = assertThrows(
    () => {
      throw new Odd("because of rain");
    },
    Odd,
    "rain",
  );
  assertEquals(thrown.message, "because of rain");
  assertThrows(() => assertThrows(() => 1), AssertionError, "to throw");
  assertThrows(
    () =>
      assertThrows(() => {
        throw new Odd("a");
      }, TypeError),
    AssertionError,
    "Expected a TypeError",
  );
});

Deno.test("assertRejects() returns the error and fails on a resolved or throwing function", async () => {
  const rejected = await assertRejects(() => Promise.reject(new Odd("late")), Odd, "late");
  assertInstanceOf(rejected, Odd);
  await assertRejects(() => assertRejects(() => Promise.resolve(1)), AssertionError, "to reject");
  await assertRejects(
    () =>
      assertRejects(() => {
        throw new Odd("sync");
      }),
    AssertionError,
    "threw",
  );
});

Deno.test("FakeTime moves timers and Date by hand and gives them back", async () => {
  const fired: number[] = [];
  {
    using time = new FakeTime("2026-01-01T00:00:00Z");
    setTimeout(() => fired.push(Date.now()), 1_000);
    time.tick(999);
    assertEquals(fired, []);
    await time.tickAsync(1);
    assertEquals(fired, [Date.UTC(2026, 0, 1, 0, 0, 1)]);
    assertEquals(time.now - time.start, 1_000);
  }
  assertGreater(Date.now(), Date.UTC(2026, 0, 2));
  assertThrows(() => new FakeTime("no date"), TypeError);
});

const order: string[] = [];

describe("bdd", () => {
  beforeAll(() => void order.push("beforeAll"));
  beforeEach(() => void order.push("beforeEach"));
  afterEach(() => void order.push("afterEach"));
  afterAll(() =>
    assertEquals(order, [
      "beforeAll",
      "beforeEach",
      "one",
      "afterEach",
      "beforeEach",
      "two",
      "afterEach",
    ])
  );
  it("runs hooks around a test", () => void order.push("one"));
  it("and around the next", async () => {
    await Promise.resolve();
    order.push("two");
  });
  it.skip("never runs this", () => fail());
});
