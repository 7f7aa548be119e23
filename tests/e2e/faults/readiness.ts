/** Waiting for what a server comes to by itself. */

const INTERVAL_MS = 50;
const DEADLINE_MS = 15_000;

/** Asks until the answer is as wanted. @throws Error when that takes too long */
export async function until<T>(ask: () => Promise<T>, wanted: (found: T) => boolean): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = await ask();
    if (wanted(found)) return found;
    if (performance.now() > deadline) {
      throw new Error(`Not as wanted in ${DEADLINE_MS} ms: ${Deno.inspect(found)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

/** What `/readyz` says. */
export interface Readiness {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly checks: { readonly storage: string; readonly live: string; readonly draining: boolean };
}

export async function readiness(url: string): Promise<Readiness> {
  const response = await fetch(`${url}/readyz`);
  const { checks } = await response.json();
  return { status: response.status, retryAfter: response.headers.get("retry-after"), checks };
}

export const untilReadiness = (url: string, wanted: (readiness: Readiness) => boolean) =>
  until(() => readiness(url), wanted);

export const isReady = ({ status }: Readiness): boolean => status === 200;
export const isRed = ({ status }: Readiness): boolean => status === 503;
