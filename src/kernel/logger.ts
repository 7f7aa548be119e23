/** JSON log lines, one event each. Whoever logs sees to it that no token or password is in there. */

export const LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type Level = (typeof LEVELS)[number];

export interface Logger {
  log(level: Exclude<Level, "silent">, message: string, fields?: Record<string, unknown>): void;
  /** Writes what is waiting; call before the process ends. */
  flush(): void;
}

/**
 * Lines of one turn of the event loop are written together.
 * @param write takes whole lines as one text
 */
export function createLogger(
  { level, write, now = Date.now }: {
    level: Level;
    write: (text: string) => void;
    now?: () => number;
  },
): Logger {
  const least = LEVELS.indexOf(level);
  let waiting = "";
  let second = NaN;
  let secondText = "";
  /** ISO 8601; only milliseconds are formatted anew within a second. */
  const timestamp = (at: number): string => {
    const ms = at % 1000;
    if (at - ms !== second) {
      second = at - ms;
      secondText = new Date(second).toISOString().slice(0, -4);
    }
    return `${secondText}${String(ms).padStart(3, "0")}Z`;
  };
  const flush = () => {
    if (waiting === "") return;
    const text = waiting;
    waiting = "";
    write(text);
  };
  return {
    log(at, message, fields) {
      if (LEVELS.indexOf(at) < least) return;
      if (waiting === "") setImmediate(flush);
      const rest = fields === undefined ? "{}" : JSON.stringify(fields);
      const head = `{"time":"${timestamp(now())}","level":"${at}","message":${
        JSON.stringify(message)
      }`;
      waiting += rest === "{}" ? `${head}}\n` : `${head},${rest.slice(1)}\n`;
    },
    flush,
  };
}

/** An error and its causes as one text for the log. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\ncaused by: ${describeError(error.cause)}`;
}
