import { assertEquals } from "@std/assert";
import { AppError, type ErrorCode, ERRORS } from "../../src/kernel/errors.ts";
import { problem, problemBody, problemHeaders } from "../../src/http/kit/problem.ts";

const codes = Object.keys(ERRORS).filter((code): code is ErrorCode => code in ERRORS);

Deno.test("problemBody() makes an RFC 9457 document of every code", () => {
  for (const code of codes) {
    const body = problem.parse(problemBody(new AppError(code), "req-1"));
    assertEquals(body.status, ERRORS[code].status);
    assertEquals([body.code, body.instance, body.success], [code, "req-1", false]);
    assertEquals([body.title, body.detail], [ERRORS[code].title, body.error]);
    assertEquals(body.type, `/api/docs/#error-${code.replaceAll("_", "-")}`);
  }
});

Deno.test("problemBody() tells the fields and the extras, and never the cause", () => {
  const error = new AppError("class_name_ambiguous", {
    detail: "Two classes have this name: 3, 5",
    errors: [{ path: "class_name", message: "is ambiguous" }],
    extra: { class_ids: [3, 5], code: "overwritten", status: 200 },
    cause: new Error("SELECT secret"),
  });
  const body = problemBody(error, "req-1");
  assertEquals(body.class_ids, [3, 5]);
  assertEquals([body.code, body.status], ["class_name_ambiguous", 409]);
  assertEquals(body.errors, [{ path: "class_name", message: "is ambiguous" }]);
  assertEquals(JSON.stringify(body).includes("secret"), false);
});

Deno.test("problemHeaders() says how to authenticate and when to come back", () => {
  const namesOf = (code: ErrorCode) =>
    problemHeaders(new AppError(code, { retryAfterS: 3, limit: 5 }));
  assertEquals(problemHeaders(new AppError("token_expired")), {
    "WWW-Authenticate": "Bearer",
  });
  assertEquals(namesOf("storage_unavailable"), { "Retry-After": "3" });
  assertEquals(namesOf("rate_limited"), {
    "Retry-After": "3",
    "RateLimit-Limit": "5",
    "RateLimit-Remaining": "0",
    "RateLimit-Reset": "3",
  });
  assertEquals(problemHeaders(new AppError("class_not_found")), {});
});
