import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { createApp } from "../../src/app.ts";
import { staticApp } from "../../src/http/pages/static.ts";
import { withSample } from "./sample.ts";

type Get = (path: string, headers?: Record<string, string>, method?: string) => Promise<Response>;

const FILES: Readonly<Record<string, string>> = {
  "site/index.html": "<!doctype html><title>Żółw</title>",
  "site/app.js": "export {};",
  "site/parts/a_b-1.css": "a{}",
  "site/.env": "SECRET=1",
  "site/.git/config.txt": "hidden",
  "site/notes.md": "not a type that is served",
  "secret.txt": "outside",
};

/** Serves a directory with a secret beside it. */
async function withSite(
  work: (get: Get, app: ReturnType<typeof createApp>, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-static-" });
  try {
    for (const [path, text] of Object.entries(FILES)) {
      const at = `${directory}/${path}`;
      await Deno.mkdir(at.slice(0, at.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(at, text);
    }
    await withSample(
      ({ app, call }) =>
        work(
          (path, headers = {}, method = "GET") => call(method, path, { headers }),
          app,
          directory,
        ),
      { pages: [staticApp({ root: `${directory}/site` })] },
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("staticApp() serves index.html at / and files under /static/", async () => {
  await withSite(async (get) => {
    const types: [path: string, file: string, type: string][] = [
      ["/", "site/index.html", "text/html; charset=utf-8"],
      ["/static/index.html", "site/index.html", "text/html; charset=utf-8"],
      ["/static/app.js", "site/app.js", "text/javascript; charset=utf-8"],
      ["/static/parts/a_b-1.css", "site/parts/a_b-1.css", "text/css; charset=utf-8"],
    ];
    for (const [path, file, type] of types) {
      const response = await get(path);
      const text = await response.text();
      assertEquals([response.status, text], [200, FILES[file]], path);
      assertEquals(response.headers.get("content-type"), type);
      assertEquals(response.headers.get("cache-control"), "no-cache");
      assertEquals(response.headers.get("x-content-type-options"), "nosniff");
      assertEquals(
        response.headers.get("content-length"),
        `${new TextEncoder().encode(text).length}`,
      );
    }
  });
});

Deno.test("staticApp() answers 304 while the content is the same, and HEAD without a body", async () => {
  await withSite(async (get, _app, directory) => {
    const first = await get("/static/app.js");
    await first.body?.cancel();
    const tag = first.headers.get("etag") ?? "";
    assertMatch(tag, /^"[\w-]+"$/);
    const again = await get("/static/app.js", { "If-None-Match": `W/${tag}` });
    assertEquals([again.status, await again.text()], [304, ""]);
    assertEquals(again.headers.get("etag"), tag);

    const head = await get("/static/app.js", {}, "HEAD");
    assertEquals([head.status, await head.text()], [200, ""]);
    assertEquals([head.headers.get("etag"), head.headers.get("content-length")], [tag, "10"]);

    await Deno.writeTextFile(`${directory}/site/app.js`, "export { };");
    const changed = await get("/static/app.js", { "If-None-Match": tag });
    assertEquals([changed.status, await changed.text()], [200, "export { };"]);
  });
});

Deno.test("staticApp() lets pages load from themselves only", async () => {
  await withSite(async (get) => {
    const response = await get("/");
    await response.body?.cancel();
    assertEquals(
      response.headers.get("content-security-policy"),
      "default-src 'none'; script-src 'self'; style-src 'self'; " +
        "connect-src 'self' ws://service.test wss://service.test; img-src 'self' data:; " +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
  });
});

Deno.test("staticApp() gives nothing beside its files, however the path is written", async () => {
  await withSite(async (get) => {
    const paths = [
      "/static/",
      "/static/parts",
      "/static/parts/",
      "/static/app.js/x.css",
      "/static/missing.js",
      "/static/.env",
      "/static/.git/config.txt",
      "/static/notes.md",
      "/static/../secret.txt",
      "/static/%2e%2e/secret.txt",
      "/static/..%2fsecret.txt",
      "/static/%2e%2e%2fsecret.txt",
      "/static/..%5csecret.txt",
      "/static/%252e%252e%252fsecret.txt",
      "/static/parts/../../../secret.txt",
      "/static/parts/..;/secret.txt",
      "/static//etc/hosts.txt",
      "/static/%2fetc%2fhosts.txt",
      "/static/app.js%00.css",
      "/static/%FF.txt",
      "/secret.txt",
      "/index.html",
    ];
    for (const path of paths) {
      const response = await get(path);
      const text = await response.text();
      assertEquals(response.status, 404, path);
      assertStringIncludes(text, '"code":"not_found"');
      assert(!text.includes("outside"), path);
    }
  });
});

/** Sends a request as it is written, past what URL parsers would tidy up. */
async function rawRequest(port: number, target: string, host: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(
    new TextEncoder().encode(
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    ),
  );
  let text = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  for (let size; (size = await connection.read(buffer)) !== null;) {
    text += decoder.decode(buffer.subarray(0, size), { stream: true });
  }
  return text;
}

Deno.test("staticApp() bears clients that tidy up neither path nor Host", async () => {
  await withSite(async (_get, app) => {
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => app.fetch(request, {}),
    );
    try {
      const { port } = server.addr;
      for (const target of ["/static/../secret.txt", "/static/..%2fsecret.txt", "/../secret.txt"]) {
        const answer = await rawRequest(port, target, "service.test");
        assertMatch(answer, /^HTTP\/1.1 404 /, target);
        assert(!answer.includes("outside"), target);
      }
      const answer = await rawRequest(port, "/", "a;script-src,x");
      assertMatch(answer, /^HTTP\/1.1 200 /);
      assert(!answer.includes("ws://"), "a strange host has no place in the policy");
    } finally {
      await server.shutdown();
    }
  });
});
