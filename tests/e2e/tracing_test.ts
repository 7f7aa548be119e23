/** Spans of a real server as a collector gets them over OTLP. */
import { assert, assertEquals } from "@std/assert";
import { onStage } from "./stage.ts";

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** 2: error. */
  readonly status: number;
}

interface Collector extends AsyncDisposable {
  readonly env: Record<string, string>;
  /** Every body so far: traces, metrics and logs. */
  readonly bodies: readonly string[];
  spans(): Span[];
}

/** Takes OTLP over HTTP with JSON bodies. */
function startCollector(): Collector {
  const bodies: string[] = [];
  const traces: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const body = await request.text();
      bodies.push(body);
      if (new URL(request.url).pathname === "/v1/traces") traces.push(body);
      return Response.json({});
    },
  );
  return {
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
    },
    bodies,
    spans: () => traces.flatMap(spansOf),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

// deno-lint-ignore no-explicit-any -- OTLP's JSON, of which the test needs a few fields
const attributesOf = ({ attributes }: any): Record<string, string> =>
  // deno-lint-ignore no-explicit-any
  Object.fromEntries(attributes.map(({ key, value }: any) => [key, value.stringValue]));

function spansOf(body: string): Span[] {
  // deno-lint-ignore no-explicit-any
  return JSON.parse(body).resourceSpans.flatMap((resource: any) =>
    // deno-lint-ignore no-explicit-any
    resource.scopeSpans.flatMap((scope: any) =>
      // deno-lint-ignore no-explicit-any
      scope.spans.map((span: any): Span => ({
        name: span.name,
        traceId: span.traceId,
        parentSpanId: span.parentSpanId ?? "",
        attributes: attributesOf(span),
        status: span.status?.code ?? 0,
      }))
    )
  );
}

Deno.test("OTEL_DENO=true names spans by route and by socket event, and tells no secrets", async () => {
  await using collector = startCollector();
  const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await onStage(async ({ server, people, as, api, newClass, start, connect }) => {
    const found = await newClass();
    await start(found);
    const teacher = await connect(people.teacher);
    const mark = { classId: found.id, studentId: people.student.id, status: "present" };
    await teacher.request("ATTENDANCE_MARKED", { ...mark, note: "a note on nobody" });
    await teacher.request("DONE", { classId: 99999 });
    await teacher.request("NO_SUCH_EVENT");
    await as(people.teacher, 200, "GET", `/api/class/${found.id}/?limit=7`, {
      headers: { traceparent: parent, "X-Request-Id": "the-request" },
    });
    await as(people.teacher, 404, "GET", "/api/class/99999/");
    const credentials = { email: "teacher@school.example", password: "not the password" };
    await api.expect(401, "POST", "/api/auth/login/", { body: credentials });
    await (await fetch(`${server.url}/nowhere?token=${people.admin.token}`)).body?.cancel();
    // What is waiting is sent before the process ends.
    await server.kill("SIGTERM");

    const spans = collector.spans();
    const named = (name: string) => spans.filter((span) => span.name === name);
    const [read, missing] = named("GET /api/class/:id/").toSorted((a, b) =>
      Number(a.attributes["http.response.status_code"]) -
      Number(b.attributes["http.response.status_code"])
    );
    assertEquals(read?.attributes["http.route"], "/api/class/:id/");
    assertEquals(read?.attributes["url.path"], `/api/class/${found.id}/`);
    assertEquals(read?.attributes["user.id"], `${people.teacher.id}`);
    assertEquals(read?.attributes["request.id"], "the-request");
    assertEquals(`00-${read?.traceId}-${read?.parentSpanId}-01`, parent);
    assertEquals(missing?.attributes["error.code"], "class_not_found");
    assertEquals(named("POST /api/class/start-attendance/").length, 1);
    assertEquals(
      named("POST /api/auth/login/")[0]?.attributes["error.code"],
      "invalid_credentials",
    );
    assertEquals(named("GET /ws").length, 1);
    assertEquals(named("ws ATTENDANCE_MARKED").length, 1);
    assertEquals(named("ws DONE")[0]?.attributes["error.code"], "class_not_found");
    assertEquals(named("ws unknown")[0]?.attributes["error.code"], "unknown_event");
    const events = spans.filter(({ name }) => name.startsWith("ws "));
    assertEquals(new Set(events.map(({ traceId }) => traceId)).size, events.length);
    for (const { status } of spans) assert(status !== 2);

    const told = collector.bodies.join("\n");
    const secrets = [people.teacher.token, people.admin.token, credentials.password];
    for (const secret of [...secrets, "limit=7", "?token", "a note on nobody"]) {
      assert(!told.includes(secret), `the collector was told ${secret}`);
    }
    for (const { attributes } of spans) assertEquals(attributes["url.query"], undefined);
  }, { env: collector.env });
});

Deno.test("without OTEL_DENO nothing is sent", async () => {
  await using collector = startCollector();
  const { OTEL_DENO: _, ...env } = collector.env;
  await onStage(async ({ server, people, as }) => {
    await as(people.teacher, 200, "GET", "/api/auth/me/");
    await server.kill("SIGTERM");
    assertEquals(collector.bodies, []);
  }, { env });
});
