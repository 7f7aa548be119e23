import { assert, assertEquals, assertMatch } from "@std/assert";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { ERRORS } from "../../src/kernel/errors.ts";
import { protocolDocument } from "../support/asyncapi_check.ts";
import { CLIENT_FRAMES, type ClientFrameSpec } from "../../src/realtime/protocol/client_frames.ts";
import { CLOSE } from "../../src/realtime/protocol/close_codes.ts";
import { SERVER_FRAMES, type ServerFrameSpec } from "../../src/realtime/protocol/server_frames.ts";

interface Operation {
  readonly action: "send" | "receive";
  readonly messages: readonly { readonly $ref: string }[];
  readonly reply: { readonly messages: readonly { readonly $ref: string }[] };
}

const guide = await Deno.readTextFile(new URL("../../docs/websocket.md", import.meta.url));
const document = JSON.parse(JSON.stringify(protocolDocument()));

Deno.test("every example is what its schema says", () => {
  const specs: [string, ClientFrameSpec | ServerFrameSpec][] = [
    ...Object.entries(CLIENT_FRAMES),
    ...Object.entries(SERVER_FRAMES),
  ];
  for (const [event, { data, examples }] of specs) {
    assert(examples.length > 0, event);
    for (const example of examples) data.parse(example);
  }
});

Deno.test("the document's own schemas accept its examples and refuse others", () => {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: "doc", components: document.components });
  const names = Object.keys(document.components.messages);
  assertEquals(names.length, Object.keys(CLIENT_FRAMES).length + Object.keys(SERVER_FRAMES).length);
  for (const name of names) {
    const validate = ajv.compile({ $ref: `doc#/components/messages/${name}/payload` });
    for (const { payload } of document.components.messages[name].examples) {
      const accepted: boolean = validate(payload);
      assert(accepted, `${name}: ${JSON.stringify(validate.errors)}`);
      assertEquals([name, validate({ ...payload, id: "x" })], [name, true]);
      assertEquals([name, validate({ ...payload, event: "OTHER" })], [name, false]);
      assertEquals([name, validate({ ...payload, data: [] })], [name, false]);
    }
  }
});

Deno.test("both directions are described, with the answer to each client frame", () => {
  const eventOf = ({ $ref }: { $ref: string }): string =>
    document.components.messages[$ref.split("/").at(-1) ?? ""].name;
  const answers = new Map<string, string[]>();
  const pushed: string[] = [];
  for (const { action, messages, reply } of Object.values<Operation>(document.operations)) {
    if (action === "send") pushed.push(...messages.map(eventOf));
    else for (const event of messages.map(eventOf)) answers.set(event, reply.messages.map(eventOf));
  }
  for (const [event, { answer }] of Object.entries(CLIENT_FRAMES)) {
    assertEquals([event, answers.get(event)], [event, [answer, "ERROR"]]);
  }
  for (const event of Object.keys(SERVER_FRAMES)) {
    assert(pushed.includes(event) || [...answers.values()].flat().includes(event), event);
  }
});

Deno.test("the guide names every event, close code, refusal and setting of a frame", () => {
  for (const event of [...Object.keys(CLIENT_FRAMES), ...Object.keys(SERVER_FRAMES)]) {
    assert(guide.includes(`\`${event}\``), event);
  }
  for (const { code } of Object.values(CLOSE)) {
    assertMatch(guide, new RegExp(`^\\| ${code} +\\|`, "m"));
  }
  for (const spec of Object.values<ClientFrameSpec>(CLIENT_FRAMES)) {
    for (const text of [spec.denied, spec.missing]) {
      assert(text === undefined || guide.includes(text), text);
    }
  }
});

Deno.test("the guide's JSON is what the schemas say", () => {
  const specs: Readonly<Record<string, { readonly data: ServerFrameSpec["data"] } | undefined>> =
    SERVER_FRAMES;
  const client: Readonly<Record<string, { readonly data: ServerFrameSpec["data"] } | undefined>> =
    CLIENT_FRAMES;
  const blocks = [...guide.matchAll(/^```json\n([\s\S]*?)^```/gm)].flatMap(([, text = ""]) =>
    text.trim().split(/\n(?=\{)/)
  );
  assert(blocks.length >= 10);
  for (const block of blocks) {
    const { event, data } = JSON.parse(block);
    const accepted = [client[event], specs[event]].some((spec) =>
      spec?.data.safeParse(data).success
    );
    assert(accepted, block);
    if (event === "ERROR") assert(Object.hasOwn(ERRORS, data.code), data.code);
  }
});
