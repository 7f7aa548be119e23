/** Text → frame. A client that sends nonsense gets its `id` back wherever one can be read. */
import { AppError } from "../kernel/errors.ts";
import {
  type ClientEvent,
  type FrameId,
  frameId,
  isClientEvent,
  MAX_FRAME_BYTES,
} from "./protocol/client_frames.ts";

export type ClientFrame =
  | {
    readonly event: ClientEvent;
    readonly data: Readonly<Record<string, unknown>>;
    readonly id: FrameId | null;
  }
  | {
    readonly event: null;
    /** What it called its event, cut to a sane length. */
    readonly named: string | null;
    readonly id: FrameId | null;
    readonly error: AppError;
  };

/** Bytes of UTF-8 that one UTF-16 unit can take. */
const MAX_BYTES_PER_UNIT = 3;
const MAX_EVENT_ECHO = 64;

const encoder = new TextEncoder();

export const isTooBig = (text: string): boolean =>
  text.length > MAX_FRAME_BYTES ||
  (text.length * MAX_BYTES_PER_UNIT > MAX_FRAME_BYTES &&
    encoder.encode(text).byteLength > MAX_FRAME_BYTES);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refused = (error: AppError, named: string | null, id: FrameId | null): ClientFrame => ({
  event: null,
  named,
  id,
  error,
});

const badField = (path: string, message: string): AppError =>
  new AppError("invalid_request", { detail: `${path}: ${message}`, errors: [{ path, message }] });

export function parseFrame(text: string): ClientFrame {
  const frame = fromJson(text);
  if (!isObject(frame)) return refused(new AppError("invalid_json"), null, null);
  const { event, data = {}, id: given = null } = frame;
  const parsedId = given === null ? null : frameId.safeParse(given);
  if (parsedId?.success === false) {
    return refused(
      badField("id", "must be a number or a text of at most 256 characters"),
      null,
      null,
    );
  }
  const id = parsedId === null ? null : parsedId.data;
  if (typeof event !== "string") return refused(badField("event", "must be a text"), null, id);
  if (!isClientEvent(event)) {
    const named = event.slice(0, MAX_EVENT_ECHO).toWellFormed();
    return refused(new AppError("unknown_event", { detail: `Unknown event: ${named}` }), named, id);
  }
  if (data === null) return { event, data: {}, id };
  if (!isObject(data)) return refused(badField("data", "must be an object"), event, id);
  return { event, data, id };
}
