/** The public linter of API documents, run as people run it. */

const root = new URL("../../", import.meta.url);

interface Finding {
  readonly ruleId: string;
  readonly message: string;
  readonly location: readonly { readonly pointer?: string }[];
}

/**
 * Lints a document by redocly.yaml and resolves with what it found, a line each. Runs out of the
 * package cache, without the network.
 */
export async function lint(document: object): Promise<string[]> {
  const file = await Deno.makeTempFile({ prefix: "attendance-lint-", suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(document));
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--cached-only", "@redocly/cli"],
        ...["lint", "--config=redocly.yaml", "--format=json", "--max-problems=1000", file],
      ],
      cwd: root,
      env: {
        NO_COLOR: "1",
        // Else it asks for newer versions and sends statistics.
        REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
        REDOCLY_TELEMETRY: "off",
      },
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (!text.startsWith("{")) {
      throw new Error(`The linter did not run: ${text}${new TextDecoder().decode(stderr)}`);
    }
    const { problems }: { problems: readonly Finding[] } = JSON.parse(text);
    return problems.map(({ ruleId, message, location }) =>
      `${ruleId} ${location[0]?.pointer ?? ""}: ${message}`
    );
  } finally {
    await Deno.remove(file);
  }
}
