import { assertEquals } from "@std/assert";
import type { Entry } from "../../../src/adapters/redis/codec.ts";
import { createOrderer } from "../../../src/adapters/redis/orderer.ts";

const EPOCH = 3;

function entry(offset: number): Entry {
  const event = { type: "cancelled", classId: 5, sessionId: "s", seq: offset } as const;
  return { at: { epoch: EPOCH, offset }, payload: JSON.stringify(event), event };
}

/** An orderer that listens from the first event on, and a stream that it reads gaps from. */
function listening(stream: readonly Entry[] = []) {
  const heard: string[] = [];
  const kept = [entry(1), ...stream];
  const orderer = createOrderer({
    start: { epoch: EPOCH, offset: 1 },
    answered: () => null,
    read(from) {
      const newest = kept.at(-1)?.at ?? from;
      const after = kept.filter(({ at }) => at.epoch > from.epoch || at.offset >= from.offset);
      return Promise.resolve({ newest, entries: after });
    },
    deliver: ({ at }) => heard.push(`${at.offset}`),
    lost: () => heard.push("lost"),
  });
  return { orderer, heard, kept };
}

Deno.test("hear() hands on what follows, and nothing twice", async () => {
  const { orderer, heard } = listening();
  await orderer.hear([entry(2), entry(3)]);
  await orderer.hear([entry(2), entry(3), entry(4)]);
  assertEquals(heard, ["2", "3", "4"]);
});

Deno.test("hear() reads what is missing before it hands on what comes after", async () => {
  const { orderer, heard } = listening([entry(2), entry(3), entry(4)]);
  await orderer.hear([entry(4)]);
  assertEquals(heard, ["2", "3", "4"]);
});

Deno.test("own() reads what is missing before an event of this instance", async () => {
  const { orderer, heard } = listening([entry(2), entry(3)]);
  await orderer.own([entry(4)]);
  await orderer.hear([entry(4)]);
  assertEquals(heard, ["2", "3", "4"]);
});

Deno.test("where the stream no longer reaches back, that events are lost is told, once", async () => {
  const { orderer, heard, kept } = listening();
  kept.splice(0, 1, entry(7), entry(8));
  await orderer.look();
  await orderer.hear([entry(8), entry(9)]);
  assertEquals(heard, ["lost", "9"]);
});
