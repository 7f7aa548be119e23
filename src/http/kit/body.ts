import { createMiddleware } from "hono/factory";
import { AppError } from "../../kernel/errors.ts";
import type { AppEnv } from "./context.ts";

/** Bytes of a body that a route takes where it says nothing else. */
export const BODY_LIMIT = 1024 * 1024;

const tooLarge = (limit: number) =>
  new AppError("payload_too_large", { detail: `The request body is over ${limit} bytes` });

/** @throws AppError `payload_too_large` as soon as it is over the limit */
async function* chunksOf(request: Request, limitBytes: number) {
  const announced = request.headers.get("content-length");
  if (Number(announced ?? 0) > limitBytes) throw tooLarge(limitBytes);
  // Read at once where its size is known: that costs a third.
  if (announced !== null) yield await request.bytes();
  else yield* request.body ?? [];
}

/**
 * Reads a request body as UTF-8 text, stopping as soon as it is over the limit.
 * @throws AppError `payload_too_large`, `invalid_json` (bytes that are not UTF-8)
 */
export async function readBody(request: Request, limitBytes: number): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  try {
    for await (const chunk of chunksOf(request, limitBytes)) {
      size += chunk.byteLength;
      if (size > limitBytes) throw tooLarge(limitBytes);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("invalid_json", { detail: "The body is not valid UTF-8", cause });
  }
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
const CSV_TYPE = /^text\/csv\s*(?:;|$)/i;

/**
 * Reads the body for the validator behind it, which takes only what says that it is JSON: what
 * names no type, or another one, is taken for JSON all the same.
 * @param csv makes of a text/csv body what the route's schema checks; without it that is JSON too
 */
export const body = (
  { limitBytes = BODY_LIMIT, csv }: {
    limitBytes?: number | undefined;
    csv?: ((text: string) => unknown) | undefined;
  } = {},
) =>
  createMiddleware<AppEnv>(async function body(c, next) {
    const given = await readBody(c.req.raw, limitBytes);
    const type = c.req.header("content-type") ?? "";
    const text = csv && CSV_TYPE.test(type) ? JSON.stringify(csv(given)) : given;
    if (!JSON_TYPE.test(type)) {
      const headers = new Headers(c.req.raw.headers);
      headers.set("Content-Type", "application/json");
      c.req.raw = new Request(c.req.url, { method: c.req.method, headers });
    }
    c.set("body", text);
    // What `c.req.json()` reads: Hono keeps promises here.
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
    await next();
  });
