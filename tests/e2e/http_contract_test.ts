/** What holds of HTTP in general, on every operation there is. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import type { Route } from "../../src/http/kit/route.ts";
import { withAllRoutes } from "../support/all_routes.ts";
import type { Answer } from "../support/api.ts";
import { optionsOf, pathOf, sampleOf, SAMPLES } from "./samples.ts";
import { onStage, type Person, type Stage } from "./stage.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const callerOf = ({ people }: Stage, { access }: Route): Person =>
  access === "class_student" ? people.student : people.admin;

/** Runs a step for each route, with a call of it that is allowed. */
async function onEachRoute(
  t: Deno.TestContext,
  only: (route: Route) => boolean,
  work: (parts: {
    stage: Stage;
    route: Route;
    path: string;
    /** Makes the call: must succeed. */
    succeed: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  }) => Promise<void>,
): Promise<void> {
  await withAllRoutes(async (routes) => {
    await onStage(async (stage) => {
      for (const route of routes.filter(only)) {
        await t.step(route.operationId, async () => {
          await stage.renew();
          const call = await SAMPLES[route.operationId]?.prepare(stage, "admin");
          if (!call) throw new Error("has no sample");
          const { token } = callerOf(stage, route);
          await work({
            stage,
            route,
            path: sampleOf(route, call),
            succeed: (path, headers) =>
              stage.api.expect(route.success.status, route.method.toUpperCase(), path, {
                ...optionsOf(call),
                token,
                headers,
              }),
          });
        });
      }
    });
  });
}

/** Operations whose answers have the shape that the contract gives them; all others are wrapped. */
const OWN_SHAPE: Readonly<Record<string, string>> = {
  signUp: "message user",
  logIn: "token",
  obtainTokens: "access refresh",
  refreshTokens: "access refresh",
  me: "user",
};
const LISTS = ["listStudents", "listUsers", "listClasses", "listSessions", "listRecordChanges"];

Deno.test("every operation works without the trailing slash, and wraps its answer", async (t) => {
  await onEachRoute(t, () => true, async ({ route, path, succeed }) => {
    assert(path.endsWith("/"));
    const { status, body, text, headers } = await succeed(path.slice(0, -1));
    assertMatch(headers.get("x-request-id") ?? "", UUID);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    if (status === 204) {
      assertEquals([text, headers.get("content-type")], ["", null]);
      return;
    }
    assertEquals(headers.get("content-type"), "application/json");
    const fields = Object.keys(body).sort().join(" ");
    const paged = LISTS.includes(route.operationId) || route.operationId.startsWith("getClass");
    const wrapped = paged ? "data next success" : "data success";
    assertEquals(fields, OWN_SHAPE[route.operationId] ?? wrapped);
    if (fields === wrapped) assertEquals(body.success, true);
    if (LISTS.includes(route.operationId)) assert(Array.isArray(body.data));
  });
});

Deno.test("a query field that an operation does not know is refused, and changes nothing", async (t) => {
  await onEachRoute(t, () => true, async ({ stage, route, path }) => {
    const { token } = callerOf(stage, route);
    const before = stage.dump();
    const method = route.method.toUpperCase();
    const { body } = await stage.api.expect(400, method, `${path}?surprise=1`, { token });
    assertEquals(body.errors, [{ path: "surprise", message: "is not known here" }]);
    assertEquals(stage.dump(), before);
  });
});

Deno.test("a method that a path lacks gets 405 and Allow, without a token too", async () => {
  await withAllRoutes(async (routes) => {
    await onStage(async ({ api }) => {
      for (const path of new Set(routes.map((route) => route.path))) {
        const own = routes.filter((route) => route.path === path).map(({ method }) =>
          method.toUpperCase()
        );
        const allowed = [...own.flatMap((m) => m === "GET" ? ["GET", "HEAD"] : [m]), "OPTIONS"];
        const address = pathOf(path, { id: "1", sessionId: "1", studentId: "1", student_id: "1" })
          .replace("//", "/1/");
        for (const target of [address, address.slice(0, -1)]) {
          for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"]) {
            if (own.includes(method)) continue;
            const { headers, body } = await api.expect(405, method, target);
            assertEquals(headers.get("allow"), allowed.join(", "), `${method} ${target}`);
            assertEquals(body.code, "method_not_allowed");
          }
          const { headers } = await api.expect(204, "OPTIONS", target);
          assertEquals(headers.get("allow"), allowed.join(", "));
        }
      }
    });
  });
});

Deno.test("HEAD answers as GET, without the body", async (t) => {
  await onEachRoute(
    t,
    ({ method }) => method === "get",
    async ({ stage, route, path, succeed }) => {
      const { token } = callerOf(stage, route);
      const full = await succeed(path);
      const head = await stage.api.expect(200, "HEAD", path, { token });
      assertEquals(head.text, "");
      for (const name of ["content-type", "etag", "cache-control"]) {
        assertEquals(head.headers.get(name), full.headers.get(name), name);
      }
    },
  );
});

Deno.test("an unknown path below /api gets a 404 problem", async () => {
  await onStage(async ({ api, people }) => {
    const { token } = people.admin;
    for (
      const path of ["/api", "/api/", "/api/nothing/", "/api/class/", "/api/users/1/x/", "/api//"]
    ) {
      for (const method of ["GET", "POST", "DELETE"]) {
        const { body } = await api.expect(404, method, path, { token });
        assertEquals(body.code, "not_found", `${method} ${path}`);
      }
    }
  });
});

Deno.test("X-Request-Id is taken over if sane, made otherwise, and in every answer", async () => {
  await onStage(async ({ api, people }) => {
    const { token } = people.teacher;
    const paths = [
      ...["/api/auth/me/", "/api/users/", "/api/nothing/", "/api/class/abc/", "/api/schema/"],
      ...["/healthz", "/readyz", "/", "/static/app.js", "/nothing", "/ws/"],
    ];
    for (const path of paths) {
      for (const given of ["a", "6f1c.B-2_z", "x".repeat(128)]) {
        const headers = { "X-Request-Id": given };
        const answer = await api.call("GET", path, { token, headers });
        assertEquals(answer.headers.get("x-request-id"), given, path);
      }
      for (const given of ["", "a b", "x".repeat(129), "a;b", "<script>", '"a"', "é"]) {
        const headers = { "X-Request-Id": given };
        const answer = await api.call("GET", path, { token, headers });
        assertMatch(answer.headers.get("x-request-id") ?? "", UUID, path);
      }
    }
  });
});

Deno.test("collections and reports carry an ETag and answer 304 to who holds it", async (t) => {
  await withAllRoutes((routes) => {
    const tagged = routes.filter(({ method, tag }) => method === "get" && tag !== "Accounts");
    const without = tagged.filter(({ etag }) => !etag).map(({ operationId }) => operationId);
    assertEquals(without, ["getUser"]);
  });
  await onEachRoute(t, ({ etag }) => etag === true, async ({ stage, route, path, succeed }) => {
    const first = await succeed(path);
    const tag = first.headers.get("etag") ?? "";
    assertEquals(first.headers.get("cache-control"), "private, no-cache");
    const { token } = callerOf(stage, route);
    for (const held of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const headers = { "If-None-Match": held };
      const again = await stage.api.expect(304, "GET", path, { token, headers });
      assertEquals([again.text, again.headers.get("etag")], ["", tag]);
    }
    assertEquals((await succeed(path, { "If-None-Match": '"other"' })).text, first.text);
  });
});

Deno.test("an ETag changes with the content and differs between callers", async () => {
  await onStage(async (stage) => {
    const { teacher, student } = stage.people;
    const { id } = await stage.newClass();
    const path = `/api/class/${id}/`;
    const tagFor = async (person: Person) =>
      (await stage.as(person, 200, "GET", path)).headers.get("etag");
    const before = await tagFor(teacher);
    assertNotEquals(before, await tagFor(student));
    await stage.closedSession({ id, name: "" });
    assertNotEquals(await tagFor(teacher), before);
  });
});

const CREATE = "/api/class/create_class/";
const keyed = (key: string) => ({ "Idempotency-Key": key });

Deno.test("a POST with an Idempotency-Key runs once, also over a crash of the server", async () => {
  await onStage(async (stage) => {
    const { teacher, rival } = stage.people;
    const body = { class_name: "Once" };
    const headers = keyed("5f0c2f4e");
    const create = (person: Person, status = 201) =>
      stage.as(person, status, "POST", CREATE, { body, headers });
    const first = await create(teacher);
    const again = await create(teacher);
    assertEquals([again.status, again.text], [first.status, first.text]);
    assertNotEquals(again.headers.get("x-request-id"), first.headers.get("x-request-id"));
    const other = { class_name: "Other" };
    const mismatch = await stage.as(teacher, 422, "POST", CREATE, { body: other, headers });
    assertEquals(mismatch.body.code, "idempotency_mismatch");
    // Keys are each user's own.
    assertNotEquals((await create(rival)).body.data.id, first.body.data.id);
    await stage.restart("SIGKILL");
    assertEquals((await create(teacher)).text, first.text);
    const { body: list } = await stage.as(teacher, 200, "GET", "/api/class/list_classes/");
    assertEquals(list.data.length, 1);
    // A new key is a new request.
    await stage.as(teacher, 409, "POST", CREATE, { body, headers: keyed("another") });
  });
});

Deno.test("a repeat of a refused POST is refused in the same words", async () => {
  await onStage(async (stage) => {
    const { teacher } = stage.people;
    const found = await stage.newClass();
    const at = `/api/class/${found.id}/session`;
    const mark = (key: string, status: number) => {
      const body = { marks: [{ studentId: stage.people.student.id, status: "late" }] };
      return stage.as(teacher, status, "POST", `${at}/marks/`, { body, headers: keyed(key) });
    };
    const refused = await mark("first", 404);
    await stage.start(found);
    assertEquals((await mark("first", 404)).body.detail, refused.body.detail);
    const marked = await mark("second", 200);
    assertEquals((await mark("second", 200)).text, marked.text);
    const { body } = await stage.as(teacher, 200, "GET", `${at}/`);
    assertEquals(body.data.seq, 2);
  });
});

Deno.test("of requests with one Idempotency-Key at once one runs, and none is answered otherwise", async () => {
  await onStage(async (stage) => {
    const { teacher } = stage.people;
    const headers = keyed("k");
    const body = { class_name: "Once" };
    const answers = await Promise.all(
      Array.from(
        { length: 8 },
        () => stage.api.call("POST", CREATE, { token: teacher.token, body, headers }),
      ),
    );
    // Who comes while the first one runs gets 409, who comes later its answer.
    const [made, refused] = [201, 409].map((code) => answers.filter((one) => one.status === code));
    assertEquals((made?.length ?? 0) + (refused?.length ?? 0), 8);
    assertEquals(new Set(made?.map(({ text }) => text)).size, 1);
    for (const { body, headers } of refused ?? []) {
      assertEquals([body.code, headers.get("retry-after")], ["idempotency_in_flight", "1"]);
    }
    const { body: list } = await stage.as(teacher, 200, "GET", "/api/class/list_classes/");
    assertEquals(list.data.length, 1);
  });
});

/** Every item of a list, page by page. */
async function walk(
  stage: Stage,
  person: Person,
  path: string,
  limit: number,
  items: (body: Answer["body"]) => readonly unknown[] = ({ data }) => data,
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query = new URLSearchParams({ limit: `${limit}`, ...(cursor ? { cursor } : {}) });
    const { body }: Answer = await stage.as(person, 200, "GET", `${path}?${query}`);
    const page = items(body);
    assert(page.length <= limit);
    if (body.next !== null) assertEquals(page.length, limit);
    found.push(...page);
    cursor = body.next;
  }
  return found;
}

Deno.test("lists are read page by page to the end, each item once", async () => {
  await onStage(async (stage) => {
    const { teacher, admin, student } = stage.people;
    const found = await stage.newClass({ pupils: true });
    const sessionIds: string[] = [];
    for (let i = 0; i < 7; i++) sessionIds.push(await stage.closedSession(found));
    const sessions = `/api/class/${found.id}/sessions/`;
    const lists: readonly (readonly [Person, string, number])[] = [
      [teacher, "/api/students/", 34],
      [admin, "/api/users/", 38],
      [teacher, sessions, 7],
      [student, sessions, 7],
      [teacher, `${sessions}${sessionIds[0]}/changes/`, 32],
    ];
    for (const [person, path, length] of lists) {
      const whole = await walk(stage, person, path, 200);
      assertEquals(whole.length, length, path);
      for (const limit of [1, 3, 7, length]) {
        assertEquals(await walk(stage, person, path, limit), whole, `${path} by ${limit}`);
      }
    }
    for (const path of [`/api/class/${found.id}/`, `/api/class/get-class/${found.name}/`]) {
      const inClass = (body: Answer["body"]) => body.data.sessions;
      const seen = await walk(stage, teacher, path, 2, inClass);
      assertEquals(seen, await walk(stage, teacher, sessions, 200), path);
    }
    const newestFirst = await walk(stage, teacher, sessions, 3);
    const ids = newestFirst.map((one) => Reflect.get(Object(one), "session_id"));
    assertEquals(ids, sessionIds.toReversed());
  }, { pupils: 30 });
});

Deno.test("a page holds 50 items unless told otherwise", async () => {
  await onStage(async (stage) => {
    const { body } = await stage.as(stage.people.teacher, 200, "GET", "/api/students/");
    assertEquals([body.data.length, typeof body.next], [50, "string"]);
    const classes = await stage.as(stage.people.teacher, 200, "GET", "/api/class/list_classes/");
    assertEquals(classes.body.next, null);
  }, { pupils: 60 });
});

Deno.test("another origin's pages may ask only where the settings allow it", async () => {
  const origin = "https://school.example";
  const preflight = { "Access-Control-Request-Method": "POST", Origin: origin };
  const allowed = ({ headers }: Answer) => headers.get("access-control-allow-origin");
  await onStage(async ({ api, people, open }) => {
    const { token } = people.teacher;
    const get = (from: string) =>
      api.call("GET", "/api/auth/me/", { token, headers: { Origin: from } });
    assertEquals(allowed(await get(origin)), origin);
    assertEquals(allowed(await get("https://evil.example")), null);
    const asked = await api.expect(204, "OPTIONS", CREATE, { headers: preflight });
    assertEquals(allowed(asked), origin);
    assertMatch(asked.headers.get("access-control-allow-headers") ?? "", /authorization/i);
    assertMatch(asked.headers.get("access-control-allow-methods") ?? "", /POST/);
    // Problems can be read there too.
    assertEquals(
      allowed(await api.call("GET", "/api/users/", { headers: { Origin: origin } })),
      origin,
    );
    const socket = await open({ token, headers: { Origin: origin } });
    await socket.next("CONNECTED");
    await assertRejects(() => open({ token, headers: { Origin: "https://evil.example" } }));
  }, { env: { ALLOWED_ORIGINS: `${origin},https://other.example` } });
  await onStage(async ({ api }) => {
    assertEquals(allowed(await api.call("OPTIONS", CREATE, { headers: preflight })), null);
    assertEquals(
      allowed(await api.call("GET", "/api/nothing/", { headers: { Origin: origin } })),
      null,
    );
  });
});
