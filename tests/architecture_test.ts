/** Keeps the import directions of docs/architecture.md, and the repository free of one machine's names. */
import { assert, assertEquals } from "@std/assert";
import { importsOf, readSource, sourceFiles } from "./support/source_files.ts";

/**
 * The layers, lowest first: a module imports from its own layer and from those below. The first
 * pattern that fits decides.
 */
const LAYERS: readonly (readonly [name: string, patterns: readonly RegExp[]])[] = [
  ["errors", [/^errors\.ts$/]],
  ["schemas", [/^(users|attendance)\/schema\.ts$/, /^http\/cursor\.ts$/]],
  ["ports", [
    /^live\/live_store\.ts$/,
    /^storage\/(storage|journal)\.ts$/,
    /^auth\/login_memory\.ts$/,
  ]],
  ["rules", [
    /^auth\/policy\.ts$/,
    /^attendance\/(rules|history)\.ts$/,
    /^classes\/(people|schema)\.ts$/,
  ]],
  ["adapters", [/^(live|storage)\/[^/]+\//]],
  ["services", [
    /^storage\/(short_memory|user_cache|class_cache)\.ts$/,
    /^metrics\//,
    /^auth\/(?!routes\.ts)/,
    /^users\/service\.ts$/,
    /^classes\/(service|reader|admission|import)\.ts$/,
    /^attendance\/(service|starting|closing|records)\.ts$/,
  ]],
  ["transports", [
    /^(http|realtime)\//,
    /^(auth|users|classes)\/routes\.ts$/,
    /^attendance\/([a-z]+_)?routes\.ts$/,
    /^(attendance\/views|classes\/examples)\.ts$/,
  ]],
  ["app", [/^(app|routes|process|telemetry)\.ts$/, /^config\.ts$/, /^environment\.ts$/]],
  ["programs", [/^(main|start|adapters)\.ts$/, /^(tools|workers)\//]],
];

const MODULES = sourceFiles("src").filter((path) => path.endsWith(".ts"));

function layerOf(path: string): number {
  const inSource = path.replace(/^src\//, "");
  return LAYERS.findIndex(([, patterns]) => patterns.some((pattern) => pattern.test(inSource)));
}

const nameOf = (layer: number): string => LAYERS[layer]?.[0] ?? "no layer";

/** Every import of `src/` that the predicate finds wrong, as `file → import`. */
const wrong = (isWrong: (path: string, imported: string) => boolean): string[] =>
  MODULES.flatMap((path) =>
    importsOf(path).filter((imported) => isWrong(path, imported))
      .map((imported) => `${path} → ${imported}`)
  );

const isOwn = (imported: string): boolean => imported.startsWith("src/");
const adapterOf = (path: string): string | null =>
  /^src\/((?:live|storage)\/[^/]+)\//.exec(path)?.[1] ?? null;

Deno.test("every module of src/ is in a layer, and every import in it is found", () => {
  assert(MODULES.length > 50);
  assertEquals(MODULES.filter((path) => layerOf(path) === -1), []);
  assertEquals(wrong((_, imported) => isOwn(imported) && !MODULES.includes(imported)), []);
  assertEquals(importsOf("src/kernel/errors.ts"), []);
  assert(importsOf("src/main.ts").includes("src/app.ts"));
});

Deno.test("imports run one way", () => {
  const upwards = MODULES.flatMap((path) =>
    importsOf(path).filter((imported) => isOwn(imported) && layerOf(imported) > layerOf(path))
      .map((imported) =>
        `${path} (${nameOf(layerOf(path))}) → ${imported} (${nameOf(layerOf(imported))})`
      )
  );
  assertEquals(upwards, []);
});

Deno.test("no module loads itself by way of others", () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      cycles.push([...trail.slice(start), path].join(" → "));
      return;
    }
    if (done.has(path)) return;
    const loaded = importsOf(path, { types: false }).filter(isOwn);
    for (const imported of loaded) visit(imported, [...trail, path]);
    done.add(path);
  };
  for (const path of MODULES) visit(path, []);
  assertEquals(cycles, []);
});

Deno.test("only the composition names an adapter, and adapters know nothing above their ports", () => {
  const composition = ["src/main.ts", "src/open_adapters.ts"];
  const allowed = [
    // Live state and history share the embedded database's file and connection.
    /^src\/live\/embedded\/\w+\.ts → src\/storage\/sqlite\/database\.ts$/,
    // What a good address is, the adapter knows; no driver is loaded to ask.
    /^src\/config\.ts → src\/(live|storage)\/\w+\/url\.ts$/,
  ];
  assertEquals(
    wrong((path, imported) => {
      const adapter = adapterOf(imported);
      return adapter !== null && adapter !== adapterOf(path) && !composition.includes(path);
    }).filter((line) => !allowed.some((pattern) => pattern.test(line))),
    [],
  );
});

Deno.test("each outside package has its place", () => {
  const places: readonly (readonly [RegExp, RegExp])[] = [
    [/^hono/, /^src\/(app\.ts|http\/|realtime\/routes\.ts)/],
    [/^@hono\//, /^src\/http\//],
    [/^node:sqlite$/, /^src\/storage\/sqlite\//],
    [/^ioredis/, /^src\/live\/redis\//],
    [/^mssql/, /^src\/storage\/mssql\//],
    [/^jose/, /^src\/auth\/token\.ts$/],
    [/^@node-rs\/argon2$/, /^src\/auth\/password\.ts$/],
    [/^@opentelemetry\//, /^src\/http\/tracing\.ts$/],
    [/^(swagger-ui-dist|redoc)\//, /^src\/http\/assets\.ts$/],
  ];
  assertEquals(
    wrong((path, imported) =>
      places.some(([outside, place]) => outside.test(imported) && !place.test(path))
    ),
    [],
  );
});

Deno.test("only one module reads the environment, and only one upgrades sockets", () => {
  const using = (pattern: RegExp) => MODULES.filter((path) => pattern.test(readSource(path)));
  assertEquals(using(/\bDeno\.env\b|\bprocess\.env\b/), ["src/environment.ts"]);
  assertEquals(using(/\bupgradeWebSocket\(/), ["src/realtime/routes.ts"]);
});

Deno.test("a service is made by a factory: no module of src/ keeps a mutable variable of its own", () => {
  assertEquals(MODULES.filter((path) => /^(export )?(let|var) /m.test(readSource(path))), []);
});

Deno.test("no file names a package registry or one machine's folders", () => {
  // In pieces, so that this file is no hit.
  const words = [
    ...["registry.npm" + "js", "jsr" + ".io", "yarn" + "pkg", "deno" + ".land", "esm" + ".sh"],
    ...["unpkg" + ".com", "jsdeli" + "vr", "artifact" + "ory"],
    ...["/wo" + "rk/", "/tm" + "p/", "/ro" + "ot/", "/ho" + "me/", "/Use" + "rs/"],
  ];
  const hits = sourceFiles().filter((path) => !/\.(png|ico|woff2)$/.test(path)).flatMap((path) => {
    const text = readSource(path);
    return words.filter((word) => text.includes(word)).map((word) => `${path}: ${word}`);
  });
  assertEquals(hits, []);
});
