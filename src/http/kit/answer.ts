import type { Context } from "hono";
import type { AppEnv } from "./context.ts";

/**
 * An answer of the API, with no more header fields than data needs: what guards pages is sent with
 * pages. Fields are appended one by one, which costs the runtime less than a list.
 * @param text null: none
 */
export function answer(
  c: Context<AppEnv>,
  status: number,
  text: string | null,
  { type = "application/json", fields = {} }: {
    type?: string;
    fields?: Readonly<Record<string, string>>;
  } = {},
): Response {
  c.set("text", text ?? "");
  const response = text === null
    ? new Response(null, { status })
    : new Response(text, { status, headers: { "content-type": type } });
  response.headers.append("cache-control", "no-store");
  for (const name in fields) response.headers.append(name, fields[name] ?? "");
  return response;
}
