/** A WebSocket client for tests: collects frames and lets a test wait for them, with a deadline. */

export interface Frame {
  readonly event: string;
  // deno-lint-ignore no-explicit-any -- tests look into frames freely; their schemas have their own test
  readonly data: any;
  readonly id?: string | number;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export interface SocketOptions {
  /** Sent as `?token=`. */
  readonly token?: string;
  /** Sends `?batch=1`. */
  readonly batch?: boolean;
  readonly headers?: Record<string, string>;
  /** Trusts certificates, or sends from another address. */
  readonly client?: Deno.HttpClient;
}

export interface SocketClient {
  /** Every frame so far, in order; those that came as an array one by one. */
  readonly frames: readonly Frame[];
  /** Every message so far as it came. */
  readonly messages: readonly string[];
  readonly closed: Promise<Closed>;
  /**
   * Takes the first frame of this event, which also fulfils the predicate, that was not taken
   * before; waits for it if need be. Frames before it stay to be taken.
   */
  next(event: string, predicate?: (frame: Frame) => boolean): Promise<Frame>;
  /** Sends a frame with a fresh id and takes the frame that answers it. */
  request(event: string, data?: unknown): Promise<Frame>;
  send(event: string, data?: unknown, id?: string | number): void;
  sendRaw(message: string | Uint8Array<ArrayBuffer>): void;
  /** How many frames of this event there were so far. */
  count(event: string): number;
  close(): Promise<Closed>;
}

/** A close that was cut off takes the sweeper up to 10 s. */
const DEADLINE_MS = 20_000;

interface Waiter {
  readonly wants: (frame: Frame) => boolean;
  readonly take: (frame: Frame) => void;
}

/** Resolves when the socket is open; rejects where the server refuses the upgrade. */
export async function connectSocket(
  url: string,
  { token, batch, headers, client }: SocketOptions = {},
): Promise<SocketClient> {
  const address = new URL(url);
  if (token !== undefined) address.searchParams.set("token", token);
  if (batch) address.searchParams.set("batch", "1");
  const socket = new WebSocket(address, {
    ...(headers ? { headers } : {}),
    ...(client ? { client } : {}),
  });
  const frames: Frame[] = [];
  const messages: string[] = [];
  const untaken: Frame[] = [];
  const waiters = new Set<Waiter>();
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<Closed>();
  const opened = Promise.withResolvers<void>();
  let requests = 0;

  function receive(frame: Frame): void {
    frames.push(frame);
    for (const waiter of waiters) {
      if (!waiter.wants(frame)) continue;
      waiters.delete(waiter);
      waiter.take(frame);
      return;
    }
    untaken.push(frame);
  }

  socket.onopen = () => opened.resolve();
  socket.onmessage = ({ data }) => {
    messages.push(data);
    const parsed: Frame | Frame[] = JSON.parse(data);
    for (const frame of Array.isArray(parsed) ? parsed : [parsed]) receive(frame);
  };
  socket.onerror = (event) => opened.reject(new Error(`Cannot connect: ${String(event.type)}`));
  socket.onclose = ({ code, reason }) => {
    opened.reject(new Error(`Closed before it was open, code ${code}`));
    onClosed({ code, reason });
  };
  const deadline = setTimeout(
    () => opened.reject(new Error(`Not connected in ${DEADLINE_MS} ms`)),
    DEADLINE_MS,
  );
  await opened.promise.finally(() => clearTimeout(deadline));

  function wait(wants: Waiter["wants"], what: string): Promise<Frame> {
    const index = untaken.findIndex(wants);
    const [found] = index === -1 ? [] : untaken.splice(index, 1);
    if (found) return Promise.resolve(found);
    const { promise, resolve, reject } = Promise.withResolvers<Frame>();
    const fail = (why: string) => {
      clearTimeout(deadline);
      waiters.delete(waiter);
      reject(new Error(`${what} did not come ${why}; untaken: ${JSON.stringify(untaken)}`));
    };
    const deadline = setTimeout(() => fail(`in ${DEADLINE_MS} ms`), DEADLINE_MS);
    const waiter: Waiter = {
      wants,
      take(frame) {
        clearTimeout(deadline);
        resolve(frame);
      },
    };
    waiters.add(waiter);
    closed.then(({ code }) => {
      if (waiters.has(waiter)) fail(`before the close with ${code}`);
    });
    return promise;
  }

  function send(event: string, data: unknown = {}, id?: string | number): void {
    socket.send(JSON.stringify({ event, data, ...(id === undefined ? {} : { id }) }));
  }

  return {
    frames,
    messages,
    closed,
    next: (event, predicate = () => true) =>
      wait((frame) => frame.event === event && predicate(frame), event),
    request(event, data) {
      requests += 1;
      const id = `request ${requests}`;
      send(event, data, id);
      return wait((frame) => frame.id === id, `the answer to ${event}`);
    },
    send,
    sendRaw: (message) => socket.send(message),
    count: (event) => frames.filter((frame) => frame.event === event).length,
    async close() {
      socket.close();
      return await closed;
    },
  };
}
