/** Reads the text format of Prometheus, strictly: what it would refuse is an error here. */
import { assert, assertEquals } from "@std/assert";

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposed {
  /** Metric name → type. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** The one sample of this name with at least these labels; 0 where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
  /** The values of a label under a name. */
  labelValues(name: string, label: string): Set<string>;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g;

function parseSample(line: string): Sample {
  const [, name = "", labelText = "", value = ""] = SAMPLE.exec(line) ?? [];
  assert(NAME.test(name), `no sample: ${line}`);
  const labels = [...labelText.matchAll(LABEL)];
  assertEquals(labels.map(([text]) => text).join(""), labelText, line);
  assert(value !== "" && !Number.isNaN(Number(value)), line);
  return {
    name,
    labels: Object.fromEntries(labels.map(([, label, text]) => [label, text])),
    value: Number(value),
  };
}

/** Which metric a sample belongs to. */
const familyOf = (name: string, types: ReadonlyMap<string, string>): string =>
  types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, "");

/** Buckets only grow towards `+Inf`, which is the count. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, { buckets: [string, number][]; count: number }>();
  for (const { name: part, labels: { le = "", ...labels }, value } of samples) {
    const key = JSON.stringify(labels);
    const one = series.get(key) ?? { buckets: [], count: NaN };
    series.set(key, one);
    if (part === `${name}_bucket`) one.buckets.push([le, value]);
    if (part === `${name}_count`) one.count = value;
  }
  for (const { buckets, count } of series.values()) {
    const bounds = buckets.map(([le]) => le === "+Inf" ? Infinity : Number(le));
    assertEquals(bounds, bounds.toSorted((a, b) => a - b), name);
    const counts = buckets.map(([, n]) => n);
    assertEquals(counts, counts.toSorted((a, b) => a - b), name);
    assertEquals(bounds.at(-1), Infinity);
    assertEquals(counts.at(-1), count);
  }
}

export function parseMetrics(text: string): Exposed {
  assert(text.endsWith("\n"));
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split("\n").filter(Boolean)) {
    const [, name = "", type = ""] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (name) {
      assert(NAME.test(name) && !types.has(name), line);
      types.set(name, type);
    } else if (line.startsWith("#")) assert(/^# HELP \S+ \S/.test(line), line);
    else samples.push(parseSample(line));
  }
  const keys = samples.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`);
  assertEquals(keys.length, new Set(keys).size, "a sample comes twice");
  for (const [name, type] of types) {
    const own = samples.filter((sample) => familyOf(sample.name, types) === name);
    if (type === "histogram") checkHistogram(name, own);
    if (type === "counter") assert(name.endsWith("_total"), name);
  }
  for (const { name } of samples) assert(types.has(familyOf(name, types)), `${name} has no type`);
  return {
    types,
    samples,
    value(name, labels = {}) {
      const found = samples.filter((sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
      );
      assert(found.length <= 1, `${name} ${JSON.stringify(labels)} is ${found.length} samples`);
      return found[0]?.value ?? 0;
    },
    labelValues: (name, label) =>
      new Set(
        samples.filter((sample) => sample.name === name).map(({ labels }) => labels[label] ?? ""),
      ),
  };
}
