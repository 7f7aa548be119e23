/** Every sentence of docs/guarantees.md names a test, and there is one. */
import { assert, assertEquals } from "@std/assert";
import { readSource, sourceFiles } from "./support/source_files.ts";

const GUIDE = readSource("docs/guarantees.md");
const FILES = new Set(sourceFiles("tests"));

/** The bullets, each on one line. */
const SENTENCES = GUIDE.split(/\n(?=- )/).slice(1)
  .map((bullet) => bullet.split(/\n\n|\n#/)[0] ?? "")
  .map((bullet) => bullet.slice(2).replace(/\s+/g, " ").trim());

const REFERENCE = /^(.+) \(`(tests\/[\w/]+\.ts) › ([^`]+)`\)\.$/;

/** The texts in a source file, as patterns: what a template puts in may be anything. */
function textsOf(path: string): RegExp[] {
  const source = readSource(path);
  const plain = [...source.matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map(([, text = ""]) => text);
  const templates = [...source.matchAll(/`((?:[^`\\]|\\.)*)`/g)].map(([, text = ""]) => text);
  return [...plain, ...templates].map((text) => {
    const parts = text.split(/\$\{[^}]*\}/).map((part) =>
      part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    );
    return new RegExp(`^${parts.join(".+")}$`);
  });
}

/** What test files put before the names they are given. */
const PREFIXES = ["redis: ", "SQL Server "];

Deno.test("every guarantee and every limit is one sentence that names a test", () => {
  assert(SENTENCES.length > 30);
  for (const sentence of SENTENCES) {
    const [, text = ""] = REFERENCE.exec(sentence) ?? [];
    assert(text, `names no test: ${sentence}`);
    assert(!/[.!?] [A-Z]/.test(text), `is more than one sentence: ${text}`);
  }
});

Deno.test("every test that a guarantee names exists", () => {
  for (const sentence of SENTENCES) {
    const [, , path = "", name = ""] = REFERENCE.exec(sentence) ?? [];
    assert(FILES.has(path), `no file ${path}`);
    const bare = PREFIXES.reduce((rest, prefix) => rest.replace(prefix, ""), name);
    const found = textsOf(path).some((pattern) =>
      // A template of nothing but what is put in fits anything.
      pattern.source.replaceAll(".+", "").length > 12 && pattern.test(bare)
    );
    assert(found, `${path} has no test "${bare}"`);
  }
});

Deno.test("no reference stands outside a sentence of the lists", () => {
  const references = GUIDE.match(/`tests\/[\w/]+\.ts › /g) ?? [];
  assertEquals(references.length, SENTENCES.length);
});
