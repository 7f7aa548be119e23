import { assertEquals } from "@std/assert";
import { BOUNDS_S, Count, createSeries, Timing } from "../../src/telemetry/series.ts";

Deno.test("Timing counts each duration in the lowest bucket that holds it", () => {
  const timing = new Timing();
  for (const bound of BOUNDS_S) timing.observe(bound);
  timing.observe(0);
  timing.observe(1e9);
  assertEquals(timing.buckets, [2, ...BOUNDS_S.slice(1).map(() => 1), 1]);
  assertEquals(Math.round(timing.sumS), Math.round(1e9 + BOUNDS_S.reduce((a, b) => a + b)));
});

Deno.test("createSeries() keeps one value for each combination of labels", () => {
  const series = createSeries(["event", "outcome"], () => new Count());
  series.of("a", "ok").value += 2;
  series.of("a", "ok").value += 1;
  series.of("a", "refused").value += 5;
  assertEquals([...series.all()].map(({ labels, value }) => [labels, value.value]), [
    [{ event: "a", outcome: "ok" }, 3],
    [{ event: "a", outcome: "refused" }, 5],
  ]);
  assertEquals([...createSeries([], () => new Count()).all()], []);
});
