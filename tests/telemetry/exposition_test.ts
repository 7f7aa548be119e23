import { assertEquals } from "@std/assert";
import { counter, counts, exposition, gauge, histogram } from "../../src/telemetry/exposition.ts";
import { BOUNDS_S, Count, createSeries, Timing } from "../../src/telemetry/series.ts";
import { parseMetrics } from "../support/prometheus.ts";

Deno.test("exposition() writes each metric with its help, type and samples", () => {
  assertEquals(
    exposition([gauge("open", "Open sockets", 3), counter("seen_total", "Seen", 1.5)]),
    "# HELP open Open sockets\n# TYPE open gauge\nopen 3\n" +
      "# HELP seen_total Seen\n# TYPE seen_total counter\nseen_total 1.5\n",
  );
  assertEquals(exposition([gauge("g", "G", Infinity)]).split("\n")[2], "g +Inf");
  assertEquals(exposition([gauge("g", "G", -Infinity)]).split("\n")[2], "g -Inf");
  assertEquals(exposition([gauge("g", "G", NaN)]).split("\n")[2], "g NaN");
});

Deno.test("exposition() escapes what would end a line or a label", () => {
  const series = createSeries(["route", "code"], () => new Count());
  series.of('a"b\\c\nd', "e").value = 2;
  const text = exposition([counts("n_total", 'back\\slash, "quotes"\nand lines', series)]);
  assertEquals(
    text,
    '# HELP n_total back\\\\slash, "quotes"\\nand lines\n# TYPE n_total counter\n' +
      'n_total{route="a\\"b\\\\c\\nd",code="e"} 2\n',
  );
  assertEquals(parseMetrics(text).samples.length, 1);
});

Deno.test("exposition() writes a series without samples as its help and type", () => {
  const none = createSeries(["a"], () => new Timing());
  assertEquals(exposition([histogram("s", "S", none)]), "# HELP s S\n# TYPE s histogram\n");
});

Deno.test("exposition() writes durations as cumulative buckets, their sum and their count", () => {
  const series = createSeries(["verb"], () => new Timing());
  for (const seconds of [0.0004, 0.3, 60]) series.of("mark").observe(seconds);
  const lines = exposition([histogram("s", "S", series)]).trimEnd().split("\n").slice(2);
  const upTo = [...BOUNDS_S.map((bound) => [`${bound}`, bound < 0.5 ? 1 : 2]), ["+Inf", 3]];
  assertEquals(lines, [
    ...upTo.map(([le, n]) => `s_bucket{verb="mark",le="${le}"} ${n}`),
    's_sum{verb="mark"} 60.3004',
    's_count{verb="mark"} 3',
  ]);
});
