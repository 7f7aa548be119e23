/** The text format of Prometheus, version 0.0.4. */
import { BOUNDS_S, type Count, type Series, type Timing } from "./series.ts";

type Labels = Readonly<Record<string, string | number>>;

interface Sample {
  /** What follows the metric's name, for the parts of a histogram. */
  readonly suffix?: string;
  readonly labels?: Labels;
  readonly value: number;
}

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: Iterable<Sample>;
}

const single = (type: Metric["type"]) => (name: string, help: string, value: number): Metric => ({
  name,
  help,
  type,
  samples: [{ value }],
});

export const gauge = single("gauge");
export const counter = single("counter");

export const counts = (name: string, help: string, series: Series<Count>): Metric => ({
  name,
  help,
  type: "counter",
  samples: [...series.all()].map(({ labels, value }) => ({ labels, value: value.value })),
});

function* histogramSamples(series: Series<Timing>): Iterable<Sample> {
  for (const { labels, value: { buckets, sumS } } of series.all()) {
    let count = 0;
    for (const [i, n] of buckets.entries()) {
      count += n;
      yield { suffix: "_bucket", labels: { ...labels, le: BOUNDS_S[i] ?? "+Inf" }, value: count };
    }
    yield { suffix: "_sum", labels, value: sumS };
    yield { suffix: "_count", labels, value: count };
  }
}

export const histogram = (name: string, help: string, series: Series<Timing>): Metric => ({
  name,
  help,
  type: "histogram",
  samples: histogramSamples(series),
});

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };
const escaped = (text: string, what: RegExp): string =>
  text.replace(what, (character) => ESCAPES[character] ?? "");

const labelled = (labels: Labels): string => {
  const parts = Object.entries(labels).map(([name, value]) =>
    `${name}="${escaped(`${value}`, /[\\\n"]/g)}"`
  );
  return parts.length > 0 ? `{${parts.join(",")}}` : "";
};

/** JavaScript writes infinity in another way than Prometheus reads it. */
const numeral = (value: number): string =>
  value === Infinity ? "+Inf" : `${value}`.replace("Infinity", "Inf");

/** These metrics as one text. */
export function exposition(metrics: readonly Metric[]): string {
  let text = "";
  for (const { name, help, type, samples } of metrics) {
    text += `# HELP ${name} ${escaped(help, /[\\\n]/g)}\n# TYPE ${name} ${type}\n`;
    for (const { suffix = "", labels = {}, value } of samples) {
      text += `${name}${suffix}${labelled(labels)} ${numeral(value)}\n`;
    }
  }
  return text;
}
