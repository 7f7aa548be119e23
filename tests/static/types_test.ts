import { assert } from "@std/assert";

const root = new URL("../../", import.meta.url);

Deno.test("the page's scripts are right in their types as browser code", async () => {
  // A check of its own: the types of a browser and those of Deno do not go together.
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "check",
      "--config",
      "tests/static/browser_code.json",
      "static/app.js",
      "tests/e2e/page_audit.js",
    ],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
});
