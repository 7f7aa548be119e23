/**
 * `deno task create-admin EMAIL [USERNAME]`: makes an administrator, also while the service runs.
 * Exit codes: 0 made, 1 refused, 2 called wrongly.
 */
import { openAdapters } from "../open_adapters.ts";
import { createPasswords } from "../accounts/password.ts";
import { readConfig, run } from "../environment.ts";
import { AppError } from "../kernel/errors.ts";
import { email, username } from "../accounts/schema.ts";
import type { People } from "../accounts/people.ts";
import { createServices } from "../services.ts";
import { readPassword } from "./password_input.ts";

const USAGE = `Usage: deno task create-admin EMAIL [USERNAME]

Makes an administrator. Without USERNAME it is the part of EMAIL before the @. The password is asked
for at a terminal; otherwise it is the first line of standard input.`;

function usageError(problem: string): never {
  console.error(`${problem}\n\n${USAGE}`);
  Deno.exit(2);
}

function readArguments(args: readonly string[]): { email: string; username: string } {
  const [givenEmail, givenUsername, ...others] = args;
  if (givenEmail === undefined) usageError("EMAIL is missing");
  if (others.length > 0) usageError(`Too many arguments: ${others.join(" ")}`);
  const parsedEmail = email.safeParse(givenEmail);
  if (!parsedEmail.success) usageError(`EMAIL ${parsedEmail.error.issues[0]?.message}`);
  const parsedName = username.safeParse(givenUsername ?? parsedEmail.data.split("@")[0]);
  if (!parsedName.success) usageError(`USERNAME ${parsedName.error.issues[0]?.message}`);
  return { email: parsedEmail.data, username: parsedName.data };
}

async function create(people: People, input: Parameters<People["createAdmin"]>[0]) {
  try {
    return await people.createAdmin(input);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === "username_taken") {
      throw new Error(`The username ${input.username} is taken; give another one after the email`);
    }
    if (error.status >= 500) throw error;
    const problems = error.errors?.map(({ path, message }) => `${path} ${message}`);
    // Without the cause: how the database said it helps nobody here.
    throw new Error(problems?.join("\n") ?? error.message);
  }
}

if (Deno.args.some((argument) => argument === "--help" || argument === "-h")) {
  console.log(USAGE);
  Deno.exit(0);
}
const names = readArguments(Deno.args);
await run(async () => {
  const { storage, live, close } = await openAdapters(readConfig(), {
    exclusive: false,
    onError: (error) => console.error(error),
  });
  try {
    const { people } = createServices({
      storage,
      live,
      passwords: createPasswords(),
      now: Date.now,
    });
    const toTerminal = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));
    const password = await readPassword(Deno.stdin, toTerminal);
    const admin = await create(people, { ...names, password });
    console.log(`Administrator ${admin.username} <${names.email}> was made (id ${admin.id}).`);
  } finally {
    await close();
  }
});
