/** Programs that tests need but the project cannot bring along. */

function found(program: string): string | null {
  if (program.includes("/")) return isFile(program) ? program : null;
  for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
    if (isFile(`${directory}/${program}`)) return `${directory}/${program}`;
  }
  return null;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * The program's path; without it the tests that need it are skipped loudly, and in CI they fail.
 * @param install the command that brings it, as `apt-get install redis-server`
 */
export function requirement(program: string, install: string): string | null {
  const path = found(program);
  if (path !== null) return path;
  const text = `${program} is missing: tests that need it are SKIPPED. To run them: ${install}`;
  if (Deno.env.get("CI") === "true") throw new Error(text);
  console.warn(`\n*** ${text}\n`);
  return null;
}
