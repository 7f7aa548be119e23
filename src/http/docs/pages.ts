/** The API's documents (OpenAPI, AsyncAPI) and two viewers of the first, all served from here. */
import { type Context, Hono } from "hono";
import { accepts } from "hono/accepts";
import { stringify } from "yaml";
import { ERRORS } from "../../kernel/errors.ts";
import { ASSETS } from "../pages/assets.ts";
import { type Content, contentResponse, textContent } from "../kit/conditional.ts";
import type { AppEnv } from "../kit/context.ts";
import { errorAnchor } from "../kit/problem.ts";

export interface DocsDeps {
  /** The OpenAPI document; made when first asked for, then kept. */
  readonly openapi: () => object;
  /** The AsyncAPI document, likewise. */
  readonly asyncapi: () => object;
}

const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";

/** Whether the caller wants YAML: by `?format=yaml`, else by the media type it likes best. */
function wantsYaml(c: Context<AppEnv>): boolean {
  const format = c.req.query("format");
  if (format === "yaml" || format === "json") return format === "yaml";
  return accepts(c, {
    header: "Accept",
    supports: [JSON_TYPE, YAML_TYPE, "text/yaml", "application/x-yaml"],
    default: JSON_TYPE,
  }) !== JSON_TYPE;
}

const once = <T>(make: () => T): () => T => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

/** Answers with the document as JSON or YAML. */
function documentHandler(document: () => object) {
  const json = once(() => textContent(JSON.stringify(document()), JSON_TYPE));
  // Readers of YAML are people: no anchors, no folded lines.
  const yaml = once(() =>
    textContent(stringify(document(), { aliasDuplicateObjects: false, lineWidth: 0 }), YAML_TYPE)
  );
  return (c: Context<AppEnv>) =>
    contentResponse(c, wantsYaml(c) ? yaml() : json(), {
      Vary: "Accept",
      "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    });
}

/** What both viewers need and nothing more: no inline script, no eval, no other host. */
const policy = (extra: Readonly<Record<string, string>>): string =>
  Object.entries({
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    ...extra,
  }).map(([name, value]) => `${name} ${value}`).join("; ");

/**
 * ReDoc adds two `<style>` elements: an empty one, into which it writes through the CSSOM, and one
 * with fixed content. Hashes allow exactly these. Its search runs in a worker made from a blob,
 * which may do no more than the page.
 */
const REDOC_EXTRA = {
  "style-src": "'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' " +
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
  "worker-src": "blob:",
};

const page = (title: string, colours: string, head: string, body: string): Content =>
  textContent(
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${colours}">
<title>${title}</title>
<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/docs/docs.css">
${head}
</head>
<body>
${body}
</body>
</html>
`,
    "text/html; charset=utf-8",
  );

/** Where the `type` of a problem document leads: one entry per code. */
const errorList = (): string =>
  `<section class="errors" aria-labelledby="errors">
<h2 id="errors">Errors</h2>
<dl>
${
    Object.entries(ERRORS).map(([code, { status, title }]) =>
      `<div id="${
        errorAnchor(code)
      }"><dt><code>${code}</code> ${status}</dt><dd>${title}</dd></div>`
    ).join("\n")
  }
</dl>
</section>`;

const swaggerPage = once(() =>
  page(
    "Live Attendance API",
    "light dark",
    `<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<script src="/api/docs/swagger-ui-bundle.js" defer></script>
<script src="/static/docs/swagger_init.js" defer></script>`,
    `<div id="swagger-ui"></div>
${errorList()}
<noscript>This page needs JavaScript; <a href="/api/schema/">the document</a> does not.</noscript>`,
  )
);

const redocPage = once(() =>
  page(
    "Live Attendance API reference",
    // It has one set of colours, made for a light page.
    "light",
    `<script src="/api/redoc/redoc.standalone.js" defer></script>
<script src="/static/docs/redoc_init.js" defer></script>`,
    `<div id="redoc"></div>
<noscript>This page needs JavaScript; <a href="/api/schema/">the document</a> does not.</noscript>`,
  )
);

/** `/api/schema/`, `/api/asyncapi/`, `/api/docs/` (Swagger UI), `/api/redoc/` (ReDoc). */
export function docsApp({ openapi, asyncapi }: DocsDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ strict: false });
  app.get("/api/schema", documentHandler(openapi));
  app.get("/api/asyncapi", documentHandler(asyncapi));
  app.get("/api/docs", (c) =>
    contentResponse(c, swaggerPage(), {
      "Content-Security-Policy": policy({}),
    }));
  app.get("/api/redoc", (c) =>
    contentResponse(c, redocPage(), {
      "Content-Security-Policy": policy(REDOC_EXTRA),
    }));
  for (const [viewer, files] of Object.entries(ASSETS)) {
    for (const [name, load] of Object.entries(files)) {
      app.get(`/api/${viewer}/${name}`, async (c) => contentResponse(c, await load()));
    }
  }
  return app;
}
