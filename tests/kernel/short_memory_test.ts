import { assertEquals } from "@std/assert";
import { createShortMemory } from "../../src/kernel/short_memory.ts";

/** Things that change without news, and how often they were read. */
function world() {
  const things = new Map([[1, "old"], [2, "other"]]);
  let time = 0;
  const read: number[] = [];
  /** Waited for between a reading and its answer. */
  let gate: Promise<void> = Promise.resolve();
  const memory = createShortMemory<string>({
    now: () => time,
    async read(id) {
      read.push(id);
      const found = things.get(id) ?? null;
      await gate;
      return found;
    },
  });
  return {
    memory,
    things,
    read,
    pass: (ms: number) => time += ms,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

Deno.test("get() reads once a second, and what it returns is never older", async () => {
  const { memory, things, read, pass, hold } = world();
  const release = hold();
  const first = memory.get(1);
  // A second counts from when the reading began, however long that took.
  pass(400);
  release();
  assertEquals(await first, "old");
  things.set(1, "new");
  pass(599);
  assertEquals([await memory.get(1), read.length], ["old", 1]);
  pass(1);
  assertEquals([await memory.get(1), read.length], ["new", 2]);
});

Deno.test("forget() and forgetAll() make the next get() read", async () => {
  const { memory, things, read } = world();
  const both = async () => [await memory.get(1), await memory.get(2)];
  await both();
  things.set(1, "new").set(2, "newer");
  memory.forget(1);
  assertEquals(await both(), ["new", "other"]);
  memory.forgetAll();
  assertEquals(await both(), ["new", "newer"]);
  assertEquals(read, [1, 2, 1, 1, 2]);
});

Deno.test("a reading that began before a change is not remembered", async () => {
  for (const change of ["forget", "forgetAll"] as const) {
    const { memory, things, hold } = world();
    const release = hold();
    const first = memory.get(1);
    things.set(1, "new");
    memory[change](1);
    release();
    assertEquals([await first, await memory.get(1)], ["old", "new"]);
  }
});

Deno.test("what does not exist is not remembered", async () => {
  const { memory, things } = world();
  assertEquals(await memory.get(3), null);
  things.set(3, "made");
  assertEquals(await memory.get(3), "made");
});

Deno.test("those who ask at once share one reading, its failure too, and the next one reads anew", async () => {
  const { memory, read, hold } = world();
  const release = hold();
  const all = Promise.all(Array.from({ length: 16 }, () => memory.get(1)));
  release();
  assertEquals([new Set(await all), read], [new Set(["old"]), [1]]);

  let away = true;
  let readings = 0;
  const failing = createShortMemory<string>({
    now: () => 0,
    read: () => {
      readings++;
      return away ? Promise.reject(new Error("away")) : Promise.resolve("there");
    },
  });
  const ended = await Promise.allSettled([failing.get(1), failing.get(1)]);
  assertEquals([ended.map(({ status }) => status), readings], [["rejected", "rejected"], 1]);
  away = false;
  assertEquals(await failing.get(1), "there");
});

Deno.test("a reading that takes longer than a second is not shared any more", async () => {
  const { memory, things, pass, hold } = world();
  const release = hold();
  const slow = memory.get(1);
  things.set(1, "new");
  pass(1_000);
  const later = memory.get(1);
  release();
  assertEquals([await slow, await later], ["old", "new"]);
});
