import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { AppError } from "../../src/kernel/errors.ts";
import { checkResponse, documentOf } from "../support/openapi_check.ts";
import { problemOf, withSample } from "./sample.ts";

const json = (value: unknown) => JSON.stringify(value);

Deno.test("mountRoutes() answers with and without the trailing slash, POST too", async () => {
  await withSample(async ({ call }) => {
    for (const path of ["/api/things", "/api/things/"]) {
      assertEquals((await call("GET", path, { as: "STUDENT" })).status, 200);
      const made = await call("POST", path, { as: "TEACHER", body: json({ name: "Map" }) });
      assertEquals(made.status, 201);
      assertEquals((await made.json()).data.name, "Map");
    }
  });
});

Deno.test("mountRoutes() gives handlers path parameters decoded once", async () => {
  await withSample(async ({ call }) => {
    for (const name of ["8.A", "a/b", "100%", "%2F", "x?y#z", "Łódź 数学", "a+b", "..a"]) {
      const response = await call("GET", `/api/things/named/${encodeURIComponent(name)}/`);
      assertEquals((await response.json()).data, name);
    }
  });
});

Deno.test("mountRoutes() refuses a path that is not valid percent-encoding", async () => {
  await withSample(async ({ call }) => {
    for (const name of ["%FF", "%E0%A4%A", "a%"]) {
      const response = await call("GET", `/api/things/named/${name}/`);
      assertEquals([response.status, (await problemOf(response)).code], [400, "invalid_request"]);
    }
  });
});

Deno.test("mountRoutes() refuses who has no token, a wrong one, or the wrong role", async () => {
  await withSample(async ({ call, sample }) => {
    const anonymous = await call("GET", "/api/things/");
    assertEquals(anonymous.status, 401);
    assertEquals(anonymous.headers.get("www-authenticate"), "Bearer");
    assertEquals((await problemOf(anonymous)).code, "authentication_required");

    const wrong = await call("GET", "/api/things/", { headers: { Authorization: "Bearer x" } });
    assertEquals((await problemOf(wrong)).code, "token_invalid");

    const student = await call("POST", "/api/things/", { as: "STUDENT", body: "not even JSON" });
    const refusal = await problemOf(student);
    assertEquals([student.status, refusal.code], [403, "forbidden"]);
    assertStringIncludes(refusal.detail, "Only teachers");
    assertEquals(sample.things, []);
  });
});

Deno.test("mountRoutes() gives the handler of a route below a class the pass of who was let in", async () => {
  await withSample(async ({ call }) => {
    const body = json({ name: "Map" });
    const lent = await call("POST", "/api/class/1/things/", { as: "TEACHER", body });
    assertEquals(await lent.json(), { success: true, data: "Map to 8.A" });
    const unknown = await call("POST", "/api/class/3/things/", { as: "TEACHER", body });
    assertEquals([unknown.status, (await problemOf(unknown)).code], [404, "class_not_found"]);
    const odd = await call("POST", "/api/class/01/things/", { as: "TEACHER", body });
    assertEquals([odd.status, (await problemOf(odd)).code], [400, "invalid_request"]);
  });
});

Deno.test("mountRoutes() refuses without waiting for a body that never ends", async () => {
  const refusals: [path: string, as: "STUDENT" | "TEACHER" | undefined, status: number][] = [
    ["/api/things/", undefined, 401],
    ["/api/things/", "STUDENT", 403],
    ["/api/class/1/things/", "STUDENT", 403],
    ["/api/class/2/things/", "TEACHER", 403],
    ["/api/class/3/things/", "TEACHER", 404],
    ["/api/class/x/things/", "TEACHER", 400],
  ];
  await withSample(async ({ call }) => {
    for (const [path, as, status] of refusals) {
      const endless = new ReadableStream({ pull: () => Promise.withResolvers<void>().promise });
      const response = await call("POST", path, { ...(as ? { as } : {}), body: endless });
      assertEquals([response.status, (await problemOf(response)).status], [status, status], path);
    }
  });
});

Deno.test("mountRoutes() refuses to serve a route below a class that lets nobody in", async () => {
  await withSample(async ({ routes }) => {
    const [route] = routes.filter(({ operationId }) => operationId === "lendThing");
    assert(route);
    const { admit: _, ...open } = route;
    await assertRejects(
      () => withSample(() => Promise.resolve(), { routes: [open] }),
      Error,
      "lendThing",
    );
  });
});

Deno.test("mountRoutes() takes JSON for what it is, whatever type it names", async () => {
  await withSample(async ({ call }) => {
    for (const type of ["application/json", "application/x-www-form-urlencoded", "text/csv", ""]) {
      const body = new TextEncoder().encode(json({ name: "Map" }));
      const headers = type === "" ? {} : { "Content-Type": type };
      const made = await call("POST", "/api/things/", { as: "TEACHER", body, headers });
      assertEquals(made.status, 201, type);
    }
  });
});

Deno.test("mountRoutes() names each wrong field of a body", async () => {
  await withSample(async ({ call, sample }) => {
    const cases: [body: string, code: string, paths: string[]][] = [
      ["{", "invalid_json", []],
      ["", "invalid_json", []],
      ["[]", "invalid_request", [""]],
      ["null", "invalid_request", [""]],
      [json({}), "invalid_request", ["name"]],
      [json({ name: 7, owner: "1e3" }), "invalid_request", ["name", "owner"]],
      [json({ name: "x".repeat(21) }), "invalid_request", ["name"]],
      ['{"__proto__":{"name":"Map"}}', "invalid_request", ["name"]],
      ['{"constructor":{"name":"Map"}}', "invalid_request", ["name"]],
      ["[".repeat(100_000), "invalid_json", []],
      ["[".repeat(100_000) + "]".repeat(100_000), "invalid_request", [""]],
    ];
    for (const [body, code, paths] of cases) {
      const response = await call("POST", "/api/things/", { as: "TEACHER", body });
      const problem = await problemOf(response);
      assertEquals([response.status, problem.code], [400, code], body.slice(0, 50));
      const found = (problem.errors ?? []).map(({ path }: { path: string }) => path);
      assertEquals(found, paths, body.slice(0, 50));
    }
    assertEquals(sample.things, []);
  });
});

Deno.test("mountRoutes() stops reading a body over the route's limit", async () => {
  await withSample(async ({ call }) => {
    const long = json(["x".repeat(200)]);
    const told = await call("POST", "/api/things/import/", {
      body: "[]",
      headers: { "Content-Length": "101" },
    });
    assertEquals((await problemOf(told)).code, "payload_too_large");
    const response = await call("POST", "/api/things/import/", { body: long });
    const problem = await problemOf(response);
    assertEquals([response.status, problem.code], [413, "payload_too_large"]);
    assertStringIncludes(problem.detail, "100 bytes");
  });
});

Deno.test("mountRoutes() takes text/csv where the route does", async () => {
  await withSample(async ({ call }) => {
    const response = await call("POST", "/api/things/import/", {
      body: "Globe\nMap\n",
      headers: { "Content-Type": "Text/CSV; charset=utf-8" },
    });
    assertEquals(await response.json(), { success: true, data: 2 });
    const elsewhere = await call("POST", "/api/things/", {
      as: "TEACHER",
      body: "name\nMap\n",
      headers: { "Content-Type": "text/csv" },
    });
    assertEquals((await problemOf(elsewhere)).code, "invalid_json");
  });
});

Deno.test("mountRoutes() answers 304 to a client that holds the content", async () => {
  await withSample(async ({ call, sample }) => {
    const first = await call("GET", "/api/things/", { as: "ADMIN" });
    const tag = first.headers.get("etag") ?? "";
    assertMatch(tag, /^"[\w-]{27}"$/);
    assertEquals(first.headers.get("cache-control"), "private, no-cache");
    for (const held of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const again = await call("GET", "/api/things/", {
        as: "ADMIN",
        headers: { "If-None-Match": held },
      });
      assertEquals([again.status, await again.text()], [304, ""], held);
      assertEquals(again.headers.get("etag"), tag);
    }
    sample.things.push({ id: 1, name: "Map", owner: null });
    const changed = await call("GET", "/api/things/", {
      as: "ADMIN",
      headers: { "If-None-Match": tag },
    });
    assertEquals([changed.status, (await changed.json()).data.length], [200, 1]);
  });
});

Deno.test("mountRoutes() sends the headers of GET for HEAD, without a body", async () => {
  await withSample(async ({ call }) => {
    const response = await call("HEAD", "/api/things/", { as: "ADMIN" });
    assertEquals([response.status, await response.text()], [200, ""]);
    assert(response.headers.has("etag"));
  });
});

Deno.test("mountRoutes() counts requests per user, else per address, and refused tokens too", async () => {
  const counted: string[] = [];
  await withSample(async ({ call }) => {
    await call("GET", "/api/things/named/x/");
    await call("GET", "/api/things/", { as: "TEACHER" });
    await call("GET", "/api/things/", { headers: { Authorization: "Bearer x" } });
    assertEquals(counted, ["address:192.0.2.7", "user:2", "address:192.0.2.7"]);
  }, { limit: (key) => void counted.push(key) });
});

Deno.test("mountRoutes() says when to come back after too many requests", async () => {
  await withSample(async ({ call }) => {
    const response = await call("GET", "/api/things/named/x/");
    assertEquals(response.status, 429);
    const { headers } = response;
    assertEquals(headers.get("retry-after"), "9");
    assertEquals(headers.get("ratelimit-limit"), "5");
    assertEquals(headers.get("ratelimit-remaining"), "0");
    assertEquals(headers.get("ratelimit-reset"), "9");
    assertEquals((await problemOf(response)).code, "rate_limited");
  }, {
    limit: () => {
      throw new AppError("rate_limited", { retryAfterS: 9, limit: 5 });
    },
  });
});

Deno.test("mountRoutes() shows nothing of an unexpected error, and logs it", async () => {
  const { promise: logged, resolve } = Promise.withResolvers<void>();
  const entries: Record<string, unknown>[] = [];
  await withSample(async ({ call }) => {
    const response = await call("GET", "/api/broken/", { headers: { "X-Request-Id": "req-1" } });
    const text = await response.text();
    assertEquals(response.status, 500);
    assert(!text.includes("hunter2"));
    assertStringIncludes(text, '"code":"internal"');
    await logged;
    const [entry] = entries;
    assertEquals([entry?.requestId, entry?.route, entry?.code], [
      "req-1",
      "/api/broken/",
      "internal",
    ]);
    assertStringIncludes(`${entry?.cause}`, "hunter2");
  }, {
    logger: {
      log: (_level, _message, fields) => {
        entries.push(fields ?? {});
        resolve();
      },
      flush: () => {},
    },
  });
});

Deno.test("createApp() takes over a sane request id and makes one otherwise", async () => {
  await withSample(async ({ call }) => {
    const idFor = async (given: string) => {
      const response = await call("GET", "/api/things/named/x/", {
        headers: { "X-Request-Id": given },
      });
      await response.body?.cancel();
      return response.headers.get("x-request-id") ?? "";
    };
    assertEquals(await idFor("trace-1.a_b"), "trace-1.a_b");
    for (const odd of ["a b", 'x"y', "x".repeat(129), "<script>"]) {
      assertMatch(await idFor(odd), /^[0-9a-f-]{36}$/);
    }
  });
});

Deno.test("createApp() answers unknown paths with 404 and wrong methods with 405", async () => {
  await withSample(async ({ call }) => {
    const unknown = await call("GET", "/api/nothing/");
    assertEquals([unknown.status, (await problemOf(unknown)).code], [404, "not_found"]);
    const wrong = await call("DELETE", "/api/things/");
    assertEquals([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD, POST, OPTIONS"]);
    assertEquals((await problemOf(wrong)).code, "method_not_allowed");
    const asked = await call("OPTIONS", "/api/things");
    assertEquals([asked.status, asked.headers.get("allow")], [204, "GET, HEAD, POST, OPTIONS"]);
  });
});

Deno.test("every answer of the sample is as its document says", async () => {
  await withSample(async ({ call, routes }) => {
    const doc = documentOf(routes);
    const ask: [string, string, Parameters<typeof call>[2]?][] = [
      ["GET", "/api/things/?limit=2", { as: "STUDENT" }],
      ["HEAD", "/api/things/", { as: "STUDENT" }],
      ["GET", "/api/things/?limit=0", { as: "STUDENT" }],
      ["GET", "/api/things/"],
      ["POST", "/api/things/", { as: "TEACHER", body: json({ name: "Map", owner: "7" }) }],
      ["POST", "/api/things/", { as: "TEACHER", body: json({ name: "" }) }],
      ["POST", "/api/things/", { as: "STUDENT", body: json({ name: "Map" }) }],
      ["POST", "/api/things/import/", { body: json(["x".repeat(200)]) }],
      ["DELETE", "/api/things/1/", { as: "ADMIN" }],
      ["DELETE", "/api/things/1/", { as: "ADMIN" }],
      ["DELETE", "/api/things/01/", { as: "ADMIN" }],
      ["GET", "/api/broken"],
      ["GET", "/api/nothing"],
      ["PATCH", "/api/things/"],
    ];
    const seen: number[] = [];
    for (const [method, path, options] of ask) {
      const response = await call(method, path, options);
      checkResponse(doc, method, path, response, await response.text());
      seen.push(response.status);
    }
    assertEquals(seen, [200, 200, 400, 401, 201, 400, 403, 413, 204, 404, 400, 500, 404, 405]);
  });
});
