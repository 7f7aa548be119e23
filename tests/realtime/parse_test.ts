import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { isTooBig, parseFrame } from "../../src/realtime/parse.ts";
import { CLIENT_FRAMES, MAX_FRAME_BYTES } from "../../src/realtime/protocol/client_frames.ts";
import { NO_JSON, NO_OBJECTS } from "../support/bad_values.ts";
import { shortened } from "../support/fields.ts";

/** What is said of a text that is no frame. */
function refusalOf(text: string): string {
  const frame = parseFrame(text);
  assert(frame.event === null, shortened(text));
  return `${frame.error.code} ${frame.error.message}`;
}

Deno.test("parseFrame() takes every event, with its data and its id", () => {
  for (const event of Object.keys(CLIENT_FRAMES)) {
    const sent = { event, data: { classId: "7" }, id: "a" };
    assertEquals<unknown>(parseFrame(JSON.stringify(sent)), sent);
  }
  for (const text of ['{"event":"PING"}', '{"event":"PING","data":null,"id":null}']) {
    assertEquals(parseFrame(text), { event: "PING", data: {}, id: null });
  }
});

Deno.test("parseFrame() refuses what is no JSON object", () => {
  const nested = "[".repeat(20_000) + "]".repeat(20_000);
  for (const text of [...NO_JSON, ...NO_OBJECTS, nested, '[{"event":"PING"}]']) {
    assertEquals([shortened(text), refusalOf(text)], [
      shortened(text),
      "invalid_json Invalid JSON format",
    ]);
  }
});

Deno.test("parseFrame() refuses what is no event, and repeats 64 characters of it at most", () => {
  for (const event of ["", "HELLO", "ping", "PING ", "__proto__", "constructor", "toString"]) {
    assertEquals(refusalOf(JSON.stringify({ event })), `unknown_event Unknown event: ${event}`);
  }
  assertEquals(
    refusalOf(`{"event":"${"x".repeat(10_000)}"}`),
    `unknown_event Unknown event: ${"x".repeat(64)}`,
  );
  assertEquals(refusalOf('{"event":"\\ud800"}'), "unknown_event Unknown event: \ufffd");
  for (const event of ["null", "7", "true", "[]", "{}", '["PING"]']) {
    assertEquals(refusalOf(`{"event":${event}}`), "invalid_request event: must be a text");
  }
  for (const text of ["{}", '{"__proto__":{"event":"PING"}}']) {
    assertEquals(refusalOf(text), "invalid_request event: must be a text");
  }
});

Deno.test("parseFrame() refuses data that is no object", () => {
  for (const data of ["7", "true", '"text"', "[]", '[{"classId":1}]']) {
    const frame = parseFrame(`{"event":"DONE","data":${data},"id":1}`);
    assert(frame.event === null);
    assertEquals(frame.error.message, "data: must be an object");
    assertEquals([frame.named, frame.id], ["DONE", 1]);
  }
});

Deno.test("parseFrame() gives back any id, also of a frame that it refuses", () => {
  const id = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string());
  fc.assert(fc.property(id, fc.constantFrom("PING", "HELLO"), (id, event) => {
    const wanted = typeof id === "number" && Object.is(id, -0) ? 0 : id;
    assertEquals(parseFrame(JSON.stringify({ event, id })).id, wanted);
  }));
  assertEquals(parseFrame(`{"event":"PING","id":"${"x".repeat(256)}"}`).id, "x".repeat(256));
  for (const bad of ["true", "[]", "{}", "1e999", `"${"x".repeat(257)}"`]) {
    assertEquals(
      refusalOf(`{"event":"PING","id":${bad}}`),
      "invalid_request id: must be a number or a text of at most 256 characters",
    );
  }
});

Deno.test("parseFrame() makes a frame or a refusal of any text", () => {
  const any = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ event: fc.jsonValue(), data: fc.jsonValue(), id: fc.jsonValue() })
      .map((frame) => JSON.stringify(frame)),
  );
  fc.assert(fc.property(any, (text) => {
    const frame = parseFrame(text);
    assert(frame.event !== null || frame.error.status === 400);
  }));
});

Deno.test("isTooBig() counts bytes of UTF-8", () => {
  const sizes: readonly (readonly [string, boolean])[] = [
    ["x".repeat(MAX_FRAME_BYTES), false],
    ["x".repeat(MAX_FRAME_BYTES + 1), true],
    ["é".repeat(MAX_FRAME_BYTES / 2), false],
    ["é".repeat(MAX_FRAME_BYTES / 2 + 1), true],
    ["漢".repeat(30_000), true],
    ["\u{1f40c}".repeat(MAX_FRAME_BYTES / 4), false],
    ["\u{1f40c}".repeat(MAX_FRAME_BYTES / 4 + 1), true],
  ];
  for (const [text, wanted] of sizes) {
    assertEquals([text.length, isTooBig(text)], [text.length, wanted]);
  }
});
