import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { isCommonPassword } from "../../src/accounts/common_passwords.ts";
import { checkPassword, createPasswords, NOBODY } from "../../src/accounts/password.ts";
import { AppError } from "../../src/kernel/errors.ts";

const OWNER = { username: "Zoë Müller-Lüdenscheidt", email: "Zoe@School.example" };

function refusals(password: string, path?: string): string[] {
  const error = assertThrows(() => checkPassword(password, OWNER, path), AppError);
  assertEquals(error.code, "weak_password");
  assertEquals(error.status, 400);
  assert(error.errors?.every((e) => e.path === (path ?? "password")));
  assert(error.message.startsWith(path ?? "password"));
  return error.errors?.map((e) => e.message) ?? [];
}

Deno.test("checkPassword() accepts passwords that keep the rules", () => {
  for (
    const password of [
      "seven quiet herons",
      "пароль-на-сегодня",
      "密码密码密码密码",
      "8 emoji 🦉🦉🦉",
      "a1b2c3x9",
      "1234567 8",
      "x".repeat(8) + "y".repeat(248),
      "Zoe@School.example!",
    ]
  ) checkPassword(password, OWNER);
});

Deno.test("checkPassword() counts characters, not UTF-16 units, and at most 256 bytes", () => {
  assertEquals(refusals("🦉🦉🦉🦉"), ["must be at least 8 characters"]);
  assertEquals(refusals("short"), ["must be at least 8 characters"]);
  checkPassword("ö".repeat(128), OWNER);
  assertEquals(refusals("ö".repeat(129)), ["must be at most 256 bytes"]);
  assertEquals(refusals("y".repeat(257)), ["must be at most 256 bytes"]);
});

Deno.test("checkPassword() refuses digits of any script", () => {
  assertEquals(refusals("8301749265"), ["must not be all digits"]);
  assertEquals(refusals("٣٨٢٠١٧٤٩"), ["must not be all digits"]);
});

Deno.test("checkPassword() refuses the username and the email in any case or composition", () => {
  for (const name of [OWNER.username, OWNER.username.toUpperCase(), "zoë müller-lüdenscheidt"]) {
    assertEquals(refusals(name), ["must not be the username"]);
    assertEquals(refusals(name.normalize("NFD")), ["must not be the username"]);
  }
  assertEquals(refusals("zoe@school.EXAMPLE"), ["must not be the email"]);
});

Deno.test("checkPassword() refuses common passwords in any case", () => {
  for (
    const password of [
      "password",
      "Password1",
      "PASSWORD123",
      "Password123!",
      "p@ssw0rd",
      "iloveyou",
      "qwertyuiop",
      "Sunshine2024",
      "letmein123",
      "trustno1",
      "1q2w3e4r",
      "football",
      "abcd1234",
      "admin123",
      "ｐａｓｓｗｏｒｄ",
    ]
  ) assertEquals(refusals(password), ["is one of the most common passwords"]);
});

Deno.test("checkPassword() names every broken rule, under the field's name", () => {
  assertEquals(refusals("1234", "next"), [
    "must be at least 8 characters",
    "must not be all digits",
  ]);
  assertEquals(refusals("\ud800 is half a pair"), ["must be well-formed Unicode"]);
});

Deno.test("isCommonPassword() takes an ending only behind a whole common word", () => {
  assert(isCommonPassword("dragon1234"));
  assert(isCommonPassword("welcome!"));
  assert(!isCommonPassword("dragon1234x"));
  assert(!isCommonPassword("a dragon 1234"));
  assert(!isCommonPassword("quietherons123"));
});

Deno.test("hash() makes salted argon2id hashes that verify() tells apart", async () => {
  const passwords = createPasswords();
  const [one, two] = await Promise.all([
    passwords.hash("seven quiet herons"),
    passwords.hash("seven quiet herons"),
  ]);
  assert(one.startsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  assertNotEquals(one, two);
  assertEquals(await passwords.verify(one, "seven quiet herons"), true);
  assertEquals(await passwords.verify(one, "seven quiet heronS"), false);
  assertEquals(await passwords.verify(one, ""), false);
});

Deno.test("verify() takes composed and decomposed letters for the same password", async () => {
  const passwords = createPasswords();
  const hash = await passwords.hash("schöne ärmel");
  assertEquals(await passwords.verify(hash, "schöne ärmel".normalize("NFD")), true);
});

Deno.test("verifyDummy() checks against a hash of the same cost", async () => {
  const passwords = createPasswords();
  // Of $argon2id$v=19$m=…,t=…,p=…$salt$hash all but the last two.
  const cost = (phc: string) => phc.split("$").slice(0, -2);
  assertEquals(cost(NOBODY), cost(await passwords.hash("seven quiet herons")));
  await passwords.verifyDummy("seven quiet herons");
});
