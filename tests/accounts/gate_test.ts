import { assertEquals, assertRejects } from "@std/assert";
import { createGate } from "../../src/accounts/gate.ts";

/** Work that ends when told to. */
function pieces() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const piece = (name: string) => () => {
    started.push(name);
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
  };
  return { started, piece, end: (name: string) => ends.get(name)?.() };
}

Deno.test("createGate() lets so many of a key run, the others wait in order", async () => {
  const gate = createGate(2);
  const { started, piece, end } = pieces();
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => gate("key", piece(name)));
  const other = gate("other", piece("other"));
  assertEquals(started, ["a", "b", "other"]);
  end("b");
  assertEquals(await b, "b");
  await Promise.resolve();
  assertEquals(started, ["a", "b", "other", "c"]);
  end("a");
  await a;
  end("c");
  await c;
  end("d");
  end("other");
  assertEquals(await d, "d");
  await other;
  const again = gate("key", piece("again"));
  end("again");
  assertEquals(await again, "again");
});

Deno.test("createGate() goes on after work that fails", async () => {
  const gate = createGate(1);
  const failed = gate("key", () => Promise.reject(new Error("no")));
  const next = gate("key", () => Promise.resolve(1));
  await assertRejects(() => failed, Error, "no");
  assertEquals(await next, 1);
});
