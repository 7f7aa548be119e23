/** docs/guarantees.md names a test behind each sentence: they must exist. */
import { assert, assertEquals } from "@std/assert";
import { readSource, sourceFiles } from "./support/source_files.ts";

Deno.test("every guarantee names a test that exists", () => {
  const tests = sourceFiles("tests")
    .filter((path) => path.endsWith(".ts") && !path.endsWith("guarantees_test.ts"))
    .map(readSource).join("\n");
  // One line a sentence, however the formatter wraps it.
  const sentences = readSource("docs/guarantees.md").replaceAll(/\n  +/g, " ").split("\n")
    .filter((line) => line.startsWith("- "));
  assert(sentences.length > 15);
  const unproven = sentences.filter((sentence) => {
    const name = /\[([^\]]+)\]$/.exec(sentence)?.[1];
    return name === undefined || !tests.includes(name);
  });
  assertEquals(unproven, []);
});
