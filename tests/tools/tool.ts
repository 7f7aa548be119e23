/** Runs a task of deno.json as its users do, with its permissions and a database of the test's own. */

import { taskArguments } from "../support/task.ts";

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = new URL("../../", import.meta.url);

export const toolEnv = (directory: string): Record<string, string> => ({
  DATABASE_URL: `sqlite:${directory}/attendance.db`,
  NO_COLOR: "1",
});

/** @param input what stands on standard input */
export async function runTool(
  task: Parameters<typeof taskArguments>[0],
  { directory, args = [], input = "" }: {
    directory: string;
    args?: readonly string[];
    input?: string | Uint8Array<ArrayBuffer>;
  },
): Promise<ToolResult> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...taskArguments(task, directory), ...args],
    cwd: root,
    env: toolEnv(directory),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const written = (async () => {
    const writer = child.stdin.getWriter();
    const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
    // A tool that refuses its arguments ends without reading.
    await writer.write(bytes).catch(() => {});
    await writer.close().catch(() => {});
  })();
  const { code, stdout, stderr } = await child.output();
  await written;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

export async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
