/** Keeps the rooms of docs/architecture.md, and the repository free of one machine's names. */
import { assert, assertEquals } from "@std/assert";
import { importsOf, readSource, sourceFiles } from "./support/source_files.ts";

const MODULES = sourceFiles("src").filter((path) => path.endsWith(".ts"));

/** A folder or a lone file directly under `src/`. */
const roomOf = (path: string): string => path.split("/")[1] ?? "";

/** As docs/architecture.md lists them in its first table: each may import from those before it. */
const ROOMS: readonly string[] = (readSource("docs/architecture.md").split(/^## .*$/m)[1] ?? "")
  .split("\n").flatMap((line) => /^\| (`[^|]*)\|/.exec(line)?.[1]?.match(/[\w.]+(?=\/?`)/g) ?? [])
  .filter((room) => !["src", "static", "tests"].includes(room));

/** Every import of `src/`, types too, that the predicate finds wrong, as `file → import`. */
const wrong = (isWrong: (path: string, imported: string) => boolean): string[] =>
  MODULES.flatMap((path) =>
    importsOf(path).filter((imported) => isWrong(path, imported))
      .map((imported) => `${path} → ${imported}`)
  );

const isOwn = (imported: string): boolean => imported.startsWith("src/");

Deno.test("docs/architecture.md lists the rooms that there are", () => {
  assertEquals(ROOMS.toSorted(), [...new Set(MODULES.map(roomOf))].sort());
});

Deno.test("every import is found, whatever kind of import", () => {
  assertEquals(wrong((_, imported) => isOwn(imported) && !MODULES.includes(imported)), []);
  assertEquals(importsOf("src/kernel/errors.ts"), []);
  const adapters = importsOf("src/open_adapters.ts");
  assert(adapters.includes("src/adapters/sqlite/database.ts"));
  assert(adapters.includes("src/sessions/live_store.ts"), "of a type");
  assert(adapters.includes("src/adapters/mssql/storage.ts"), "while it runs");
});

Deno.test("imports between rooms run one way, types too, so that rooms form no circle", () => {
  const place = (path: string) => ROOMS.indexOf(roomOf(path));
  assertEquals(wrong((path, imported) => isOwn(imported) && place(imported) > place(path)), []);
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

const FEATURES = /^src\/(accounts|classes|sessions|records|imports)\//;
/** Where ports are, and the limiter of one process, which insures the one on Redis. */
const PORT =
  /\/(store|news|(local_)?login_memory|live_store|live_change|journal|archive|idempotency|visibility)\.ts$/;
const adapterOf = (path: string): string | null =>
  /^src\/adapters\/(\w+)\//.exec(path)?.[1] ?? null;

Deno.test("only open_adapters.ts names an adapter, and adapters know nothing but ports", () => {
  const allowed = [
    "src/open_adapters.ts",
    // What a good address is, the adapter knows; no driver is loaded to ask.
    "src/config.ts → src/adapters/mssql/url.ts",
    "src/config.ts → src/adapters/redis/url.ts",
  ];
  const named = wrong((path, imported) =>
    adapterOf(imported) !== null && adapterOf(imported) !== adapterOf(path) &&
    // Live state and history share the embedded database's file and connection.
    !(adapterOf(path) === "embedded" && imported === "src/adapters/sqlite/database.ts")
  );
  assertEquals(named.filter((line) => !allowed.some((start) => line.startsWith(start))), []);
  const beyondPorts = wrong((path, imported) =>
    roomOf(path) === "adapters" && isOwn(imported) && roomOf(imported) !== "adapters" &&
    roomOf(imported) !== "kernel" && !PORT.test(imported)
  );
  assertEquals(beyondPorts, []);
});

Deno.test("of a feature only its routes know HTTP", () => {
  assertEquals(
    wrong((path, imported) =>
      FEATURES.test(path) && !/routes?\.ts$/.test(path) && roomOf(imported) === "http"
    ),
    [],
  );
});

Deno.test("each outside package has its place", () => {
  const places: readonly (readonly [RegExp, RegExp])[] = [
    [/^zod$/, /^src\//],
    [/^node:/, /^src\//],
    [/^node:sqlite$/, /^src\/adapters\/sqlite\//],
    [/^hono(\/|$)/, /^src\/(app\.ts|http\/|realtime\/routes\.ts|telemetry\/telemetry\.ts)/],
    [/^@hono\//, /^src\/http\//],
    [/^ioredis$/, /^src\/adapters\/redis\//],
    [/^mssql$/, /^src\/adapters\/mssql\//],
    [
      /^rate-limiter-flexible$/,
      /^src\/(http\/kit\/|accounts\/local_login_memory\.ts|adapters\/redis\/)/,
    ],
    [/^jose$/, /^src\/accounts\/token\.ts$/],
    [/^@node-rs\/argon2$/, /^src\/accounts\/password\.ts$/],
    [/^papaparse$/, /^src\/imports\//],
    [/^yaml$/, /^src\/http\/docs\//],
    [/^@opentelemetry\//, /^src\/telemetry\//],
    [/^deno\.json$/, /^src\//],
    [/^(swagger-ui-dist|redoc)\//, /^src\/http\/pages\//],
  ];
  assertEquals(
    wrong((path, imported) => {
      const rules = places.filter(([outside]) => outside.test(imported));
      return !isOwn(imported) && (rules.length === 0 || !rules.every(([, at]) => at.test(path)));
    }),
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
