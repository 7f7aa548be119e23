import { assertEquals } from "@std/assert";
import { withRedisWorld } from "./world.ts";

/** Calls made after the append has gone on, one in each microtask. */
const LATER = 60;

Deno.test("redis: a call that waited for the database goes on before those that come later", () =>
  withRedisWorld(async (world) => {
    const one = await world.instance();
    await world.start(one);
    for (let round = 0; round < 5; round++) {
      one.cutOff = true;
      await one.mark(0, "late").catch(() => {});
      one.cutOff = false;
      const setsOut = Promise.withResolvers<void>();
      const goesOn = Promise.withResolvers<void>();
      one.onAppend = setsOut.resolve;
      one.held = goesOn.promise;
      const calls: Promise<number>[] = [];
      const call = () => {
        const mark = one.mark(calls.length % world.students.length, "present");
        calls.push(mark.then(({ seq }) => seq));
      };
      // What failed is journalled first; this one waits for it.
      call();
      await setsOut.promise;
      one.held = null;
      goesOn.resolve();
      for (let i = 0; i < LATER; i++) {
        call();
        await null;
      }
      const seqs = await Promise.all(calls);
      assertEquals(seqs, seqs.toSorted((a, b) => a - b));
    }
  }));
