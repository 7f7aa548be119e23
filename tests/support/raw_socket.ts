/** WebSocket by hand over TCP: for what no well-behaved client does. */

export interface RawSocket {
  /** From the status line of the answer to the upgrade request. */
  readonly status: number;
  /** The answer's header and, where it is no upgrade, its body. */
  readonly head: string;
  /** Sends one unfragmented frame, masked with zeros. */
  frame(opcode: number, payload: Uint8Array): Promise<void>;
  /** Everything from now until the server ends the connection. */
  rest(): Promise<Uint8Array>;
  close(): void;
}

export const TEXT = 1;
export const BINARY = 2;

const UPGRADE = {
  Host: "localhost",
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

async function readHead(connection: Deno.TcpConn): Promise<string> {
  const decoder = new TextDecoder();
  const byte = new Uint8Array(1);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    if (await connection.read(byte) === null) throw new Error(`Closed in the header: ${head}`);
    head += decoder.decode(byte);
  }
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const body = new Uint8Array(length);
  for (let got = 0; got < length;) {
    got += await connection.read(body.subarray(got)) ?? length;
  }
  return head + decoder.decode(body);
}

function encodeFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const masked = 0x80;
  const length = payload.byteLength < 126
    ? [masked | payload.byteLength]
    : [masked | 126, payload.byteLength >> 8, payload.byteLength & 0xff];
  return new Uint8Array([0x80 | opcode, ...length, 0, 0, 0, 0, ...payload]);
}

/**
 * Sends an upgrade request and reads the answer to it, nothing more.
 * @param headers on top of a correct request's; an empty one is left out
 */
export async function rawSocket(
  port: number,
  { path = "/ws/", method = "GET", headers = {} }: {
    path?: string;
    method?: string;
    headers?: Record<string, string>;
  } = {},
): Promise<RawSocket> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = Object.entries({ ...UPGRADE, ...headers })
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}: ${value}\r\n`);
  const encoder = new TextEncoder();
  const write = async (bytes: Uint8Array) => {
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
  };
  await write(encoder.encode(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`));
  const head = await readHead(connection);
  return {
    status: Number(head.split(" ")[1]),
    head,
    frame: (opcode, payload) => write(encodeFrame(opcode, payload)),
    async rest() {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      const chunk = new Uint8Array(65_536);
      for (;;) {
        const got = await connection.read(chunk);
        if (got === null) break;
        chunks.push(chunk.slice(0, got));
        // The server waits for the answer to its close frame before it ends the connection.
        if (endsInClose(chunks)) break;
      }
      return new Uint8Array(await new Blob(chunks).arrayBuffer());
    },
    close() {
      connection.close();
    },
  };
}

/** The code of a close frame at the end of what was received, or null. */
export function closeCodeOf(bytes: Uint8Array): number | null {
  for (let at = Math.max(0, bytes.length - 127); at < bytes.length - 3; at++) {
    if (bytes[at] === 0x88 && at + 2 + (bytes[at + 1] ?? 0) === bytes.length) {
      return (bytes[at + 2] ?? 0) << 8 | (bytes[at + 3] ?? 0);
    }
  }
  return null;
}

function endsInClose(chunks: readonly Uint8Array[]): boolean {
  return closeCodeOf(
    new Uint8Array(chunks.slice(-2).flatMap((chunk) => [...chunk.slice(-128)])),
  ) !== null;
}
