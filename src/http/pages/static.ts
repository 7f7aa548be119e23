/** The pages and scripts of `static/`: the test page at `/`, everything else under `/static/`. */
import { type Context, Hono } from "hono";
import { content, contentResponse } from "../kit/conditional.ts";
import type { AppEnv } from "../kit/context.ts";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json",
  woff2: "font/woff2",
};

/**
 * Plain names only: nothing that is empty, hidden, encoded, or could lead upwards, whatever the
 * platform's separators are.
 */
const SAFE_PATH = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** A host that can stand in a policy; anything odd in the Host field is left out of it. */
const PLAIN_HOST = /^[A-Za-z0-9.[\]:-]+$/;

/** The pages' Content-Security-Policy; sockets to the page's own host are allowed in it. */
function policy(host: string): string {
  // Older WebKit does not take ws: as covered by 'self'.
  const sockets = PLAIN_HOST.test(host) ? ` ws://${host} wss://${host}` : "";
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self'${sockets}`,
    "img-src 'self' data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** @param root directory of the files, without trailing slash */
export function staticApp({ root }: { root: string }): Hono<AppEnv> {
  const serve = async (c: Context<AppEnv>, path: string): Promise<Response> => {
    const type = TYPES[/\.([a-z0-9]+)$/.exec(path)?.[1] ?? ""];
    if (type === undefined || !SAFE_PATH.test(path)) return await c.notFound();
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await Deno.readFile(`${root}/${path}`);
    } catch (error) {
      const missing = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.IsADirectory || error instanceof Deno.errors.NotADirectory;
      if (missing) return await c.notFound();
      throw error;
    }
    return contentResponse(c, content(bytes, type), {
      "Content-Security-Policy": policy(URL.parse(c.req.url)?.host ?? ""),
    });
  };
  const app = new Hono<AppEnv>({ strict: false });
  app.get("/", (c) => serve(c, "index.html"));
  app.get("/static/*", (c) => serve(c, c.req.path.slice("/static/".length)));
  return app;
}
