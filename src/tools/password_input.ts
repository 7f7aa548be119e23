/** Reads a password: typed without echo at a terminal, else the first line of standard input. */

/** The part of `Deno.stdin` that is used. */
export interface Input {
  read(buffer: Uint8Array): Promise<number | null>;
  isTerminal(): boolean;
  setRaw(on: boolean): void;
}

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CTRL_U = 0x15;
const DELETE = 0x7f;

/** Bytes; far beyond what any password may have. */
const MAX_LINE = 4096;

/** A character of UTF-8 is one byte that is no continuation (10xxxxxx), and those after it. */
function dropLastCharacter(line: number[]): void {
  let dropped: number | undefined;
  do dropped = line.pop(); while (dropped !== undefined && (dropped & 0xc0) === 0x80);
}

/** Lines of the input; null at its end. What a paste holds beyond a line is kept for the next one. */
function lineReader(input: Input, { editing }: { editing: boolean }): () => Promise<string | null> {
  let rest = new Uint8Array(0);
  const nextBytes = async () => {
    const buffer = new Uint8Array(1024);
    const count = await input.read(buffer);
    return count === null ? null : buffer.slice(0, count);
  };
  const text = (line: readonly number[]) => {
    const bytes = Uint8Array.from(line.at(-1) === CARRIAGE_RETURN ? line.slice(0, -1) : line);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    } catch (cause) {
      throw new Error("Cannot read the password: it is not UTF-8", { cause });
    }
  };
  return async () => {
    const line: number[] = [];
    for (;;) {
      const chunk = rest.length > 0 ? rest : await nextBytes();
      rest = new Uint8Array(0);
      if (chunk === null) return line.length > 0 ? text(line) : null;
      for (const [at, byte] of chunk.entries()) {
        const ends = byte === LINE_FEED || (editing && byte === CARRIAGE_RETURN);
        if (ends) {
          rest = chunk.slice(at + 1);
          return text(line);
        }
        if (editing && (byte === CTRL_C || byte === CTRL_D)) throw new Error("Cancelled");
        else if (editing && byte === CTRL_U) line.length = 0;
        else if (editing && (byte === BACKSPACE || byte === DELETE)) dropLastCharacter(line);
        else line.push(byte);
      }
      if (line.length > MAX_LINE) throw new Error("Cannot read the password: the line is too long");
    }
  };
}

async function askTwice(input: Input, write: (text: string) => void): Promise<string> {
  const readLine = lineReader(input, { editing: true });
  const ask = async (question: string) => {
    write(question);
    try {
      const line = await readLine();
      if (line === null) throw new Error("Cancelled");
      return line;
    } finally {
      write("\n");
    }
  };
  // Without raw mode the terminal would show what is typed.
  input.setRaw(true);
  try {
    const password = await ask("Password (it is not shown): ");
    if (await ask("The same again: ") !== password) {
      throw new Error("The two passwords are not the same");
    }
    return password;
  } finally {
    input.setRaw(false);
  }
}

/**
 * @param write shows the questions
 * @throws Error where there is none, it was cancelled, or the second one differs
 */
export async function readPassword(
  input: Input,
  write: (text: string) => void,
): Promise<string> {
  if (input.isTerminal()) return await askTwice(input, write);
  const line = await lineReader(input, { editing: false })();
  if (line === null || line === "") {
    throw new Error("Cannot read a password: the first line of standard input is empty");
  }
  return line;
}
