/** What README.md says is run as it stands there. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SETTING_NAMES } from "../../src/config.ts";
import { firstColumn, localLinks, markedBlocks } from "../support/markdown.ts";
import { requirement } from "../support/requirement.ts";
import { withServer } from "../support/server.ts";
import { readSource, sourceFiles } from "../support/source_files.ts";

const README = readSource("README.md");
const BLOCKS = markedBlocks(README);

const blocks = (mark: string): string[] =>
  BLOCKS.filter((block) => block.mark === mark).map(({ text }) => text);

const bash = requirement("bash", "apt-get install bash");
const curl = requirement("curl", "apt-get install curl");
const httpie = requirement("http", "apt-get install httpie");

/**
 * Runs a script in a folder of its own, and fails where a command of it fails; the settings make
 * curl and HTTPie say so where the server refuses.
 */
async function runScript(script: string, directory: string, url: string): Promise<string> {
  await Deno.writeTextFile(`${directory}/.curlrc`, "fail-with-body\nshow-error\n");
  const options = ["--check-status", "--ignore-stdin"];
  await Deno.writeTextFile(
    `${directory}/config.json`,
    JSON.stringify({ default_options: options }),
  );
  const { code, stdout, stderr } = await new Deno.Command(bash ?? "", {
    args: ["-euo", "pipefail", "-c", script],
    cwd: directory,
    env: { BASE: url, CURL_HOME: directory, HTTPIE_CONFIG_DIR: directory, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(code, 0, `${text(stdout)}\n${text(stderr)}`);
  return text(stdout);
}

/** The keys of a JSON value, deeply, so that answers compare whatever their ids and times are. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

/** The answers among what a script printed; HTTPie puts nothing between them. */
const answersOf = (output: string): string[] => output.replaceAll("}{", "}\n{").trim().split("\n");

Deno.test({
  name: "the README's walk-through in curl goes from sign-up to history, and on to the WebSocket",
  ignore: bash === null || curl === null,
  fn: async () => {
    const parts = blocks("run: curl");
    const [live] = blocks("file: live.js");
    const [answer] = blocks("answer: curl");
    assert(parts.length >= 2 && live !== undefined && answer !== undefined);
    await withServer(async ({ url, directory }) => {
      await Deno.writeTextFile(`${directory}/live.js`, live);
      const run = `"${Deno.execPath()}" run -A live.js`;
      const output = await runScript([...parts, run].join("\n"), directory, url);

      const history = answersOf(output).find((line) => line.includes('"attendance_records"'));
      const { data } = JSON.parse(history ?? "{}");
      assertEquals(shapeOf(data.sessions[0]), shapeOf(JSON.parse(answer)));
      const [record] = data.sessions[0].attendance_records;
      assertEquals([record.status, record.note], ["late", "Bus"]);

      const events = [...output.matchAll(/^([A-Z_]{4,}) \{/gm)].map(([, event]) => event);
      assertEquals(events[0], "CONNECTED");
      assert(events.includes("ATTENDANCE_MARKED"), output);
    });
  },
});

Deno.test({
  name: "the README's walk-through in HTTPie goes from sign-up to history",
  ignore: bash === null || httpie === null,
  fn: async () => {
    const parts = blocks("run: httpie");
    assertEquals(parts.length, 1);
    await withServer(async ({ url, directory }) => {
      const output = await runScript(parts.join("\n"), directory, url);
      const { data } = JSON.parse(answersOf(output).at(-1) ?? "{}");
      assertEquals(data.length, 1);
      assertEquals([data[0].title, data[0].present_count], ["Rehearsal", 1]);
      assertStringIncludes(output, "Łucja Dvořák");
    });
  },
});

Deno.test("the README's JavaScript has at most ten lines", () => {
  const [live = ""] = blocks("file: live.js");
  assert(live.trim().split("\n").length <= 10);
});

Deno.test("the README lists every setting and every task", () => {
  assertEquals(firstColumn(README, "Setting"), [...SETTING_NAMES]);
  const { tasks } = JSON.parse(readSource("deno.json"));
  assertEquals(firstColumn(README, "Task").toSorted(), Object.keys(tasks).toSorted());
});

Deno.test("one version of Deno is named everywhere", () => {
  const named = ["README.md", "Dockerfile", ".ci/run"].flatMap((path) =>
    [...readSource(path).matchAll(/(?:deno@|debian-|Deno\]\([^)]*\) )(\d+\.\d+\.\d+)/g)]
      .map(([, version]) => `${path} ${version}`)
  );
  assert(named.length >= 4);
  const [version] = named.map((entry) => entry.split(" ")[1]);
  assertEquals(named.filter((entry) => !entry.endsWith(` ${version}`)), []);
});

Deno.test("links between the documents lead somewhere", async () => {
  const documents = sourceFiles().filter((path) => path.endsWith(".md"));
  const broken: string[] = [];
  for (const path of documents) {
    for (const link of localLinks(readSource(path))) {
      const target = new URL(link, new URL(path, new URL("../../", import.meta.url)));
      const found = await Deno.stat(new URL(target.pathname, target)).then(() => true, () => false);
      if (!found) broken.push(`${path}: ${link}`);
    }
  }
  assertEquals(broken, []);
});

Deno.test("the README's picture is a PNG that loads fast", async () => {
  const bytes = await Deno.readFile(
    new URL("../../docs/pictures/live_session.png", import.meta.url),
  );
  assertEquals([...bytes.slice(1, 4)], [...new TextEncoder().encode("PNG")]);
  assert(bytes.length < 300_000, `it has ${bytes.length} bytes`);
});
