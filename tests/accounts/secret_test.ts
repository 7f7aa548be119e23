import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { loadSecret } from "../../src/accounts/secret.ts";

async function inFolder(work: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadSecret() makes the file once, for its owner only", () =>
  inFolder(async (folder) => {
    const path = join(folder, "data", "jwt_secret");
    const secret = await loadSecret(path);
    assert(/^[A-Za-z0-9_-]{43}$/.test(secret));
    assertEquals(await loadSecret(path), secret);
    if (Deno.build.os !== "windows") {
      assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    }
    assertEquals([...Deno.readDirSync(join(folder, "data"))].map((f) => f.name), ["jwt_secret"]);
    assertNotEquals(await loadSecret(join(folder, "other")), secret);
  }));

Deno.test("loadSecret() gives processes that start at once the same secret", () =>
  inFolder(async (folder) => {
    const path = join(folder, "jwt_secret");
    const secrets = await Promise.all(Array.from({ length: 20 }, () => loadSecret(path)));
    assertEquals(new Set(secrets).size, 1);
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  }));

Deno.test("loadSecret() refuses a file that holds too little, and keeps it", () =>
  inFolder(async (folder) => {
    const path = join(folder, "jwt_secret");
    await Deno.writeTextFile(path, "short\n");
    const error = await assertRejects(() => loadSecret(path), Error, "shorter than 32");
    assert(!error.message.includes("short\n"));
    assertEquals(await Deno.readTextFile(path), "short\n");
  }));
