/** Reads the environment and `.env` for main.ts and the command-line tools. */
import { parseEnv } from "node:util";
import { type Config, parseConfig, SETTING_NAMES } from "./config.ts";

function readDotEnv(): Record<string, string | undefined> {
  try {
    return parseEnv(Deno.readTextFileSync(".env"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/**
 * The settings; variables of the environment win over `.env`.
 * @throws ConfigError
 */
export function readConfig(): Config {
  const settings = readDotEnv();
  for (const name of SETTING_NAMES) {
    const value = Deno.env.get(name);
    if (value !== undefined) settings[name] = value;
  }
  return parseConfig(settings);
}

/** Runs a program's main function; a failure ends it with its text on stderr and exit code 1. */
export async function run(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      console.error(
        `${error.message}\nThe task may write below ./data only. To keep the database elsewhere, ` +
          'see "Where the data lies" in README.md.',
      );
    } else {
      console.error(error instanceof Error ? error.message : String(error));
      if (error instanceof Error && error.cause instanceof Error) {
        console.error(`caused by: ${error.cause.message}`);
      }
    }
    Deno.exit(1);
  }
}
