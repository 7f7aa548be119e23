import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseEnv } from "node:util";
import { ConfigError, parseConfig, SETTING_NAMES } from "../src/config.ts";
import { readSource } from "./support/source_files.ts";

const DEFAULTS = {
  PORT: 8000,
  HOST: "0.0.0.0",
  WORKERS: 1,
  DATABASE_URL: "sqlite:data/attendance.db",
  SQLITE_SYNC: "normal",
  REDIS_URL: undefined,
  JWT_SECRET: undefined,
  ACCESS_TOKEN_TTL: 30 * 60_000,
  REFRESH_TOKEN_TTL: 24 * 3_600_000,
  SIGNUP: "open",
  ALLOWED_ORIGINS: [],
  LOG_LEVEL: "info",
  METRICS_TOKEN: undefined,
  METRICS_PORT: undefined,
  TRUST_PROXY: false,
  RATE_LIMIT: true,
  FRAME_RATE: 50,
};

/** What is said about these settings, by name. */
function problemsOf(env: Record<string, string>): string[] {
  return [...assertThrows(() => parseConfig(env), ConfigError).problems];
}

Deno.test("parseConfig() needs nothing", () => {
  assertEquals<unknown>(parseConfig({}), DEFAULTS);
});

Deno.test("parseConfig() takes empty variables for unset and leaves others alone", () => {
  const empty = Object.fromEntries(SETTING_NAMES.map((name) => [name, ""]));
  assertEquals<unknown>(parseConfig({ ...empty, PATH: "x", port: "1" }), DEFAULTS);
});

Deno.test("parseConfig() reads every setting", () => {
  const secrets = ["n".repeat(32), "o".repeat(32)];
  assertEquals<unknown>(
    parseConfig({
      PORT: "0",
      HOST: "127.0.0.1",
      WORKERS: "4",
      DATABASE_URL: "sqlite:/var/lib/attendance.db",
      SQLITE_SYNC: "full",
      REDIS_URL: "redis://localhost:6379",
      JWT_SECRET: secrets.join(" , "),
      ACCESS_TOKEN_TTL: "45s",
      REFRESH_TOKEN_TTL: "7d",
      SIGNUP: "students",
      ALLOWED_ORIGINS: "https://a.example, http://localhost:3000",
      LOG_LEVEL: "silent",
      METRICS_TOKEN: "a-token-for-metrics",
      METRICS_PORT: "9464",
      TRUST_PROXY: "on",
      RATE_LIMIT: "off",
      FRAME_RATE: "0",
    }),
    {
      PORT: 0,
      HOST: "127.0.0.1",
      WORKERS: 4,
      DATABASE_URL: "sqlite:/var/lib/attendance.db",
      SQLITE_SYNC: "full",
      REDIS_URL: "redis://localhost:6379",
      JWT_SECRET: secrets,
      ACCESS_TOKEN_TTL: 45_000,
      REFRESH_TOKEN_TTL: 7 * 86_400_000,
      SIGNUP: "students",
      ALLOWED_ORIGINS: ["https://a.example", "http://localhost:3000"],
      LOG_LEVEL: "silent",
      METRICS_TOKEN: "a-token-for-metrics",
      METRICS_PORT: 9464,
      TRUST_PROXY: true,
      RATE_LIMIT: false,
      FRAME_RATE: 0,
    },
  );
});

Deno.test("parseConfig() reads durations in seconds, minutes, hours and days", () => {
  const ttl = (text: string) => parseConfig({ ACCESS_TOKEN_TTL: text }).ACCESS_TOKEN_TTL;
  assertEquals(["90", "90s", "2m", "3h", "1d"].map(ttl), [
    90_000,
    90_000,
    120_000,
    3 * 3_600_000,
    86_400_000,
  ]);
  for (const text of ["0", "0s", "-5m", "1.5h", "5 m", "1w", "m", "1e3", "Infinity"]) {
    assertThrows(() => ttl(text), ConfigError, "ACCESS_TOKEN_TTL", text);
  }
});

Deno.test("parseConfig() names every bad setting at once and repeats no value", () => {
  const bad = {
    PORT: "65536",
    WORKERS: "several",
    DATABASE_URL: "postgres://someone:hunter2@host/db",
    SQLITE_SYNC: "sometimes",
    REDIS_URL: "http://someone:hunter3@host:6379",
    JWT_SECRET: "too-short-a-secret",
    ACCESS_TOKEN_TTL: "soon",
    REFRESH_TOKEN_TTL: "later",
    SIGNUP: "maybe",
    ALLOWED_ORIGINS: "https://ok.example,https://bad.example/path",
    LOG_LEVEL: "chatty",
    METRICS_TOKEN: "metrics-hunter2",
    METRICS_PORT: "65537",
    TRUST_PROXY: "true",
    RATE_LIMIT: "none",
    FRAME_RATE: "-1",
  };
  const error = assertThrows(() => parseConfig(bad), ConfigError);
  const named = error.problems.map((problem) => problem.split(":")[0]);
  assertEquals(named, Object.keys(bad));
  for (const problem of error.problems) assert(error.message.includes(problem));
  for (const [name, value] of Object.entries(bad)) {
    assert(!error.message.includes(value), `the value of ${name} is repeated`);
  }
  for (const part of ["hunter2", "hunter3", "too-short", "bad.example"]) {
    assert(!error.message.includes(part), `${part} is repeated`);
  }
});

Deno.test("parseConfig() refuses near misses", () => {
  const cases: [string, string][] = [
    ["PORT", "80a"],
    ["PORT", "-1"],
    ["PORT", " 80"],
    ["PORT", "8e3"],
    ["DATABASE_URL", "sqlite:"],
    ["DATABASE_URL", "mssql://sa:hunter2@host"],
    ["REDIS_URL", "localhost:6379"],
    ["ALLOWED_ORIGINS", "school.example"],
    ["ALLOWED_ORIGINS", "https://school.example/"],
    ["ALLOWED_ORIGINS", "*"],
    ["JWT_SECRET", `${"a".repeat(32)},`],
    ["FRAME_RATE", "1.5"],
    ["SIGNUP", "OPEN"],
  ];
  for (const [name, value] of cases) {
    const problems = problemsOf({ [name]: value });
    assertEquals(problems.map((problem) => problem.split(":")[0]), [name], value);
    assertEquals(problems.filter((problem) => problem.includes("hunter")), []);
  }
});

Deno.test("parseConfig() takes the addresses of SQL Server and of Redis in all its shapes", () => {
  const cases: [string, string][] = [
    ["DATABASE_URL", "mssql://sa:p%40ss@host:1433/attendance?encrypt=true"],
    ["REDIS_URL", "rediss://user:password@host:6380/2"],
    ["REDIS_URL", "redis-sentinel://a:26379,b:26379/main"],
    ["REDIS_URL", "redis-cluster://a,b,c"],
  ];
  for (const [name, value] of cases) {
    assertEquals(Object.entries(parseConfig({ [name]: value })).find(([key]) => key === name), [
      name,
      value,
    ]);
  }
});

Deno.test("parseConfig() takes several workers only with Redis, and says why", () => {
  assertEquals(problemsOf({ WORKERS: "2" }), [
    "WORKERS: more than one needs REDIS_URL: processes share running sessions through Redis",
  ]);
  assertEquals(problemsOf({ WORKERS: "2", PORT: "many" }).length, 2);
  assertEquals(parseConfig({ WORKERS: "2", REDIS_URL: "redis://localhost" }).WORKERS, 2);
  assertEquals(parseConfig({ WORKERS: "1" }).WORKERS, 1);
});

Deno.test("parseConfig() wants a port of their own for the metrics of several workers", () => {
  const workers = { WORKERS: "2", REDIS_URL: "redis://localhost:6379" };
  const token = { METRICS_TOKEN: "a-token-for-metrics" };
  const [problem = "", ...more] = problemsOf({ ...workers, ...token });
  assert(problem.startsWith("METRICS_TOKEN: "));
  assertEquals(more, []);
  assertEquals(parseConfig({ ...workers, ...token, METRICS_PORT: "9464" }).METRICS_PORT, 9464);
});

Deno.test("parseConfig() refuses metrics on the service's own port, of any worker", () => {
  const workers = { WORKERS: "2", REDIS_URL: "redis://localhost:6379" };
  const problem = ["METRICS_PORT: the metrics would be on the service's own PORT"];
  assertEquals(problemsOf({ METRICS_PORT: "8000" }), problem);
  assertEquals(problemsOf({ ...workers, METRICS_PORT: "7999" }), problem);
  for (const METRICS_PORT of ["7998", "8001"]) {
    assertEquals(parseConfig({ ...workers, METRICS_PORT }).METRICS_PORT, Number(METRICS_PORT));
  }
  assertEquals(parseConfig({ PORT: "0", METRICS_PORT: "0" }).METRICS_PORT, 0);
});

Deno.test(".env.example shows every setting with its default", () => {
  const text = readSource(".env.example");
  const names = [...text.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name);
  assertEquals(names, [...SETTING_NAMES]);
  const uncommented = text.replaceAll(/^#([A-Z_]+=)/gm, "$1");
  assertEquals<unknown>(parseConfig(parseEnv(uncommented)), DEFAULTS);
  for (const paragraph of text.trim().split("\n\n")) {
    assert(paragraph.startsWith("# "), `nothing explains ${paragraph}`);
  }
});

Deno.test("the tasks may read exactly the settings from the environment", () => {
  const { tasks, permissions } = JSON.parse(readSource("deno.json"));
  assertEquals(permissions.service.env, { allow: [...SETTING_NAMES], ignore: true });
  for (const task of ["start", "dev", "backup", "migrate", "create-admin", "demo"]) {
    const { command } = tasks[task];
    assert(command.includes(" -P=service ") && !/--allow-(?!run=)/.test(command), command);
  }
});
