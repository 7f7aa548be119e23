/**
 * `deno task backup FILE`: copies the embedded database, also while the service runs.
 * Exit codes: 0 copied, 1 failed, 2 called wrongly.
 */
import { backUpRecords } from "../open_adapters.ts";
import { readConfig, run } from "../environment.ts";

const USAGE = `Usage: deno task backup FILE

Copies the embedded database to FILE, which must not be there yet, also while the service runs. The
task may write below ./data only. The signing secret is not in the copy: see docs/deploy.md.`;

await run(async () => {
  const [to, ...others] = Deno.args;
  if (to === undefined || others.length > 0) {
    console.error(USAGE);
    Deno.exit(2);
  }
  await backUpRecords(readConfig(), to);
  const { size } = await Deno.stat(to);
  console.log(`Copied to ${to}: ${size} bytes, checked.`);
});
