import { assertEquals, assertRejects } from "@std/assert";
import { type Input, readPassword } from "../../src/tools/password_input.ts";

interface Typed extends Input {
  raw: boolean;
  /** Whether raw mode was on at each read. */
  readonly modes: boolean[];
}

function typed(chunks: readonly (string | number[])[], { terminal }: { terminal: boolean }): Typed {
  const left = chunks.map((chunk) =>
    typeof chunk === "string" ? new TextEncoder().encode(chunk) : Uint8Array.from(chunk)
  );
  return {
    raw: false,
    modes: [],
    read(buffer) {
      this.modes.push(this.raw);
      const chunk = left.shift();
      if (!chunk) return Promise.resolve(null);
      buffer.set(chunk);
      return Promise.resolve(chunk.length);
    },
    isTerminal: () => terminal,
    setRaw(on) {
      this.raw = on;
    },
  };
}

const piped = (...chunks: (string | number[])[]) =>
  readPassword(typed(chunks, { terminal: false }), () => {});

const atTerminal = (...chunks: string[]) =>
  readPassword(typed(chunks, { terminal: true }), () => {});

Deno.test("readPassword() takes the first line of what is piped in", async () => {
  assertEquals(await piped("four quiet otters\nmore\n"), "four quiet otters");
  assertEquals(await piped("four quiet otters\r\n"), "four quiet otters");
  assertEquals(await piped("four qui", "et otters"), "four quiet otters");
  assertEquals(await piped("  spaces stay  \n"), "  spaces stay  ");
  assertEquals(await piped([0xef, 0xbb, 0xbf, 0x61, 0x62, 0x0a]), "ab");
  assertEquals(await piped([0xc3], [0xa9, 0x0a]), "é");
});

Deno.test("readPassword() refuses nothing, noise and endless lines", async () => {
  await assertRejects(() => piped(), Error, "is empty");
  await assertRejects(() => piped("\nsecond"), Error, "is empty");
  await assertRejects(() => piped([0xff, 0xfe, 0x0a]), Error, "not UTF-8");
  const endless = Array.from({ length: 10 }, () => "x".repeat(1000));
  await assertRejects(() => piped(...endless), Error, "too long");
});

Deno.test("readPassword() asks twice at a terminal, with its echo off", async () => {
  const asked: string[] = [];
  const input = typed(["secret 1\r", "secret 1\r"], { terminal: true });
  assertEquals(await readPassword(input, (text) => asked.push(text)), "secret 1");
  assertEquals(asked.filter((text) => text !== "\n").length, 2);
  assertEquals(input.modes, [true, true]);
  assertEquals(input.raw, false);
});

Deno.test("readPassword() keeps what was pasted beyond a line", async () => {
  assertEquals(await atTerminal("secret 1\rsecret 1\r"), "secret 1");
});

Deno.test("readPassword() lets the line be edited", async () => {
  assertEquals(await atTerminal("wrong\x15sécrét\x7f\x7fe\x08et\r", "sécret\n"), "sécret");
  assertEquals(await atTerminal("\x7f\x7fab\r", "ab\r"), "ab");
});

Deno.test("readPassword() gives up on Ctrl-C, Ctrl-D, the end and a slip", async () => {
  await assertRejects(() => atTerminal("abc\x03"), Error, "Cancelled");
  await assertRejects(() => atTerminal("abc\r", "\x04"), Error, "Cancelled");
  await assertRejects(() => atTerminal("abc\r"), Error, "Cancelled");
  await assertRejects(() => atTerminal("abc\r", "abd\r"), Error, "not the same");
  const input = typed(["abc\x03"], { terminal: true });
  await assertRejects(() => readPassword(input, () => {}), Error, "Cancelled");
  assertEquals(input.raw, false);
});
