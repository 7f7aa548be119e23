/** What deno.json says of packages is what the code uses. */
import { assert, assertEquals } from "@std/assert";
import deno from "../deno.json" with { type: "json" };
import { readSource, sourceFiles } from "./support/source_files.ts";

const QUOTED = /["'`]([^"'`\s]+)["'`]/g;

Deno.test("no entry of the import map is unused", () => {
  const folders = ["src", "tests", "bench", "static", "docs"];
  const named = new Set(
    folders.flatMap((folder) => sourceFiles(folder)).filter((path) => /\.(ts|tsx|js)$/.test(path))
      .filter((path) => path !== "tests/dependencies_test.ts")
      .flatMap((path) => readSource(path).split("\n"))
      // Imports and what stands in for them: the types of a package, a program that is run.
      .filter((line) => /\bfrom\s|\bimport\b|@ts-types|"run"/.test(line))
      .flatMap((line) => [...line.matchAll(QUOTED)].map(([, specifier]) => specifier ?? "")),
  );
  assert(named.has("hono"));
  const isUsed = (entry: string) =>
    entry.endsWith("/")
      ? [...named].some((specifier) => specifier.startsWith(entry))
      : named.has(entry);
  assertEquals(Object.keys(deno.imports).filter((entry) => !isUsed(entry)), []);
});
