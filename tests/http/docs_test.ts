import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "yaml";
import { AppError, type ErrorCode, ERRORS } from "../../src/kernel/errors.ts";
import { docsApp } from "../../src/http/docs/pages.ts";
import { problemBody } from "../../src/http/kit/problem.ts";
import type { Route } from "../../src/http/kit/route.ts";
import { staticApp } from "../../src/http/pages/static.ts";
import { withAllRoutes } from "../support/all_routes.ts";
import { documentOf } from "../support/openapi_check.ts";
import { withPage } from "../support/browser.ts";
import { withSample } from "./sample.ts";

const codes = Object.keys(ERRORS).filter((code): code is ErrorCode => code in ERRORS);

const ASYNCAPI = { asyncapi: "3.0.0", info: { title: "Żółw", version: "1" } };

type Use = Parameters<Parameters<typeof withSample>[0]>[0];

/** Serves the documents of these routes. */
const withDocs = (routes: readonly Route[], work: (use: Use) => Promise<void>): Promise<void> =>
  withSample(work, {
    routes,
    pages: [
      docsApp({ openapi: () => documentOf(routes), asyncapi: () => ASYNCAPI }),
      staticApp({ root: new URL("../../static", import.meta.url).pathname }),
    ],
  });

/** Serves them on a port as well. */
const withServedDocs = (work: (url: string, routes: readonly Route[]) => Promise<void>) =>
  withAllRoutes((routes) =>
    withDocs(routes, async ({ app }) => {
      const server = Deno.serve(
        { port: 0, hostname: "127.0.0.1", onListen: () => {} },
        (request) => app.fetch(request, {}),
      );
      try {
        await work(`http://127.0.0.1:${server.addr.port}`, routes);
      } finally {
        await server.shutdown();
      }
    })
  );

Deno.test("docsApp() gives the documents as JSON, and as YAML when asked", async () => {
  await withDocs([], async ({ call }) => {
    const openapi = documentOf([]);
    for (const [path, document] of [["/api/schema/", openapi], ["/api/asyncapi", ASYNCAPI]]) {
      const asks: [query: string, accept: string, yaml: boolean][] = [
        ["", "*/*", false],
        ["", "application/json", false],
        ["", "text/html,application/xhtml+xml,*/*;q=0.8", false],
        ["", "application/yaml", true],
        ["", "text/yaml", true],
        ["", "application/json;q=0.5, application/yaml", true],
        ["", "application/yaml;q=0.5, application/json", false],
        ["?format=yaml", "application/json", true],
        ["?format=json", "application/yaml", false],
        ["?format=xml", "*/*", false],
      ];
      for (const [query, Accept, yaml] of asks) {
        const response = await call("GET", `${path}${query}`, { headers: { Accept } });
        const text = await response.text();
        const type = yaml ? "application/yaml" : "application/json";
        assertEquals(response.headers.get("content-type"), type, `${query} ${Accept}`);
        assertEquals(response.headers.get("vary"), "Accept");
        assertEquals(yaml ? parse(text) : JSON.parse(text), document);
        assertEquals(text.startsWith("{"), !yaml);
      }
    }
  });
});

Deno.test("docsApp() answers 304 to who holds the document", async () => {
  await withDocs([], async ({ call }) => {
    const first = await call("GET", "/api/schema/");
    await first.body?.cancel();
    const headers = { "If-None-Match": first.headers.get("etag") ?? "" };
    assertEquals((await call("GET", "/api/schema/", { headers })).status, 304);
    const yaml = await call("GET", "/api/schema/?format=yaml", { headers });
    await yaml.body?.cancel();
    assertEquals(yaml.status, 200);
  });
});

Deno.test("docsApp() makes a document once", async () => {
  let made = 0;
  await withSample(async ({ call }) => {
    for (const path of ["/api/schema/", "/api/schema/", "/api/schema"]) {
      await (await call("GET", path)).body?.cancel();
    }
    assertEquals(made, 1);
  }, { pages: [docsApp({ openapi: () => ({ made: ++made }), asyncapi: () => ({}) })] });
});

Deno.test("docsApp() serves the viewers from here under a strict policy", async () => {
  await withDocs([], async ({ call }) => {
    for (const path of ["/api/docs/", "/api/redoc/"]) {
      const page = await call("GET", path);
      const html = await page.text();
      const policy = page.headers.get("content-security-policy") ?? "";
      assertStringIncludes(policy, "default-src 'none'; script-src 'self'; style-src 'self'");
      assert(!policy.includes("unsafe"), policy);
      assert(!/<script(?![^>]* src="\/)/.test(html), "no inline script");
      assert(!/https?:/.test(html), "no other host");

      const sources = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, at]) => at ?? "");
      assert(sources.length >= 4);
      for (const source of sources) {
        const response = await call("GET", source);
        const size = (await response.bytes()).length;
        assertEquals(response.status, 200, source);
        assertMatch(response.headers.get("etag") ?? "", /^"/, source);
        if (!source.endsWith("/")) assertEquals(response.headers.get("cache-control"), "no-cache");
        assertEquals(response.headers.get("content-length"), `${size}`, source);
      }
    }
  });
});

Deno.test("docsApp() explains each error where its problem document points", async () => {
  await withDocs([], async ({ call }) => {
    const html = await (await call("GET", "/api/docs/")).text();
    for (const code of codes) {
      const { type } = problemBody(new AppError(code), "req-1");
      const { pathname, hash } = new URL(type, "http://service.test");
      assertEquals(pathname, "/api/docs/");
      assertStringIncludes(html, `id="${hash.slice(1)}"`);
    }
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(`Swagger UI works in a browser without a complaint (${colorScheme})`, async (t) => {
    await withServedDocs((url, routes) =>
      withPage(t, async (page, complaints) => {
        await page.goto(`${url}/api/docs/#error-rate-limited`);
        await page.locator(".opblock").first().waitFor();
        assertEquals(await page.locator(".opblock").count(), routes.length);
        await page.locator("#error-rate-limited").waitFor();

        await page.locator("#operations-Accounts-logIn .opblock-summary-control").click();
        const operation = page.locator("#operations-Accounts-logIn");
        await operation.getByText("Who may call it").waitFor();
        await operation.getByRole("button", { name: "Try it out" }).click();
        await operation.getByRole("button", { name: "Execute" }).waitFor();
        const dark = await page.locator("html").evaluate(({ className }) => className);
        assertEquals(dark.includes("dark-mode"), colorScheme === "dark");
        assertEquals(complaints, { errors: [], violations: [], outside: [] });
      }, { colorScheme })
    );
  });
}

Deno.test("ReDoc works in a browser without a complaint", async (t) => {
  await withServedDocs((url, routes) =>
    withPage(t, async (page, complaints) => {
      await page.goto(`${url}/api/redoc/`);
      await page.locator("[data-section-id]").first().waitFor();
      const shown = page.locator('[data-section-id*="/operation/"]');
      assertEquals(await shown.count(), routes.length);

      // The search runs in a worker: that it finds something shows that the policy lets it.
      await page.getByPlaceholder("Search...").fill("correct");
      await page.locator('[data-role="search:results"]').getByText(/correct/i).first().waitFor();
      assertEquals(complaints, { errors: [], violations: [], outside: [] });
    })
  );
});
