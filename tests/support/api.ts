/** An HTTP client that holds every answer it sees against the OpenAPI document of the service. */
import { assertEquals } from "@std/assert";
import { checkResponse } from "./openapi_check.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // deno-lint-ignore no-explicit-any -- tests look into answers freely; each is checked as it comes
  readonly body: any;
}

export interface CallOptions {
  /** Access token. */
  readonly token?: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: BodyInit | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface Api {
  readonly url: string;
  /** The OpenAPI document as the service gives it. */
  readonly document: object;
  /** Whatever it answers, as long as that is documented. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** @throws AssertionError where the answer has another status */
  expect(status: number, method: string, path: string, options?: CallOptions): Promise<Answer>;
}

/**
 * What holds of every failure, whatever the operation.
 * @param repeated whether it may be an earlier answer again, which names the request of then
 */
function checkProblem({ status, headers, body }: Answer, repeated: boolean): void {
  assertEquals(headers.get("content-type"), "application/problem+json");
  assertEquals(body.status, status);
  assertEquals(body.success, false);
  assertEquals(body.error, body.detail);
  for (const field of ["type", "title", "detail", "code", "instance"]) {
    assertEquals(typeof body[field], "string", field);
  }
  if (!repeated) assertEquals(body.instance, headers.get("x-request-id"));
}

/** By their text: what is compiled of one serves for every server that gives the same. */
const documents = new Map<string, object>();

async function readDocument(url: string): Promise<object> {
  const text = await (await fetch(`${url}/api/schema/`)).text();
  const known = documents.get(text);
  if (known) return known;
  const document: object = JSON.parse(text);
  documents.set(text, document);
  return document;
}

/** Reads the service's document, which every later answer must agree with. */
export async function openApi(url: string): Promise<Api> {
  const document = await readDocument(url);

  const call: Api["call"] = async (method, path, { token, body, raw, headers } = {}) => {
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(url + path, {
      method,
      redirect: "manual",
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(raw !== undefined || body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const text = await response.text();
    const { pathname } = new URL(response.url);
    checkResponse(document, method, pathname, response, text);
    const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
    const answer: Answer = {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== "" ? JSON.parse(text) : null,
    };
    if (answer.status >= 400 && method !== "HEAD" && pathname.startsWith("/api/")) {
      checkProblem(answer, headers?.["Idempotency-Key"] !== undefined);
    }
    return answer;
  };

  return {
    url,
    document,
    call,
    async expect(status, method, path, options) {
      const answer = await call(method, path, options);
      assertEquals(answer.status, status, `${method} ${path}: ${answer.text.slice(0, 500)}`);
      return answer;
    },
  };
}
