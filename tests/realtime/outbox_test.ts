import { assertEquals, assertStrictEquals } from "@std/assert";
import { Joiner, MAX_BUFFERED_BYTES, type WebSocketLike } from "../../src/realtime/outbox.ts";

interface Recorder extends WebSocketLike {
  readonly sent: string[];
  bufferedAmount: number;
}

function recorder(): Recorder {
  const sent: string[] = [];
  return { sent, bufferedAmount: 0, send: (text) => void sent.push(text), close() {} };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function opened(batch: boolean, joiner = new Joiner()) {
  const socket = recorder();
  let slow = 0;
  const outbox = joiner.open({ socket, batch, onSlow: () => slow++ });
  return { socket, outbox, slow: () => slow };
}

Deno.test("frames of one turn leave as one array for who batches, one by one for others", async () => {
  const batching = opened(true);
  const plain = opened(false);
  for (const { outbox } of [batching, plain]) {
    outbox.push('{"a":1}');
    outbox.push('{"b":2}');
  }
  assertEquals(batching.socket.sent, []);
  await turn();
  assertEquals(batching.socket.sent, ['[{"a":1},{"b":2}]']);
  assertEquals(plain.socket.sent, ['{"a":1}', '{"b":2}']);
  batching.outbox.push('{"c":3}');
  await turn();
  assertEquals(batching.socket.sent.at(-1), '{"c":3}');
});

Deno.test("sockets with the same frames waiting share one string, others don't", async () => {
  const joiner = new Joiner();
  const sockets = Array.from({ length: 3 }, () => opened(true, joiner));
  for (const [i, { outbox }] of sockets.entries()) {
    outbox.push("x".repeat(10));
    outbox.push(i < 2 ? "same" : "other");
  }
  await turn();
  const [first, second, third] = sockets.map(({ socket }) => socket.sent[0]);
  assertStrictEquals(first, second);
  assertEquals([first, third], ["[xxxxxxxxxx,same]", "[xxxxxxxxxx,other]"]);
});

Deno.test("flush() sends at once, and nothing twice", async () => {
  const { socket, outbox } = opened(true);
  outbox.push("1");
  outbox.flush();
  outbox.push("2");
  await turn();
  assertEquals(socket.sent, ["1", "2"]);
});

Deno.test("who has too much waiting gets nothing more and is reported once", async () => {
  const { socket, outbox, slow } = opened(false);
  socket.bufferedAmount = MAX_BUFFERED_BYTES;
  outbox.push("fits");
  await turn();
  socket.bufferedAmount += 1;
  outbox.push("too much");
  await turn();
  outbox.push("later");
  await turn();
  assertEquals([socket.sent, slow()], [["fits"], 1]);
});

Deno.test("a socket that throws stops nobody else", async () => {
  const joiner = new Joiner();
  const broken = opened(false, joiner);
  const other = opened(false, joiner);
  broken.socket.send = () => {
    throw new Error("closed");
  };
  broken.outbox.push("x");
  other.outbox.push("x");
  await turn();
  assertEquals(other.socket.sent, ["x"]);
});

Deno.test("a discarded outbox sends nothing", async () => {
  const { socket, outbox } = opened(true);
  outbox.push("1");
  outbox.discard();
  outbox.push("2");
  await turn();
  assertEquals(socket.sent, []);
});
