/**
 * A WebSocket client cheap enough to be thousands of them in one process: it counts what arrives
 * instead of decoding it, so that the figures are the server's and not the client's.
 */
import { Buffer } from "node:buffer";

/** The server drops a socket that stays silent; a pong that nobody asked for counts as a sign of life. */
const HEARTBEAT_MS = 10_000;
const PONG = new Uint8Array([0x8a, 0x80, 0, 0, 0, 0]);

export interface RawSocket {
  /** How many times the needle has arrived so far. */
  readonly count: number;
  readonly bytes: number;
  /** Sends each text as a frame of its own, all in one write. */
  send(...texts: string[]): Promise<void>;
  close(): void;
}

/** A text frame, masked as the standard asks of clients, with the zero mask. */
function frameOf(text: string): Uint8Array {
  const payload = new TextEncoder().encode(text);
  const head = payload.length < 126
    ? [0x81, 0x80 | payload.length]
    : [0x81, 0x80 | 126, payload.length >> 8, payload.length & 255];
  const frame = new Uint8Array(head.length + 4 + payload.length);
  frame.set(head);
  frame.set(payload, head.length + 4);
  return frame;
}

/**
 * Connects and counts occurrences of `needle` in everything the server sends.
 * @param onCount called after each read that found some, with how many
 */
export async function openRawSocket(
  url: string,
  needle: string,
  onCount: (found: number) => void = () => {},
): Promise<RawSocket> {
  const { hostname, port, pathname, search } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  connection.setNoDelay(true);
  const encoder = new TextEncoder();
  await connection.write(encoder.encode(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${
        btoa("0123456789abcdef")
      }\r\n\r\n`,
  ));
  const buffer = new Uint8Array(256 * 1024);
  const first = await connection.read(buffer);
  const head = new TextDecoder().decode(buffer.subarray(0, first ?? 0));
  if (!head.startsWith("HTTP/1.1 101")) throw new Error(`No upgrade: ${head.split("\r\n")[0]}`);

  const pattern = Buffer.from(needle);
  const state = { count: 0, bytes: 0 };
  // A needle may be cut by the end of a read: the tail goes in front of the next one.
  let tail = 0;
  let closed = false;
  const readAll = async () => {
    for (;;) {
      let size: number | null;
      try {
        size = await connection.read(buffer.subarray(tail));
      } catch (error) {
        if (closed) return;
        throw error;
      }
      if (size === null) {
        if (closed) return;
        throw new Error("The server closed a socket of the benchmark");
      }
      state.bytes += size;
      const seen = Buffer.from(buffer.buffer, 0, tail + size);
      let from = 0;
      let found = 0;
      for (let at = seen.indexOf(pattern); at >= 0; at = seen.indexOf(pattern, from)) {
        found++;
        from = at + pattern.length;
      }
      const keep = Math.min(pattern.length - 1, tail + size - from);
      buffer.copyWithin(0, tail + size - keep, tail + size);
      tail = keep;
      if (found > 0) {
        state.count += found;
        onCount(found);
      }
    }
  };
  readAll();
  let writing = Promise.resolve();

  const write = (bytes: Uint8Array): Promise<void> =>
    writing = writing.then(async () => {
      for (let sent = 0; sent < bytes.length && !closed;) {
        sent += await connection.write(bytes.subarray(sent));
      }
    });
  const heartbeat = setInterval(() => write(PONG), HEARTBEAT_MS);

  return {
    get count() {
      return state.count;
    },
    get bytes() {
      return state.bytes;
    },
    send: (...texts) => write(Buffer.concat(texts.map(frameOf))),
    close() {
      closed = true;
      clearInterval(heartbeat);
      connection.close();
    },
  };
}
