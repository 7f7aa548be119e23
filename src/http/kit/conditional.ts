/** Entity tags and conditional answers (RFC 9110 §8.8.3, §13.1.2). */
import type { Context } from "hono";
import { routePath } from "hono/route";
import { createHash } from "node:crypto";
import type { AppEnv } from "./context.ts";

/** A strong entity tag of this content, quotes included. */
export function entityTag(content: string | Uint8Array): string {
  return `"${createHash("sha256").update(content).digest("base64url").slice(0, 27)}"`;
}

/**
 * Whether the client holds this content already. Compared weakly, as `If-None-Match` wants it: a
 * proxy that compresses an answer marks its tag as weak.
 */
export function holds(ifNoneMatch: string | undefined, tag: string): boolean {
  return ifNoneMatch?.split(",").some((candidate) => {
    const held = candidate.trim();
    return held === "*" || held.replace(/^W\//, "") === tag;
  }) ?? false;
}

/** A file or document as it is served. */
export interface Content {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Media type, charset included where it has one. */
  readonly type: string;
  readonly tag: string;
}

export const content = (bytes: Uint8Array<ArrayBuffer>, type: string): Content => ({
  bytes,
  type,
  tag: entityTag(bytes),
});

export const textContent = (text: string, type: string): Content =>
  content(new TextEncoder().encode(text), type);

/**
 * 200 with the content, or 304 to a client that holds it. Names are not versioned, so caches may
 * keep it but ask each time.
 */
export function contentResponse(
  c: Context<AppEnv>,
  { bytes, type, tag }: Content,
  headers: Readonly<Record<string, string>> = {},
): Response {
  c.get("info").route ??= routePath(c);
  const common = {
    "Cache-Control": "no-cache",
    "Content-Type": type,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    ETag: tag,
    "Referrer-Policy": "no-referrer",
    ...headers,
  };
  return holds(c.req.header("if-none-match"), tag)
    ? new Response(null, { status: 304, headers: common })
    : new Response(bytes, { headers: { ...common, "Content-Length": `${bytes.length}` } });
}
