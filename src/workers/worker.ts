/** One of several processes of the service on one port, started by run.ts. */
import { readConfig, run } from "../environment.ts";
import { serve } from "../main.ts";
import { untilStopped } from "../process.ts";
import { READY } from "./child.ts";

/** Resolves when whoever holds the other end of standard input is gone, however it ended. */
async function parentGone(): Promise<void> {
  for await (const _ of Deno.stdin.readable);
}

await run(async () => {
  const told = parentGone();
  const service = await serve(readConfig(), { shared: true });
  console.error(READY);
  untilStopped(() => service.drain(), told);
});
