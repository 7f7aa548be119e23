import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { createFrameQueue } from "../../src/realtime/frame_queue.ts";

interface Item {
  readonly n: number;
  readonly pipelined: boolean;
  /** Turns until it is prepared, and until it is done. */
  readonly prepareTurns: number;
  readonly workTurns: number;
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

const items = fc.array(
  fc.record({
    pipelined: fc.boolean(),
    prepareTurns: fc.nat(6),
    workTurns: fc.nat(6),
  }),
  { maxLength: 30 },
).map((list) => list.map((item, n): Item => ({ n, ...item })));

Deno.test("items are issued in order; what does not pipeline runs alone", async () => {
  await fc.assert(fc.asyncProperty(items, async (list) => {
    const issued: number[] = [];
    let running = 0;
    let aloneRunning = false;
    let violations = 0;
    async function work(item: Item): Promise<void> {
      issued.push(item.n);
      if (aloneRunning || (!item.pipelined && running > 0)) violations++;
      running++;
      aloneRunning = !item.pipelined;
      await turns(item.workTurns);
      running--;
      aloneRunning = false;
    }
    const queue = createFrameQueue<Item>({
      pipelined: (item) => item.pipelined,
      async prepare(item) {
        await turns(item.prepareTurns);
        return () => work(item);
      },
      run: work,
    });
    for (const item of list) queue.push(item);
    await queue.idle();
    assertEquals(issued, list.map(({ n }) => n));
    assertEquals([running, violations], [0, 0]);
  }));
});

Deno.test("a paused queue starts nothing; cleared items never start", async () => {
  const ran: number[] = [];
  const queue = createFrameQueue<number>({
    pipelined: () => false,
    prepare: () => Promise.resolve(() => Promise.resolve()),
    run(n) {
      ran.push(n);
      return Promise.resolve();
    },
  });
  queue.pause();
  queue.push(1);
  assertEquals(ran, []);
  queue.resume();
  await queue.idle();
  assertEquals(ran, [1]);
  queue.pause();
  queue.push(2);
  queue.clear();
  queue.resume();
  await queue.idle();
  assertEquals(ran, [1]);
});
