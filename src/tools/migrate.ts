/** `deno task migrate`: brings the database's schema up to date and says so. */
import { openAdapters } from "../open_adapters.ts";
import { readConfig, run } from "../environment.ts";

await run(async () => {
  const adapters = await openAdapters(readConfig(), {
    exclusive: false,
    onError: (error) => console.error(error),
  });
  await adapters.storage.ready();
  await adapters.close();
  console.log("The database is up to date.");
});
