/** Passwords: the rules for new ones, and their argon2id hashes. */
import { hash, verify } from "@node-rs/argon2";
import { AppError, type FieldError } from "../kernel/errors.ts";
import { handleKey } from "../kernel/names.ts";
import { isCommonPassword } from "./common_passwords.ts";

export const MIN_PASSWORD_CHARACTERS = 8;
export const MAX_PASSWORD_BYTES = 256;

export interface Passwords {
  /** PHC string of argon2id. */
  hash(password: string): Promise<string>;
  /** Whether the password made this hash. */
  verify(hash: string, password: string): Promise<boolean>;
  /** Takes as long as `verify`; for accounts that do not exist. */
  verifyDummy(password: string): Promise<void>;
}

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19456, timeCost: 2, parallelism: 1 };

/** A hash of the same cost that no password is known for. */
export const NOBODY =
  "$argon2id$v=19$m=19456,t=2,p=1$W/JDDrJIGwClBq7qV4vx+Q$vV/mTB+GxcIZnUhVN+oawigTA2F3o84JPhfuaFaGucw";

/** NIST SP 800-63B 5.1.1.2: normalised, so that the same keys typed on another system match. */
const normalised = (password: string) => password.normalize("NFKC").toWellFormed();

export function createPasswords(): Passwords {
  return {
    hash: (password) => hash(normalised(password), COST),
    verify: (phc, password) => verify(phc, normalised(password)),
    async verifyDummy(password) {
      await verify(NOBODY, normalised(password));
    },
  };
}

/**
 * Checks a new password against the rules.
 * @param path name of the field in the request
 * @throws AppError `weak_password` naming every rule it breaks
 */
export function checkPassword(
  password: string,
  owner: { readonly username: string; readonly email: string | null },
  path = "password",
): void {
  const key = handleKey(password);
  const broken: string[] = [];
  if ([...password.normalize("NFKC")].length < MIN_PASSWORD_CHARACTERS) {
    broken.push(`must be at least ${MIN_PASSWORD_CHARACTERS} characters`);
  }
  if (new TextEncoder().encode(password).length > MAX_PASSWORD_BYTES) {
    broken.push(`must be at most ${MAX_PASSWORD_BYTES} bytes`);
  }
  if (!password.isWellFormed()) broken.push("must be well-formed Unicode");
  if (/^\p{Nd}+$/u.test(password)) broken.push("must not be all digits");
  if (key === handleKey(owner.username)) broken.push("must not be the username");
  if (owner.email !== null && key === handleKey(owner.email)) broken.push("must not be the email");
  if (isCommonPassword(key)) broken.push("is one of the most common passwords");
  const [first] = broken;
  if (first === undefined) return;
  const errors: FieldError[] = broken.map((message) => ({ path, message }));
  throw new AppError("weak_password", { detail: `${path}: ${first}`, errors });
}
