/** A TCP proxy on loopback that can be told to fail, to see what a client makes of it. */
import { ownPort } from "./ports.ts";

export type Direction = "up" | "down";

export interface TcpProxy {
  readonly port: number;
  /**
   * `forward` passes everything on; `stall` takes connections and data and passes nothing on until
   * it forwards again; `refuse` refuses new connections.
   */
  set(mode: "forward" | "stall" | "refuse"): void;
  /** Breaks every open connection. */
  cut(): void;
  /** Breaks every open connection instead of passing on a chunk of which this says true; once. */
  cutWhen(applies: ((direction: Direction, bytes: number) => boolean) | null): void;
  close(): Promise<void>;
}

/** Forwards to a port of a host once told to; begins by refusing. */
export function createTcpProxy(target: { hostname: string; port: number }): TcpProxy {
  const port = ownPort();
  let listener: Deno.Listener | null = null;
  let stalled: PromiseWithResolvers<void> | null = null;
  let trap: ((direction: Direction, bytes: number) => boolean) | null = null;
  const open = new Set<Deno.Conn>();
  const work = new Set<Promise<void>>();

  const end = (conn: Deno.Conn) => {
    if (open.delete(conn)) conn.close();
  };
  const cut = () => {
    for (const conn of [...open]) end(conn);
  };

  const pump = async (from: Deno.Conn, to: Deno.Conn, direction: Direction) => {
    const buffer = new Uint8Array(16_384);
    try {
      for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
        if (trap?.(direction, size)) {
          trap = null;
          cut();
        }
        await stalled?.promise;
        for (let sent = 0; sent < size;) sent += await to.write(buffer.subarray(sent, size));
      }
    } catch {
      // Closed at either end.
    }
    end(from);
    end(to);
  };

  const serve = async (client: Deno.Conn) => {
    open.add(client);
    await stalled?.promise;
    try {
      const server = await Deno.connect(target);
      open.add(server);
      await Promise.all([pump(client, server, "up"), pump(server, client, "down")]);
    } catch {
      end(client);
    }
  };

  const track = (promise: Promise<void>) => {
    work.add(promise);
    promise.finally(() => work.delete(promise));
  };

  const listen = async (on: Deno.Listener) => {
    for await (const client of on) track(serve(client));
  };

  const set: TcpProxy["set"] = (mode) => {
    if (mode === "stall") stalled ??= Promise.withResolvers();
    else {
      stalled?.resolve();
      stalled = null;
    }
    if (mode === "refuse") {
      listener?.close();
      listener = null;
    } else if (!listener) {
      listener = Deno.listen({ hostname: "127.0.0.1", port });
      track(listen(listener));
    }
  };

  return {
    port,
    set,
    cut,
    cutWhen: (applies) => {
      trap = applies;
    },
    async close() {
      set("refuse");
      cut();
      await Promise.all(work);
    },
  };
}
