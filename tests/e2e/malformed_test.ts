/**
 * Everything a client can get wrong, on every operation and socket event: each gets its refusal as a
 * problem document (or ERROR) and changes nothing. The requests are made from the route table and
 * its OpenAPI document; a field, parameter or query field that is new needs its bad values here.
 */
import { assert, assertEquals } from "@std/assert";
import { BODY_LIMIT } from "../../src/http/kit/body.ts";
import type { Route } from "../../src/http/kit/route.ts";
import { withAllRoutes } from "../support/all_routes.ts";
import type { Answer, CallOptions } from "../support/api.ts";
import {
  BAD_QUERY,
  badFor,
  NO_ENCODING,
  NO_IDS,
  NO_JSON,
  NO_OBJECTS,
  NO_UTF8,
  NO_UUIDS,
} from "../support/bad_values.ts";
import { fieldsOfSchema, isObject, shortened, withField } from "../support/fields.ts";
import { pathOf, type SampleCall, sampleOf, SAMPLES } from "./samples.ts";
import { onStage, type Person, type Stage } from "./stage.ts";

/** Whoever may call the operation. */
function callerOf(stage: Stage, route: Route): Person | null {
  const { admin, student } = stage.people;
  if (route.access === "anyone") return null;
  return route.access === "class_student" ? student : admin;
}

interface Subject {
  readonly stage: Stage;
  readonly route: Route;
  readonly path: string;
  readonly call: SampleCall;
  /** Sends the request with this changed; it must be refused with this status and one of the codes. */
  refused(
    what: string,
    expected: readonly [status: number, ...codes: string[]],
    change: CallOptions & { path?: string },
  ): Promise<Answer>;
}

/** Runs `work` on each route, with a fresh sample of it; nothing may have changed afterwards. */
async function onEachRoute(
  t: Deno.TestContext,
  only: (route: Route) => boolean,
  work: (subject: Subject) => Promise<void>,
): Promise<void> {
  await withAllRoutes(async (routes) => {
    await onStage(async (stage) => {
      for (const route of routes.filter(only)) {
        await t.step(route.operationId, async () => {
          const sample = SAMPLES[route.operationId];
          if (!sample) throw new Error("has no sample");
          await stage.renew();
          const call = await sample.prepare(stage, "admin");
          const before = stage.dump();
          await work(subjectOf(stage, route, call));
          assertEquals(stage.dump(), before);
        });
      }
    });
  });
}

function subjectOf(stage: Stage, route: Route, call: SampleCall): Subject {
  const path = sampleOf(route, call);
  return {
    stage,
    route,
    path,
    call,
    async refused(what, [status, ...codes], { path: changed = path, ...options }) {
      const answer = await stage.api.call(route.method.toUpperCase(), changed, {
        token: callerOf(stage, route)?.token,
        ...(call.body === undefined ? {} : { body: call.body }),
        ...options,
      });
      const seen = `${what}: ${answer.status} ${shortened(answer.text)}`;
      assertEquals(answer.status, status, seen);
      assert(codes.includes(answer.body.code), seen);
      return answer;
    },
  };
}

const INVALID = [400, "invalid_request"] as const;
const NOT_JSON = [400, "invalid_json"] as const;
const hasBody = ({ body }: Route): boolean => body !== undefined;

/** The schema of an operation's JSON body as the service documents it. */
function bodySchema({ api }: Stage, { path, method }: Route): unknown {
  const template = path.replace(/:(\w+)/g, "{$1}");
  return ["paths", template, method, "requestBody", "content", "application/json", "schema"]
    .reduce<unknown>((at, key) => isObject(at) ? at[key] : undefined, api.document);
}

Deno.test("a body that is not JSON gets 400", async (t) => {
  await onEachRoute(t, hasBody, async ({ refused }) => {
    for (const raw of NO_JSON) await refused(shortened(raw), NOT_JSON, { raw });
    for (const raw of NO_UTF8) await refused(`bytes ${raw}`, NOT_JSON, { raw });
  });
});

Deno.test("a body of another media type gets 400", async (t) => {
  await onEachRoute(t, hasBody, async ({ refused, call: { body = {} } }) => {
    const texts = Object.entries(body).map(([name, value]) => [name, `${value}`]);
    const form = new FormData();
    for (const [name = "", value = ""] of texts) form.set(name, value);
    await refused("a form", NOT_JSON, { raw: new URLSearchParams(texts) });
    await refused("a form in parts", NOT_JSON, { raw: form });
    const headers = { "Content-Type": "application/xml" };
    await refused("XML", NOT_JSON, { raw: "<class_name>A</class_name>", headers });
  });
});

Deno.test("JSON of the wrong shape gets 400", async (t) => {
  await onEachRoute(t, hasBody, async ({ refused, call: { body } }) => {
    for (const raw of NO_OBJECTS) {
      const { body: problem } = await refused(shortened(raw), INVALID, { raw });
      assert(problem.errors.length > 0, raw);
    }
    const valid = JSON.stringify(body);
    for (const raw of ["{}", `{"__proto__":${valid}}`, `{"constructor":{"prototype":${valid}}}`]) {
      await refused(raw, INVALID, { raw });
    }
  });
});

Deno.test("a field that is not what it must be gets 400 and is named", async (t) => {
  await onEachRoute(t, hasBody, async ({ stage, route, refused, call: { body } }) => {
    const fields = fieldsOfSchema(bodySchema(stage, route));
    assert(fields.length > 0, "no documented fields");
    for (const field of fields) {
      const [name = ""] = field;
      for (const json of badFor(route.operationId, field)) {
        const what = `${field.join(".")} = ${shortened(json)}`;
        const raw = withField(body, field, json);
        const { body: problem } = await refused(what, [...INVALID, "weak_password"], { raw });
        // Where a body has several shapes, none of them fits as a whole.
        const named = problem.errors.map(({ path }: { path: string }) =>
          path.split(".")[0] || name
        );
        assert(named.includes(name), `${what}: ${JSON.stringify(problem.errors)}`);
      }
    }
  });
});

Deno.test("of a key that comes twice the last value counts, and is the one checked", async (t) => {
  await onEachRoute(t, hasBody, async ({ route, refused, call: { body = {} } }) => {
    const [name = ""] = Object.keys(body);
    const valid = JSON.stringify(body);
    const bad = badFor(route.operationId, [name])[0] ?? "";
    await refused(name, INVALID, { raw: `${valid.slice(0, -1)},"${name}":${bad}}` });
  });
});

Deno.test("a body over the limit gets 413, told its length beforehand or not", async (t) => {
  await onEachRoute(t, hasBody, async ({ route, refused, call: { body } }) => {
    const limit = route.bodyLimit ?? BODY_LIMIT;
    const raw = JSON.stringify(body).padEnd(limit + 1);
    await refused("with Content-Length", [413, "payload_too_large"], { raw });
    await refused("in chunks", [413, "payload_too_large"], { raw: new Blob([raw]).stream() });
  });
});

Deno.test("limits of bodies: 1 MiB, and 10 MiB for imports", async () => {
  await onStage(async (stage) => {
    const { teacher } = stage.people;
    const { id } = await stage.newClass();
    const list = `/api/class/${id}/students/`;
    const name = JSON.stringify({ class_name: "As long as can be" });
    const mebi = 1024 ** 2;
    await stage.as(teacher, 201, "POST", "/api/class/create_class/", { raw: name.padEnd(mebi) });
    await stage.as(teacher, 200, "POST", list, { raw: "[]".padEnd(10 * mebi) });
    await stage.as(teacher, 413, "POST", list, { raw: "[]".padEnd(10 * mebi + 1) });
    const headers = { "Content-Type": "text/csv" };
    await stage.as(teacher, 413, "POST", list, { raw: "a,\n".padEnd(10 * mebi + 1), headers });
  });
});

Deno.test("a CSV that cannot be read gets 400", async (t) => {
  await onEachRoute(t, ({ csv }) => csv !== undefined, async ({ refused }) => {
    const headers = { "Content-Type": "text/csv" };
    const rows = Array.from({ length: 20_001 }, (_, i) => `s${i}@school.example`).join("\n");
    const bad = ['email\n"open', "a\u0000b\n", `${"x".repeat(10_000)}\n`, rows];
    for (const raw of bad) await refused(shortened(raw), INVALID, { raw, headers });
    for (const raw of NO_UTF8) await refused(`bytes ${raw}`, NOT_JSON, { raw, headers });
  });
});

const BAD_PARAMS: Readonly<Record<string, readonly string[]>> = {
  id: NO_IDS,
  student_id: NO_IDS,
  studentId: NO_IDS,
  sessionId: NO_UUIDS,
  class_name: ["x".repeat(10_000), "\u0000", "a\u001b[31m", " ", "a\nb", "\u0085"],
};

Deno.test("a path parameter that is not what it must be gets 400", async (t) => {
  const hasParams = ({ params }: Route) => params !== undefined;
  await onEachRoute(t, hasParams, async ({ route, refused, path, call: { params = {} } }) => {
    for (const name of Object.keys(params)) {
      const bad = BAD_PARAMS[name];
      if (!bad) throw new Error(`No bad values of the parameter ${name} are known`);
      for (const value of bad) {
        const changed = pathOf(route.path, { ...params, [name]: value });
        await refused(`${name} = ${shortened(value)}`, INVALID, { path: changed });
      }
      const encoded = encodeURIComponent(params[name] ?? "");
      for (const raw of NO_ENCODING) {
        await refused(`${name} = ${raw}`, INVALID, { path: path.replace(encoded, raw) });
      }
    }
  });
});

Deno.test("a well-formed id of nothing gets 404", async (t) => {
  const hasId = ({ path }: Route) => /:(id|sessionId)\//.test(path);
  await onEachRoute(t, hasId, async ({ stage, route, call }) => {
    const token = callerOf(stage, route)?.token;
    const unknown = { id: "9007199254740991", sessionId: crypto.randomUUID() };
    for (const name of Object.keys(unknown).filter((one) => route.path.includes(`:${one}/`))) {
      const params = {
        ...call.params,
        ...Object.fromEntries([[name, Reflect.get(unknown, name)]]),
      };
      await stage.api.expect(404, route.method.toUpperCase(), pathOf(route.path, params), {
        ...(call.body === undefined ? {} : { body: call.body }),
        token,
      });
    }
  });
});

Deno.test("a query field that is not what it must be gets 400", async (t) => {
  await onEachRoute(t, ({ query }) => query !== undefined, async ({ route, refused, path }) => {
    for (const name of Object.keys(route.query?.shape ?? {})) {
      const bad = BAD_QUERY[name];
      if (!bad) throw new Error(`bad_values.ts knows no bad value of the query field ${name}`);
      for (const value of bad) {
        const code = name === "cursor" && value.length <= 500
          ? "invalid_cursor"
          : "invalid_request";
        const changed = `${path}?${new URLSearchParams({ [name]: value })}`;
        await refused(`${name} = ${shortened(value)}`, [400, code], { path: changed });
      }
    }
  });
});

Deno.test("an Idempotency-Key that is none gets 400", async (t) => {
  const keyed = ({ method, access }: Route) => method === "post" && access !== "anyone";
  await onEachRoute(t, keyed, async ({ refused }) => {
    for (const key of ["", "a b", "x".repeat(256), "schlüssel", "a\tb"]) {
      await refused(`key ${key}`, INVALID, { headers: { "Idempotency-Key": key } });
    }
  });
});

Deno.test("a token that is none gets 401", async () => {
  await onStage(async (stage) => {
    const { token } = stage.people.admin;
    const [header = "", payload = "", signature = ""] = token.split(".");
    const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
    const bad: readonly (readonly [string, string])[] = [
      ["authentication_required", ""],
      ["authentication_required", "Bearer"],
      ["authentication_required", `Basic ${btoa("admin:admin")}`],
      ["authentication_required", token],
      ["token_invalid", "Bearer x"],
      ["token_invalid", `Bearer ${token}x`],
      ["token_invalid", `Bearer ${token} ${token}`],
      ["token_invalid", `Bearer ${header}.${payload}.`],
      ["token_invalid", `Bearer ${header}.${payload}`],
      ["token_invalid", `Bearer ${header}.${part({ sub: "1", role: "ADMIN" })}.${signature}`],
      ["token_invalid", `Bearer ${part({ alg: "none", typ: "JWT" })}.${payload}.`],
      ["token_invalid", `Bearer ${part({ alg: "HS512" })}.${payload}.${signature}`],
      ["token_invalid", `Bearer ${"x".repeat(10_000)}`],
    ];
    for (const [code, Authorization] of bad) {
      const { body } = await stage.api.expect(401, "GET", "/api/users/", {
        headers: { Authorization },
      });
      assertEquals(body.code, code, shortened(Authorization));
    }
    await stage.as(stage.people.admin, 200, "GET", "/api/users/");
  });
});

Deno.test("texts that mean something to a database or a browser are only texts", async () => {
  await onStage(async (stage) => {
    const { teacher, student } = stage.people;
    const names = [
      "'; DROP TABLE users; --",
      "<script>alert(1)</script>",
      '"%_\\',
      "${7*7}",
      "__proto__",
    ];
    for (const name of names) {
      const { id } = await stage.newClass({ name });
      const path = `/api/class/get-class/${encodeURIComponent(name)}/`;
      const { body } = await stage.as(student, 200, "GET", path);
      assertEquals([body.data.id, body.data.class_name], [id, name]);
    }
    for (const search of ["%", "_", "'", "\\", "' OR 1=1 --"]) {
      const query = new URLSearchParams({ search });
      const { body } = await stage.as(teacher, 200, "GET", `/api/students/?${query}`);
      assertEquals(body.data, [], search);
    }
  });
});
