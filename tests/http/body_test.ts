import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../src/kernel/errors.ts";
import { readBody } from "../../src/http/kit/body.ts";

const request = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request("http://service.test/", { method: "POST", body, headers });

async function codeOf(work: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => work, AppError)).code;
}

/** A body that comes in pieces, and how much of it was asked for. */
function pieces(...chunks: Uint8Array<ArrayBuffer>[]) {
  const state = { sent: 0, cancelled: false };
  const stream = new ReadableStream({
    pull(controller) {
      const chunk = chunks[state.sent++];
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
    cancel() {
      state.cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { state, stream };
}

Deno.test("readBody() reads text up to the limit, counted in bytes", async () => {
  assertEquals(await readBody(request("żółw"), 7), "żółw");
  assertEquals(await codeOf(readBody(request("żółw"), 6)), "payload_too_large");
  assertEquals(await readBody(new Request("http://service.test/"), 6), "");
});

Deno.test("readBody() joins a character that comes in two pieces", async () => {
  const bytes = new TextEncoder().encode("é");
  const { stream } = pieces(bytes.slice(0, 1), bytes.slice(1));
  assertEquals(await readBody(request(stream), 10), "é");
});

Deno.test("readBody() stops as soon as there is too much", async () => {
  const { state, stream } = pieces(new Uint8Array(6), new Uint8Array(6), new Uint8Array(6));
  assertEquals(await codeOf(readBody(request(stream), 10)), "payload_too_large");
  assertEquals(state, { sent: 2, cancelled: true });
});

Deno.test("readBody() believes a Content-Length that is over the limit", async () => {
  const { state, stream } = pieces(new Uint8Array(6));
  const announced = request(stream, { "Content-Length": "11" });
  assertEquals(await codeOf(readBody(announced, 10)), "payload_too_large");
  assertEquals(state.sent, 0);
});

Deno.test("readBody() refuses bytes that are not UTF-8", async () => {
  for (const bytes of [[0xff], [0x22, 0xc3, 0x28, 0x22], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
    assertEquals(await codeOf(readBody(request(new Uint8Array(bytes)), 10)), "invalid_json");
  }
});
