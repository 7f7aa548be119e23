/** AsyncAPI 3.0 from the frame schemas: what is documented is what `realtime` reads and sends. */
import type { z } from "zod";
import type { Access } from "../../kernel/access.ts";
import { createSchemas, type Json } from "./openapi_schemas.ts";
import { WHO } from "./who.ts";

/** A frame that a client may send. */
export interface ClientFrame {
  readonly summary: string;
  readonly access: Access;
  /** Said to a role that may never send it. */
  readonly denied?: string;
  /** Fields that must be there, and what is said when one is not. */
  readonly required: readonly string[];
  readonly missing?: string;
  readonly data: z.ZodType;
  readonly examples: readonly Json[];
  /** The event that answers it where no ERROR does. */
  readonly answer: string;
}

/** A frame that the service may send. */
export interface ServerFrame {
  readonly summary: string;
  /** Who gets it. */
  readonly to: string;
  readonly data: z.ZodType;
  readonly examples: readonly Json[];
}

export interface CloseCode {
  readonly code: number;
  readonly reason: string;
  readonly meaning: string;
}

/** What is said over a socket: frames by event, why it is closed, and how large a frame may be. */
export interface Protocol {
  readonly clientFrames: Readonly<Record<string, ClientFrame>>;
  readonly serverFrames: Readonly<Record<string, ServerFrame>>;
  readonly closeCodes: readonly CloseCode[];
  readonly frameId: z.ZodType;
  readonly maxFrameBytes: number;
}

const description = (maxFrameBytes: number): string =>
  `Live attendance over one WebSocket.

**Signing in.** Bring the access token as \`?token=\`, as \`Authorization: Bearer …\`, or in a first
frame \`AUTH\` within 5 seconds. The first frame from the service is \`CONNECTED\`. 30 seconds before
the token expires an \`ERROR\` with code \`token_expired\` warns; an \`AUTH\` with a new token of the same
user keeps the connection open.

**Frames** are text, each one JSON object \`{"event", "data"}\` of at most ${
    maxFrameBytes / 1024
  } KiB. With
\`?batch=1\` the service may send a JSON array of frames in one message.

**Answers.** Give a frame an \`id\`: exactly one frame answering it carries the same \`id\`, either the
result or an \`ERROR\`. Marks may be sent without waiting for each other; any other frame is handled
after all earlier ones of its socket.

**Recovery.** \`seq\` counts the changes of a session by one, without gaps. A client that misses one, or
reconnects, sends \`SUBSCRIBE\` and drops events up to the snapshot's \`seq\`.`;

/** Events that only ever come as the answer to a frame. */
const ANSWERS_ONLY: readonly string[] = ["AUTHENTICATED", "MY_ATTENDANCE", "PONG"];

const CHANNEL = "#/channels/live";
const ref = (path: string): Json => ({ $ref: path });
const pascal = (event: string): string =>
  event.toLowerCase().replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());

const sent = (event: string): string => `${pascal(event)}ToClient`;
const received = (event: string): string => `${pascal(event)}ToService`;

function closeCodeTable(closeCodes: readonly CloseCode[]): string {
  const rows = closeCodes.map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  return ["| close code | meaning |", "|---|---|", ...rows].join("\n");
}

function frame(event: string, data: Json, dataRequired: boolean, id: Json): Json {
  return {
    type: "object",
    required: dataRequired ? ["event", "data"] : ["event"],
    properties: { event: { type: "string", const: event }, data, id },
  };
}

function message(
  event: string,
  { summary, description, payload, examples }: {
    summary: string;
    description: string;
    payload: Json;
    examples: readonly Json[];
  },
): Json {
  return {
    name: event,
    title: event,
    summary,
    description,
    contentType: "application/json",
    payload,
    examples: examples.map((data) => ({ payload: { event, data } })),
  };
}

function whoMaySend({ access, denied, missing }: ClientFrame): string {
  const refusals = [denied, missing].filter((text) => text !== undefined);
  const texts = refusals.map((text) => `\`${text}\``).join(" or ");
  return `Who: ${WHO[access]}.${texts ? ` Refused with ${texts}.` : ""}`;
}

/** The document as plain JSON. */
export function asyncApiDocument(
  { clientFrames, serverFrames, closeCodes, frameId, maxFrameBytes }: Protocol,
  { version }: { version: string },
): object {
  const schemas = createSchemas();
  const id = schemas.input(frameId);

  const messages: Record<string, Json> = {};
  const operations: Record<string, Json> = {};
  for (const [event, spec] of Object.entries(clientFrames)) {
    messages[received(event)] = message(event, {
      summary: spec.summary,
      description: whoMaySend(spec),
      payload: frame(event, schemas.input(spec.data), spec.required.length > 0, id),
      examples: spec.examples,
    });
    operations[`receive${pascal(event)}`] = {
      action: "receive",
      channel: ref(CHANNEL),
      summary: spec.summary,
      messages: [ref(`${CHANNEL}/messages/${received(event)}`)],
      reply: {
        channel: ref(CHANNEL),
        messages: [spec.answer, "ERROR"].map((answer) =>
          ref(`${CHANNEL}/messages/${sent(answer)}`)
        ),
      },
    };
  }
  for (const [event, { summary, to, data, examples }] of Object.entries(serverFrames)) {
    messages[sent(event)] = message(event, {
      summary,
      description: `To: ${to}.`,
      payload: frame(event, schemas.output(data), true, id),
      examples,
    });
    if (ANSWERS_ONLY.includes(event)) continue;
    operations[`send${pascal(event)}`] = {
      action: "send",
      channel: ref(CHANNEL),
      summary,
      messages: [ref(`${CHANNEL}/messages/${sent(event)}`)],
    };
  }

  return {
    asyncapi: "3.0.0",
    info: {
      title: "Live Attendance over WebSocket",
      version,
      description: description(maxFrameBytes),
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    defaultContentType: "application/json",
    servers: {
      here: {
        host: "localhost:8000",
        protocol: "ws",
        description: "The host that serves this document; `wss` where it is served over https",
        security: [
          ref("#/components/securitySchemes/queryToken"),
          ref("#/components/securitySchemes/bearer"),
        ],
      },
    },
    channels: {
      live: {
        address: "/ws/",
        title: "The socket",
        description: `\`/ws\` works too. Why the service closes a socket:\n\n${
          closeCodeTable(closeCodes)
        }`,
        servers: [ref("#/servers/here")],
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, ref(`#/components/messages/${name}`)]),
        ),
        bindings: {
          ws: {
            method: "GET",
            query: {
              type: "object",
              properties: {
                token: { type: "string", description: "An access token (JWT)" },
                batch: {
                  type: "string",
                  const: "1",
                  description: "Several frames may come as one JSON array",
                },
              },
            },
            headers: {
              type: "object",
              properties: {
                Authorization: {
                  type: "string",
                  description: "`Bearer` and an access token (JWT)",
                },
              },
            },
            bindingVersion: "0.1.0",
          },
        },
        "x-close-codes": closeCodes.map((close) => ({ ...close })),
      },
    },
    operations,
    components: {
      schemas: schemas.named(),
      messages,
      securitySchemes: {
        queryToken: {
          type: "httpApiKey",
          name: "token",
          in: "query",
          description: "The access token as `?token=`; it never reaches a log",
        },
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
      },
    },
  };
}
