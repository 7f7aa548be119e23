import { Count, createSeries, type Series, Timing } from "./series.ts";

/** What this process did since it started. */
export interface Recorder {
  /** By method, route pattern and status. */
  readonly requests: Series<Timing>;
  /** By verb of the port and outcome. */
  readonly storage: Series<Timing>;
  readonly live: Series<Timing>;
  /** Frames of sockets, by event and outcome. */
  readonly frames: Series<Count>;
  /** Marks, by transport and outcome. */
  readonly marks: Series<Count>;
  readonly loopDelay: Series<Timing>;
}

const timing = () => new Timing();
const count = () => new Count();

export const createRecorder = (): Recorder => ({
  requests: createSeries(["method", "route", "status"], timing),
  storage: createSeries(["verb", "outcome"], timing),
  live: createSeries(["verb", "outcome"], timing),
  frames: createSeries(["event", "outcome"], count),
  marks: createSeries(["transport", "outcome"], count),
  loopDelay: createSeries([], timing),
});
