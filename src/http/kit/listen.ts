/** An HTTP server that goes on listening where accepting a connection failed. */
import { describeError, type Logger } from "../../kernel/logger.ts";

/** Wait before it listens again. */
const RETRY_MS = 250;

export interface Listener {
  /** Where it listens, also after it has listened again. */
  readonly port: number;
  /** Takes no new connections; resolves when the requests that run are answered. */
  shutdown(): Promise<void>;
}

export interface ListenOptions {
  /** 0: any that is free. */
  readonly port: number;
  readonly hostname: string;
  /** Whether other processes listen on the same port. */
  readonly reusePort?: boolean;
  readonly logger: Logger;
}

/**
 * A process out of file descriptors cannot accept, and the runtime then gives the whole server up:
 * unhandled, that ends the process and with it every open socket. Those stay, and it listens again.
 * @throws Deno.errors.AddrInUse
 */
export function listen(
  { logger, ...options }: ListenOptions,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Listener {
  let retry: ReturnType<typeof setTimeout> | undefined;

  function open(port: number): Deno.HttpServer<Deno.NetAddr> {
    const opened = Deno.serve({ ...options, port, onListen: () => {} }, handler);
    opened.finished.catch((error) => {
      logger.log("error", "connections cannot be accepted", { cause: describeError(error) });
      again(opened.addr.port);
    });
    return opened;
  }

  function again(port: number): void {
    retry = setTimeout(() => {
      try {
        server = open(port);
        logger.log("info", "connections are accepted again");
      } catch {
        again(port);
      }
    }, RETRY_MS);
  }

  let server = open(options.port);
  const { port } = server.addr;
  return {
    port,
    async shutdown() {
      clearTimeout(retry);
      // One that failed has nothing to end.
      await server.shutdown().catch(() => {});
    },
  };
}
