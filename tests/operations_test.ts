/** Holds docs/operations.md to what the service exposes and logs. */
import { assert, assertEquals } from "@std/assert";
import { parseMetrics } from "./support/prometheus.ts";
import { createRegistry } from "../src/telemetry/registry.ts";
import { createRecorder } from "../src/telemetry/recorder.ts";
import { readSource, sourceFiles } from "./support/source_files.ts";

const GUIDE = readSource("docs/operations.md");

/** The first cells of the rows under a heading, and the second ones. */
function tableUnder(heading: string): [string, string][] {
  const [, section = ""] = GUIDE.split(`${heading}\n`);
  const [table = ""] = section.split("\n#");
  return [...table.matchAll(/^\| ([^|]*?) +\| ([^|]*?) *\|/gm)].slice(2)
    .map(([, first = "", second = ""]) => [first, second]);
}

const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, t = ""]) => t);

Deno.test("docs/operations.md lists every metric with its labels", () => {
  const none = { sockets: 0, signedIn: 0, rooms: 0, opened: 0, closed: new Map() };
  const queues = { sentFrames: 0, sentMessages: 0, waitingBytes: 0, waitingBytesMax: 0 };
  const recorder = createRecorder();
  for (const series of Object.values(recorder)) series.of(...series.labelNames);
  const read = createRegistry({
    recorder,
    hub: () => ({ ...none, ...queues, waitingFrames: 0 }),
    build: { version: "", deno: "", storage: "", live: "" },
  });
  const { types, samples } = parseMetrics(read());
  const rows = tableUnder("### What there is");
  assertEquals(rows.flatMap(([name]) => quoted(name)).toSorted(), [...types.keys()].toSorted());
  for (const [cell, labels] of rows) {
    const [name = ""] = quoted(cell);
    const sample = samples.find((one) => one.name === name || one.name === `${name}_count`);
    assertEquals(quoted(labels), Object.keys(sample?.labels ?? {}), cell);
  }
});

Deno.test("docs/operations.md asks for metrics that there are", () => {
  const known = new Set(tableUnder("### What there is").flatMap(([name]) => quoted(name)));
  const asked = [...GUIDE.matchAll(/\b(?:attendance|process|deno)_[a-z_]+[a-z]\b/g)]
    .map(([name]) => name.replace(/_(bucket|count)$/, ""))
    .filter((name) => name !== "attendance_token");
  assertEquals(asked.filter((name) => !known.has(name)), []);
});

Deno.test("docs/operations.md lists every line that is logged", () => {
  const logged = sourceFiles("src").filter((path) => path.endsWith(".ts")).flatMap((path) =>
    [
      ...readSource(path).matchAll(
        /(?:\blog\([^;]*?"(?:error|warn|info)",\s*|\blogFailure\()"([^"]+)"/g,
      ),
    ].map(([, message = ""]) => message)
  );
  assert(logged.includes("request") && logged.includes("room could not be joined"));
  const described = tableUnder("## Logs").flatMap(([message]) => quoted(message));
  assertEquals([...new Set(logged)].toSorted(), described.toSorted());
});
