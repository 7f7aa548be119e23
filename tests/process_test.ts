import { assert, assertEquals } from "@std/assert";
import { addressOf, banner } from "../src/process.ts";

Deno.test("addressOf() names an address that can be opened on this machine", () => {
  assertEquals(addressOf("0.0.0.0", 8000), "http://localhost:8000");
  assertEquals(addressOf("::", 8000), "http://localhost:8000");
  assertEquals(addressOf("127.0.0.1", 1), "http://localhost:1");
  assertEquals(addressOf("::1", 8000), "http://[::1]:8000");
  assertEquals(addressOf("school.example", 80), "http://school.example:80");
});

Deno.test("banner() says where the service is, and in how many processes", () => {
  const one = banner("http://localhost:8000");
  assert(one.startsWith("Live Attendance is running.\n"));
  assert(one.endsWith("ws://localhost:8000/ws/"));
  assertEquals(one.split("\n").length, 4);
  assert(banner("http://localhost:8000", 4).includes("running in 4 processes."));
});

/** Writes 400 batches of lines of various lengths, each line one letter over and over. */
const WRITER = `
  import { writeAtomically } from ${JSON.stringify(new URL("../src/process.ts", import.meta.url))};
  const [letter] = Deno.args;
  for (let batch = 0; batch < 400; batch++) {
    let text = "";
    for (let i = 0; i < 40; i++) text += letter.repeat(1 + (batch * 37 + i * 101) % 700) + "\\n";
    writeAtomically(text);
  }
  writeAtomically("");
  writeAtomically("ü".repeat(3000) + "\\n" + letter + "\\n");
`;

Deno.test("writeAtomically() keeps lines whole that several processes write to one pipe", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/writer.ts`;
    await Deno.writeTextFile(path, WRITER);
    const both = `"$0" run -A --no-config "$1" a & "$0" run -A --no-config "$1" b; wait`;
    const { stdout, code } = await new Deno.Command("sh", {
      args: ["-c", `(${both}) | cat`, Deno.execPath(), path],
    }).output();
    assertEquals(code, 0);
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    assertEquals(lines.filter((line) => !/^(a+|b+|ü+)$/.test(line)), []);
    assertEquals(lines.length, 2 * (400 * 40 + 2));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
