/** A worker process as its parent sees it. */

/** The line on standard error with which a worker says that it listens. */
export const READY = "worker listens";

export interface Worker {
  readonly pid: number;
  /** Resolves when it listens; rejects where it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<Deno.CommandStatus>;
  /** No error where it has ended. */
  signal(signal: Deno.Signal): void;
}

async function forEachLine(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  if (rest !== "") take(rest);
}

/**
 * Starts one. Its standard output is the parent's; its standard input stays open for as long as the
 * parent lives, however that ends.
 * @param say takes what it writes to standard error, line by line
 */
export function startWorker(
  { program, args, env, say }: {
    program: string;
    args: readonly string[];
    env: Record<string, string>;
    say: (line: string) => void;
  },
): Worker {
  const child = new Deno.Command(program, {
    args: [...args],
    env,
    stdin: "piped",
    stdout: "inherit",
    stderr: "piped",
  }).spawn();
  const ready = Promise.withResolvers<void>();
  const heard = forEachLine(child.stderr, (line) => line === READY ? ready.resolve() : say(line));
  const ended = heard.then(() => child.status);
  ended.then(() => ready.reject(new Error("A worker ended before it listened")), ready.reject);
  // Whoever starts it may look at its end alone.
  ready.promise.catch(() => {});
  return {
    pid: child.pid,
    ready: ready.promise,
    ended,
    signal(signal) {
      try {
        child.kill(signal);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    },
  };
}
