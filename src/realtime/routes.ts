/** The upgrade from HTTP to WebSocket, and nothing else of the protocol. */
import { type Context, Hono } from "hono";
import { AppError } from "../kernel/errors.ts";
import { bearerToken } from "../http/kit/bearer.ts";
import type { AppEnv } from "../http/kit/context.ts";
import type { Hub, SocketSession } from "./hub.ts";

/** Seconds of silence after which the runtime pings, and of no pong after which it closes. */
const IDLE_TIMEOUT_S = 30;

export interface SocketAppDeps {
  readonly hub: Hub;
  /** Origins of other hosts whose pages may connect. */
  readonly allowedOrigins: readonly string[];
  /** Whether `X-Forwarded-Host` and `-Proto` say which address the client asked for. */
  readonly trustProxy: boolean;
}

/**
 * Browsers always name the page's origin; who names none is no browser.
 * @param own the address that was asked for; the scheme is known only where a proxy tells
 */
function originAllowed(
  origin: string | undefined,
  own: { readonly host: string | undefined; readonly scheme: string | undefined },
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const { host, protocol } = new URL(origin);
  return host === own.host?.toLowerCase() &&
    (own.scheme === undefined || protocol === `${own.scheme.toLowerCase()}:`);
}

/** @throws AppError `invalid_request` */
function upgraded(request: Request): Deno.WebSocketUpgrade {
  try {
    return Deno.upgradeWebSocket(request, { idleTimeout: IDLE_TIMEOUT_S });
  } catch (cause) {
    throw new AppError("invalid_request", {
      detail: "The WebSocket handshake is not valid",
      cause,
    });
  }
}

export function socketApp({ hub, allowedOrigins, trustProxy }: SocketAppDeps): Hono<AppEnv> {
  function addressOf({ req }: Context<AppEnv>) {
    const forwarded = (name: string) => trustProxy ? req.header(`x-forwarded-${name}`) : undefined;
    return { host: forwarded("host") ?? req.header("host"), scheme: forwarded("proto") };
  }

  function refusal(c: Context<AppEnv>): AppError | null {
    if (c.req.method !== "GET" || c.req.header("upgrade")?.toLowerCase() !== "websocket") {
      return new AppError("upgrade_required");
    }
    if (!originAllowed(c.req.header("origin"), addressOf(c), allowedOrigins)) {
      return new AppError("origin_forbidden");
    }
    return hub.draining ? new AppError("shutting_down") : null;
  }

  /** Nothing after the upgrade may fail: there is no other answer any more. */
  function upgrade(c: Context<AppEnv>): Response {
    const token = bearerToken(c.req.header("authorization")) ?? c.req.query("token") ?? null;
    const batch = c.req.query("batch") === "1";
    const { socket, response } = upgraded(c.req.raw);
    socket.binaryType = "arraybuffer";
    let session: SocketSession | null = null;
    socket.onopen = () => {
      session = hub.accept(socket, { token, batch });
    };
    socket.onmessage = ({ data }) => session?.message(data);
    socket.onclose = ({ code }) => session?.closed(code);
    // A broken connection or text that is not UTF-8: the runtime has dropped it.
    socket.onerror = () => session?.closed(0);
    return response;
  }

  const app = new Hono<AppEnv>({ strict: false });
  app.all("/ws", (c) => {
    c.get("info").route = "/ws";
    const refused = refusal(c);
    if (refused) throw refused;
    return upgrade(c);
  });
  return app;
}
