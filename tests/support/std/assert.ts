/**
 * The part of `@std/assert` that the tests use, under std's names and signatures, on
 * `node:assert/strict`: the tests run where only the npm registry can be reached. Where JSR can be,
 * pointing `@std/assert` in deno.json at `jsr:@std/assert@1` is the whole change.
 */
import node from "node:assert/strict";

export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

type Constructor<T> = abstract new (...args: never[]) => T;

function failWith(text: string, msg?: string): never {
  throw new AssertionError(msg ? `${text}: ${msg}` : text);
}

function show(value: unknown): string {
  return Deno.inspect(value, { depth: 6, colors: false, compact: true });
}

/**
 * A copy in which objects without a prototype (rows of node:sqlite) are ordinary ones, since node
 * compares prototypes and std does not tell these two apart. Instances of other classes stay as they are.
 */
function normalise(value: unknown, seen = new Map<object, unknown>()): unknown {
  if (typeof value !== "object" || value === null) return value === 0 ? 0 : value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    seen.set(value, copy);
    for (const [key, item] of value) copy.set(normalise(key, seen), normalise(item, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = new Set<unknown>();
    seen.set(value, copy);
    for (const item of value) copy.add(normalise(item, seen));
    return copy;
  }
  const prototype = Object.getPrototypeOf(value);
  const list = Array.isArray(value) && prototype === Array.prototype;
  if (!list && prototype !== null && prototype !== Object.prototype) return value;
  const copy: object = list ? new Array(value.length) : {};
  seen.set(value, copy);
  for (const key of Reflect.ownKeys(value)) {
    const field = Object.getOwnPropertyDescriptor(value, key);
    if (!field?.enumerable) continue;
    // Defined, not assigned: a key named "__proto__" must stay a key.
    Object.defineProperty(copy, key, {
      value: normalise(Reflect.get(value, key), seen),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}

function difference(actual: unknown, expected: unknown): string | null {
  try {
    node.deepStrictEqual(normalise(actual), normalise(expected));
    return null;
  } catch (error) {
    if (error instanceof node.AssertionError) return error.message;
    throw error;
  }
}

export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg || "Expected a truthy value");
}

export function assertFalse(expr: unknown, msg = ""): asserts expr is false | 0 | "" | null {
  if (expr) throw new AssertionError(msg || "Expected a falsy value");
}

export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  const found = difference(actual, expected);
  if (found !== null) failWith(found, msg);
}

export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (difference(actual, expected) === null) {
    failWith(`Expected actual to differ from ${show(expected)}`, msg);
  }
}

export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  if (!Object.is(actual, expected)) {
    failWith(`Expected ${show(actual)} to be strictly equal to ${show(expected)}`, msg);
  }
}

export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  if (Object.is(actual, expected)) failWith(`Expected another value than ${show(expected)}`, msg);
}

export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    failWith(`Expected a value, got ${String(actual)}`, msg);
  }
}

export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: Constructor<T>,
  msg?: string,
): asserts actual is T {
  if (!(actual instanceof expectedType)) {
    failWith(`Expected ${show(actual)} to be an instance of ${expectedType.name}`, msg);
  }
}

export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) failWith(`Expected ${show(actual)} to match ${expected}`, msg);
}

export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) failWith(`Expected ${show(actual)} not to match ${expected}`, msg);
}

export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) {
    failWith(`Expected ${show(actual)} to contain ${show(expected)}`, msg);
  }
}

export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  msg?: string,
): void {
  const items = Array.from(actual);
  const missing = Array.from(expected).filter((wanted) =>
    !items.some((item) => difference(item, wanted) === null)
  );
  if (missing.length > 0) failWith(`Expected ${show(actual)} to include ${show(missing)}`, msg);
}

function subsetDifference(actual: unknown, expected: unknown, path: string): string | null {
  const nested = typeof expected === "object" && expected !== null &&
    !(expected instanceof Date || expected instanceof RegExp || expected instanceof Map ||
      expected instanceof Set);
  if (!nested) {
    const found = difference(actual, expected);
    return found === null ? null : `at ${path || "the top"}: ${found}`;
  }
  if (typeof actual !== "object" || actual === null) {
    return `at ${path || "the top"}: expected an object, got ${show(actual)}`;
  }
  if (Array.isArray(expected) && (!Array.isArray(actual) || actual.length !== expected.length)) {
    return `at ${path || "the top"}: expected ${show(expected)}, got ${show(actual)}`;
  }
  for (const key of Reflect.ownKeys(expected)) {
    const at = path === "" ? String(key) : `${path}.${String(key)}`;
    if (!(key in actual)) return `at ${at}: missing`;
    const found = subsetDifference(Reflect.get(actual, key), Reflect.get(expected, key), at);
    if (found !== null) return found;
  }
  return null;
}

export function assertObjectMatch(
  actual: Record<PropertyKey, unknown>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  const found = subsetDifference(actual, expected, "");
  if (found !== null) failWith(`Expected ${show(actual)} to match: ${found}`, msg);
}

export function assertIsError<E extends Error = Error>(
  error: unknown,
  ErrorClass?: Constructor<E>,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E {
  if (!(error instanceof Error)) failWith(`Expected an Error, got ${show(error)}`, msg);
  if (ErrorClass && !(error instanceof ErrorClass)) {
    failWith(`Expected a ${ErrorClass.name}, got ${error.name}: ${error.message}`, msg);
  }
  const matches = msgMatches === undefined ||
    (typeof msgMatches === "string"
      ? error.message.includes(msgMatches)
      : msgMatches.test(error.message));
  if (!matches) failWith(`Expected the error's text "${error.message}" to have ${msgMatches}`, msg);
}

export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: Constructor<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: Constructor<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  const [expected, note] = typeof classOrMsg === "string"
    ? [undefined, classOrMsg]
    : [classOrMsg, msg];
  try {
    fn();
  } catch (error) {
    if (expected) assertIsError(error, expected, msgIncludes, note);
    return error;
  }
  failWith("Expected the function to throw", note);
}

export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: Constructor<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: Constructor<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const [expected, note] = typeof classOrMsg === "string"
    ? [undefined, classOrMsg]
    : [classOrMsg, msg];
  let pending: PromiseLike<unknown>;
  try {
    pending = fn();
  } catch (error) {
    failWith(`Expected the function to reject, but it threw ${show(error)}`, note);
  }
  try {
    await pending;
  } catch (error) {
    if (expected) assertIsError(error, expected, msgIncludes, note);
    return error;
  }
  failWith("Expected the function to reject", note);
}

export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) failWith(`Expected ${show(actual)} > ${show(expected)}`, msg);
}

export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) failWith(`Expected ${show(actual)} >= ${show(expected)}`, msg);
}

export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) failWith(`Expected ${show(actual)} < ${show(expected)}`, msg);
}

export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) failWith(`Expected ${show(actual)} <= ${show(expected)}`, msg);
}

/** `tolerance` defaults to a relative 1e-7 of the expected value, as in std. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  if (!(Math.abs(expected - actual) <= allowed)) {
    failWith(`Expected ${actual} to be within ${allowed} of ${expected}`, msg);
  }
}

export function fail(msg?: string): never {
  throw new AssertionError(msg ? `Failed assertion: ${msg}` : "Failed assertion");
}

export function unreachable(reason?: string): never {
  throw new AssertionError(reason ?? "unreachable");
}
