import { z } from "zod";
import { parseRedisUrl } from "./adapters/redis/url.ts";
import { parseMssqlUrl } from "./adapters/mssql/url.ts";

/** `30m`, `1d`, `45s`, `12h`, or plain seconds; kept in milliseconds. */
const duration = z.string().regex(/^\d{1,9}[smhd]?$/, "must be like 45s, 30m, 12h or 1d")
  .transform((text) => {
    const unit = { s: 1, m: 60, h: 3600, d: 86400 }[text.at(-1) ?? ""] ?? 1;
    return Number.parseInt(text, 10) * unit * 1000;
  }).refine((ms) => ms >= 1000, "must be at least one second");

const whole = (min: number, max: number) =>
  z.string().regex(/^\d{1,10}$/, "must be a whole number").transform(Number).pipe(
    z.number().min(min).max(max),
  );

const origins = z.string().transform((text) => text.split(",").map((o) => o.trim()).filter(Boolean))
  .pipe(z.array(
    z.string().refine(
      (o) => URL.canParse(o) && new URL(o).origin === o,
      "must be origins like https://school.example, separated by commas",
    ),
  ));

/** Checked where it is known what a good one is; the text says what is wrong, never the URL. */
const url = (parse: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      context.addIssue({
        code: "custom",
        message: error instanceof Error ? error.message : String(error),
      });
    }
  });

const redisUrl = url(parseRedisUrl);

const databaseUrl = url((text) => {
  if (/^sqlite:.+$/.test(text)) return;
  if (!text.startsWith("mssql:")) throw new Error("must be sqlite:PATH or mssql://…");
  parseMssqlUrl(text);
});

const onOff = z.enum(["on", "off"]).transform((v) => v === "on");

const schema = z.object({
  PORT: whole(0, 65535).default(8000),
  HOST: z.string().min(1).default("0.0.0.0"),
  WORKERS: whole(1, 64).default(1),
  DATABASE_URL: databaseUrl.default("sqlite:data/attendance.db"),
  SQLITE_SYNC: z.enum(["normal", "full"]).default("normal"),
  REDIS_URL: redisUrl.optional(),
  JWT_SECRET: z.string().transform((text) => text.split(",").map((s) => s.trim()))
    .pipe(z.array(z.string().min(32, "must be at least 32 characters")).min(1)).optional(),
  ACCESS_TOKEN_TTL: duration.default(30 * 60_000),
  REFRESH_TOKEN_TTL: duration.default(24 * 3_600_000),
  SIGNUP: z.enum(["open", "students", "closed"]).default("open"),
  ALLOWED_ORIGINS: origins.default([]),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  METRICS_TOKEN: z.string().regex(
    /^[\x21-\x7e]{16,}$/,
    "must be at least 16 visible ASCII characters",
  ).optional(),
  METRICS_PORT: whole(0, 65535).optional(),
  TRUST_PROXY: onOff.default(false),
  RATE_LIMIT: onOff.default(true),
  FRAME_RATE: whole(0, 1_000_000).default(50),
});

/** The settings, by the names of their environment variables; durations in milliseconds. */
export type Config = Readonly<z.infer<typeof schema>>;

/** Every bad setting, each by its variable name. Values are not repeated: one may be a secret. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The settings have problems:\n${problems.map((p) => `  ${p}`).join("\n")}`);
    this.name = "ConfigError";
  }
}

/**
 * Reads the settings from a record of environment variables; empty strings count as unset.
 * @throws ConfigError naming all that are wrong
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, env[name] || undefined]),
  );
  const parsed = schema.safeParse(given);
  const problems = parsed.error?.issues.map(
    (issue) => `${String(issue.path[0])}: ${issue.message}`,
  ) ?? [];
  if (Number(given["WORKERS"]) > 1 && given["REDIS_URL"] === undefined) {
    problems.push(
      "WORKERS: more than one needs REDIS_URL: processes share running sessions through Redis",
    );
  }
  if (Number(given["WORKERS"]) > 1 && given["METRICS_TOKEN"] && !given["METRICS_PORT"]) {
    problems.push(
      "METRICS_TOKEN: more than one of WORKERS needs METRICS_PORT: on the shared port any of them " +
        "would answer",
    );
  }
  const { PORT: port = 0, METRICS_PORT: metricsPort = 0, WORKERS: workers = 1 } = parsed.data ?? {};
  if (metricsPort > 0 && port >= metricsPort && port < metricsPort + workers) {
    problems.push("METRICS_PORT: the metrics would be on the service's own PORT");
  }
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new ConfigError(problems);
}

/** The variables that are read, in the order of the documentation. */
export const SETTING_NAMES: readonly string[] = Object.keys(schema.shape);
