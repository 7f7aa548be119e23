import { assert, assertEquals, assertFalse, assertRejects, assertStrictEquals } from "@std/assert";
import { AppError } from "../../../src/kernel/errors.ts";
import {
  brokenUnique,
  isConnectionLost,
  isDeadlock,
  storageError,
  verb,
} from "../../../src/adapters/mssql/errors.ts";
import { columnKey } from "../../../src/adapters/mssql/users.ts";

/** An error as the driver makes it. */
const failure = (message: string, about: object) => Object.assign(new Error(message), about);

const KEYS = ["users_email_key", "users_username_key"];

Deno.test("brokenUnique() names the broken constraint or index", () => {
  const constraint = failure(
    "Violation of UNIQUE KEY constraint 'users_username_key'. Cannot insert duplicate key in " +
      "object 'dbo.users'. The duplicate key value is (users_email_key).",
    { number: 2627 },
  );
  assertEquals(brokenUnique(constraint, KEYS), "users_username_key");
  const index = failure(
    "Cannot insert duplicate key row in object 'dbo.classes' with unique index " +
      "'classes_of_teacher'. The duplicate key value is (1, 5b).",
    { number: 2601 },
  );
  assertEquals(brokenUnique(index, ["classes_of_teacher"]), "classes_of_teacher");
  assertEquals(brokenUnique(index, KEYS), null);
  const last = failure("The statement has been terminated.", {
    number: 3621,
    precedingErrors: [index],
  });
  assertEquals(brokenUnique(last, ["classes_of_teacher"]), "classes_of_teacher");
});

Deno.test("brokenUnique() is null for any other error", () => {
  const others = [
    failure("users_email_key", { number: 547 }),
    failure("users_email_key", {}),
    new Error("users_email_key"),
    "users_email_key",
    null,
  ];
  for (const other of others) assertEquals(brokenUnique(other, KEYS), null);
});

Deno.test("isDeadlock() and isConnectionLost() know the errors worth another try", () => {
  assert(isDeadlock(failure("deadlocked", { number: 1205 })));
  assert(isDeadlock(failure("x", { precedingErrors: [failure("deadlocked", { number: 1205 })] })));
  assertFalse(isDeadlock(failure("duplicate", { number: 2627 })));
  for (const code of ["ESOCKET", "ECONNCLOSED"]) assert(isConnectionLost(failure("x", { code })));
  for (const code of ["ETIMEOUT", "EREQUEST", 7]) {
    assertFalse(isConnectionLost(failure("x", { code })));
  }
  assertFalse(isConnectionLost(undefined));
});

Deno.test("storageError() hides any error but an AppError", async () => {
  const own = new AppError("email_taken");
  assertStrictEquals(storageError(own), own);
  const cause = new Error("Login failed for user 'sa'");
  const hidden = storageError(cause);
  assertEquals(hidden.code, "storage_unavailable");
  assertStrictEquals(hidden.cause, cause);
  const failing = verb(() => Promise.reject(cause));
  const error = await assertRejects(() => failing(), AppError);
  assertStrictEquals(error.cause, cause);
});

Deno.test("columnKey() keeps apart what SQL Server would take for the same", () => {
  assertEquals(columnKey("ADA ﬁ"), "ada fi");
  const endings = ["ada", "ada ", "ada  "].map(columnKey);
  assertEquals(new Set(endings.map((key) => key.trimEnd())).size, 3);
  const long = "ﷺ".repeat(150);
  const keys = [long, `${long}x`, `x${long}`].map(columnKey);
  assertEquals(new Set(keys).size, 3);
  for (const key of keys) assertEquals(key.length, 850);
  assertEquals(columnKey("x".repeat(850)), "x".repeat(850));
});
