/**
 * Ports for what a test starts. They are the test file's own from its first line to its end, whether
 * or not something listens on them: a port that the system handed out (port 0) and that was let go of
 * again may be anybody's the next moment, and so may the port of a server that a test has killed and
 * is about to start again.
 *
 * A program that takes port 0 and says which one it got needs none of these.
 */

/**
 * Below the ports that Linux hands out by itself (its `ip_local_port_range` begins at 32768), and so
 * is the bus of a Redis Cluster, 10000 above each.
 */
const FIRST = 10_000;
const BLOCKS = 100;
const BLOCK_SIZE = 100;

/**
 * Whoever listens on the first port of a block owns the others. Test files run side by side, in
 * several processes too, and each of them takes a block when it is loaded, so that the listener is
 * nothing that one of its tests leaves open.
 */
function takeBlock(): number {
  const from = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  for (let tried = 0; tried < BLOCKS; tried++) {
    const first = FIRST + ((from + tried) % BLOCKS) * BLOCK_SIZE;
    if (listenOn(first)) return first;
  }
  throw new Error(`Cannot take a block of ports: all from ${FIRST} on are taken`);
}

function listenOn(port: number): Deno.Listener | null {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return null;
    throw error;
  }
}

/** Whether no program outside of the tests has settled there. */
function isFree(port: number): boolean {
  const listener = listenOn(port);
  listener?.close();
  return listener !== null;
}

const block = takeBlock();
let next = block + 1;

/**
 * A port that nobody else gets while this file's tests run: to start something on, to start it on
 * again, or to have nobody listen on.
 * @param count so many in a row, of which this is the first
 */
export function ownPort(count = 1): number {
  for (; next + count <= block + BLOCK_SIZE; next++) {
    const wanted = Array.from({ length: count }, (_, i) => next + i);
    if (!wanted.every(isFree)) continue;
    next += count;
    return next - count;
  }
  throw new Error(`Cannot hand out a port: this file's ${BLOCK_SIZE} are used up`);
}
