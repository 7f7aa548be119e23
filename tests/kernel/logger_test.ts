import { assertEquals, assertStringIncludes } from "@std/assert";
import { createLogger, describeError, type Level } from "../../src/kernel/logger.ts";

const AT = Date.parse("2026-11-20T12:00:00.000Z");

/** A logger and the texts that it wrote. */
function open(level: Level) {
  const written: string[] = [];
  const logger = createLogger({ level, write: (text) => written.push(text), now: () => AT });
  return { logger, written };
}

Deno.test("log() writes one JSON line an event, those of one turn together", async () => {
  const { logger, written } = open("info");
  logger.log("info", "first", { requestId: "a\nb", durationMs: 1.5 });
  logger.log("error", "second");
  assertEquals(written, []);
  await new Promise((resolve) => setImmediate(resolve));
  logger.log("info", "third");
  logger.flush();
  logger.flush();
  const time = "2026-11-20T12:00:00.000Z";
  assertEquals(written.map((text) => text.split("\n").slice(0, -1).map((l) => JSON.parse(l))), [
    [
      { time, level: "info", message: "first", requestId: "a\nb", durationMs: 1.5 },
      { time, level: "error", message: "second" },
    ],
    [{ time, level: "info", message: "third" }],
  ]);
});

Deno.test("log() leaves out what is below the level", () => {
  const { logger, written } = open("warn");
  logger.log("debug", "no");
  logger.log("info", "no");
  logger.log("warn", "yes");
  logger.flush();
  assertEquals(written.map((text) => JSON.parse(text).message), ["yes"]);
  const silent = open("silent");
  silent.logger.log("error", "no");
  silent.logger.flush();
  assertEquals(silent.written, []);
});

Deno.test("describeError() tells an error with its causes", () => {
  const text = describeError(new Error("outer", { cause: new TypeError("inner") }));
  assertStringIncludes(text, "Error: outer");
  assertStringIncludes(text, "caused by: TypeError: inner");
  assertEquals(describeError("plain"), "plain");
});
