import { assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import { closeInput, finish, markInput, type Register, ROSTER, startInput } from "./fixture.ts";

/** What is sent at the end of a turn holds both: the event, and that its verb has been answered. */
export function turnsContract(test: Register): void {
  test("a verb resolves in the turn of the event loop in which its event arrives", async (t) => {
    const order: string[] = [];
    t.live.listen({
      ...t.heard.listener,
      event({ type, seq }) {
        order.push(`${type} ${seq}`);
        setImmediate(() => order.push("turn over"));
      },
    });
    const calls: Promise<unknown>[] = [];
    const told = (call: Promise<{ readonly seq: number } | null>) =>
      calls.push(call.then((event) => order.push(`resolved ${event?.seq}`)));
    const over = () => new Promise((resolve) => setImmediate(resolve));
    told(t.live.start(startInput(t.classId)));
    await Promise.all(calls);
    for (const id of ROSTER) told(t.live.mark(markInput(t.classId, id, "late")));
    await Promise.all(calls);
    await over();
    told(t.live.mark(markInput(t.classId, 11, "present")));
    told(t.live.publishSummary(t.classId));
    await Promise.all(calls);
    const { session } = await t.live.beginClose(closeInput(t.classId));
    told(finish(t.live, session));
    await Promise.all(calls);
    await over();
    const events = ["1", "2", "3", "4", "5", "6", "7", "7", "8"];
    assertEquals(
      order.filter((what) => what.startsWith("resolved")),
      events.map((seq) => `resolved ${seq}`),
    );
    // Between an event and its verb's promise no turn ends.
    const waiting = new Set<string>();
    for (const what of order) {
      const [kind, seq = ""] = what.split(" ");
      if (kind === "resolved") waiting.delete(seq);
      else if (kind === "turn") assertEquals([...waiting], [], order.join(", "));
      else waiting.add(seq);
    }
  });
}
