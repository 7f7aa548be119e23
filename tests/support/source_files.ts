/** The repository's own files, and what its modules import. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/** Not the repository's: the user's data, what tools keep, a fetched snapshot's history. */
const FOREIGN = new Set([".git", "data", "node_modules", "coverage", ".env"]);

/** Paths of the files below a folder of the repository, relative to its root, sorted. */
export function sourceFiles(folder = "."): string[] {
  const found: string[] = [];
  const walk = (directory: URL): void => {
    for (const entry of Deno.readDirSync(directory)) {
      if (FOREIGN.has(entry.name)) continue;
      const url = new URL(entry.name, directory);
      if (entry.isDirectory) walk(new URL(`${url.href}/`));
      else if (entry.isFile) found.push(relative(fileURLToPath(root), fileURLToPath(url)));
    }
  };
  walk(new URL(`${folder}/`, root));
  return found.sort();
}

export const readSource = (path: string): string => Deno.readTextFileSync(new URL(path, root));

/** What an `import … from`, an `export … from`, a bare import and an `import()` name. */
const IMPORT =
  /^\s*(?:import|export)\s(type\s)?(?:[^"';]*?\sfrom\s)?\s*"([^"]+)"|\bimport\(\s*(?:\/\/[^\n]*\s*)?"([^"]+)"/gm;

/**
 * What a module imports: other modules by their path in the repository, packages as written.
 * @param options.types false: only what is loaded when the module runs
 */
export function importsOf(path: string, { types = true } = {}): string[] {
  const named = [...readSource(path).matchAll(IMPORT)]
    .filter(([, typeOnly]) => types || typeOnly === undefined)
    .map(([, , first, second]) => first ?? second ?? "");
  return named.map((specifier) =>
    specifier.startsWith(".")
      ? relative(fileURLToPath(root), fileURLToPath(new URL(specifier, new URL(path, root))))
      : specifier
  );
}
