/** A WebSocket peer by hand, for what the runtime's own client would never do. */

/** Upgrades and has read the answer's head; what comes then is the caller's to read, or not to. */
export async function rawPeer(wsUrl: string, token: string): Promise<Deno.Conn> {
  const { hostname, port, host, pathname } = new URL(wsUrl);
  const peer = await Deno.connect({ hostname, port: Number(port) });
  await peer.write(new TextEncoder().encode(
    `GET ${pathname}?token=${token} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\n` +
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
      `Sec-WebSocket-Key: ${btoa("0123456789abcdef")}\r\n\r\n`,
  ));
  const head = new Uint8Array(64 * 1024);
  const size = await peer.read(head);
  const text = new TextDecoder().decode(head.subarray(0, size ?? 0));
  if (text.startsWith("HTTP/1.1 101")) return peer;
  peer.close();
  throw new Error(`No upgrade: ${text.split("\r\n")[0]}`);
}

/** A text frame of fewer than 126 bytes, masked with zeros. */
export const rawFrame = (payload: Uint8Array): Uint8Array =>
  new Uint8Array([0x81, 0x80 | payload.length, 0, 0, 0, 0, ...payload]);

/** The code of a close frame (FIN and opcode 8, unmasked) that ends what was received. */
function closeCodeIn(tail: Uint8Array): number | null {
  for (let at = tail.length - 4; at >= 0; at--) {
    const [first, length = 0, high = 0, low = 0] = tail.subarray(at, at + 4);
    if (first === 0x88 && length >= 2 && at + 2 + length === tail.length) return high * 256 + low;
  }
  return null;
}

/**
 * Reads on until a close frame comes, since the connection itself may live until this side answers;
 * null where the connection ends without one.
 */
export async function readToClose(peer: Deno.Conn): Promise<number | null> {
  let tail = new Uint8Array();
  const buffer = new Uint8Array(256 * 1024);
  for (;;) {
    const size = await peer.read(buffer);
    if (size === null) return null;
    tail = new Uint8Array([...tail, ...buffer.subarray(Math.max(0, size - 200), size)]).slice(-200);
    const code = closeCodeIn(tail);
    if (code !== null) return code;
  }
}
