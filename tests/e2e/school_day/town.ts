/** The server as its clients live with it: it dies once, comes back, and they try again. */
import { startServer } from "../../support/server.ts";
import { Refused, type SchoolApi, schoolApi } from "../../support/school_api.ts";

/** Nobody knows what became of a request: the connection went before its answer came. */
export class Lost extends Error {}

export interface Town {
  readonly api: SchoolApi;
  wsUrl(): string;
  /** Counts the times the server has died. */
  readonly deaths: number;
  /** SIGKILL, then a new process on the same database. Its clients are not told. */
  killAndRestart(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number>;
  /** Log lines at `warn` and above, of all processes. */
  logs(): readonly string[];
  /**
   * Tries until the server answers, also if that is a refusal.
   * @param onLost an attempt got no answer: what it asked for may have been done
   */
  insist<T>(attempt: () => Promise<T>, onLost?: () => void): Promise<T>;
}

export async function openTown(directory: string): Promise<Town> {
  const start = () =>
    startServer({ directory, env: { FRAME_RATE: "0", LOG_LEVEL: "warn", SQLITE_SYNC: "full" } });
  const logs: string[] = [];
  let server = await start();
  let deaths = 0;
  let back = Promise.resolve();
  /** It may die again while its return is waited for. */
  async function up(): Promise<void> {
    for (let awaited; awaited !== back;) await (awaited = back);
  }

  return {
    api: schoolApi(() => server.url),
    wsUrl: () => server.wsUrl,
    get deaths() {
      return deaths;
    },
    async killAndRestart() {
      deaths++;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      back = promise;
      try {
        await server.kill("SIGKILL");
        logs.push(...server.logs);
        server = await start();
        resolve();
      } catch (error) {
        reject(error);
        throw error;
      }
    },
    async stop() {
      const { code } = await server.kill("SIGTERM");
      logs.push(...server.logs);
      return code;
    },
    logs: () => logs,
    async insist(attempt, onLost = () => {}) {
      for (;;) {
        await up();
        const before = deaths;
        try {
          return await attempt();
        } catch (error) {
          const died = deaths > before && !(error instanceof Refused);
          if (!died && !(error instanceof Lost)) throw error;
          onLost();
        }
      }
    },
  };
}
