/** How a process of the service shows itself, writes its log and ends. */

/** POSIX: a write of so many bytes to a pipe is never mixed with another process' writes. */
const PIPE_BUF = 4096;

const encoder = new TextEncoder();

function writeAll(bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length;) sent += Deno.stdout.writeSync(bytes.subarray(sent));
}

export const writeToStdout = (text: string): void => writeAll(encoder.encode(text));

/** Whole lines to a standard output that other processes write to as well. */
export function writeAtomically(text: string): void {
  const bytes = encoder.encode(text);
  const newline = 0x0a;
  for (let start = 0; start < bytes.length;) {
    const fits = bytes.subarray(start, start + PIPE_BUF);
    const lines = start + fits.length === bytes.length
      ? fits.length
      : fits.lastIndexOf(newline) + 1;
    // A line longer than that goes alone, and only it may be broken up.
    const end = start + (lines || bytes.subarray(start).indexOf(newline) + 1 || bytes.length);
    writeAll(bytes.subarray(start, end));
    start = end;
  }
}

/** The address to open on this machine. */
export function addressOf(host: string, port: number): string {
  const name = ["0.0.0.0", "::", "127.0.0.1"].includes(host) ? "localhost" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

function reasonOf(error: unknown, portSetting: string): string {
  if (error instanceof Deno.errors.AddrInUse) return `the port is in use. Change ${portSetting}`;
  if (error instanceof Deno.errors.PermissionDenied) {
    return `this user may not take the port. Set ${portSetting} to one above 1023`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "this machine does not have the address. Change HOST";
  }
  return error instanceof Error ? error.message : String(error);
}

/**
 * What `open` returns, which listens there.
 * @param portSetting the setting that the port is from
 * @throws Error naming the address and the setting to change
 */
export function listeningOn<T>(
  { hostname, port, portSetting }: {
    hostname: string;
    port: number;
    portSetting: "PORT" | "METRICS_PORT";
  },
  open: () => T,
): T {
  try {
    return open();
  } catch (error) {
    const address = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
    throw new Error(`Cannot listen on ${address}: ${reasonOf(error, portSetting)}`);
  }
}

export function banner(url: string, workers = 1): string {
  return `Live Attendance is running${workers > 1 ? ` in ${workers} processes` : ""}.\n` +
    `  Test page   ${url}/\n` +
    `  API docs    ${url}/api/docs/\n` +
    `  WebSocket   ${url.replace("http", "ws")}/ws/`;
}

/**
 * On SIGTERM, SIGINT, or when `told` resolves: drains once, then ends the process.
 * @param drain what is left to do; where it fails the exit code is 1
 */
export function untilStopped(drain: () => Promise<void>, told?: Promise<void>): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    drain().then(() => Deno.exit(0), (error) => {
      console.error(error);
      Deno.exit(1);
    });
  };
  Deno.addSignalListener("SIGTERM", stop);
  Deno.addSignalListener("SIGINT", stop);
  told?.then(stop);
}
