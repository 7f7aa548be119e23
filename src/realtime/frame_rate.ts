export type RateVerdict = "ok" | "limited" | "cut_off";

/** How many seconds of the sustained rate may come at once. */
const BURST_S = 4;

/**
 * Token bucket for the frames of one socket: `rate` a second sustained, four times that at once.
 * One second's worth of refused frames, without a pause that refills the bucket, ends the patience.
 * @param rate frames a second; 0 lets everything pass
 */
export function createFrameRate(
  { rate, now }: { rate: number; now: () => number },
): () => RateVerdict {
  if (rate === 0) return () => "ok";
  const burst = rate * BURST_S;
  let tokens = burst;
  let refused = 0;
  let last = now();
  return () => {
    const at = now();
    tokens = Math.min(burst, tokens + Math.max(0, at - last) * rate / 1000);
    last = at;
    if (tokens === burst) refused = 0;
    if (tokens >= 1) {
      tokens -= 1;
      return "ok";
    }
    refused += 1;
    return refused > rate ? "cut_off" : "limited";
  };
}
