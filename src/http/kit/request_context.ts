import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./context.ts";

const SANE_REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller: the peer, or behind a trusted proxy the last address that proxy added. */
export function callerAddress(
  peer: string | undefined,
  forwarded: string | undefined,
  trustProxy: boolean,
): string {
  const last = trustProxy ? forwarded?.split(",").at(-1)?.trim() : undefined;
  return last || peer || "unknown";
}

/**
 * Gives each request its id, which is the caller's own where that is sane, and each answer the
 * fields that all have.
 * @param trustProxy whether `X-Forwarded-For` says who the caller is
 */
export const requestContext = ({ trustProxy = false }: { trustProxy?: boolean } = {}) =>
  createMiddleware<AppEnv>(async function requestContext(c, next) {
    const given = c.req.header("x-request-id");
    const id = given !== undefined && SANE_REQUEST_ID.test(given) ? given : crypto.randomUUID();
    const forwarded = trustProxy ? c.req.header("x-forwarded-for") : undefined;
    const address = callerAddress(c.env?.address, forwarded, trustProxy);
    c.set("info", { id, address, route: null, userId: null, failure: null });
    await next();
    // The answer to an upgrade is the runtime's own.
    const { status, headers } = c.res;
    if (status === 101) return;
    headers.append("x-request-id", id);
    headers.append("x-content-type-options", "nosniff");
  });
