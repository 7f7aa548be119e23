/**
 * Holds calls back while Redis is away, and after it came back until it is known that nothing is
 * missing there.
 */
import { Cluster } from "ioredis";
import { AppError } from "../../kernel/errors.ts";
import type { Connection } from "./connection.ts";

export interface Gate {
  readonly isOpen: boolean;
  /**
   * Runs work at once or when the gate opens; calls keep their order.
   * @throws AppError `live_unavailable` when it has not opened in time: the work did not begin
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  open(): void;
  shut(): void;
  /** Refuses who waits, and everyone from now on. */
  end(): void;
}

/** Shut at first. @param waitMs how long a call waits */
export function createGate({ waitMs }: { waitMs: number }): Gate {
  let isOpen = false;
  let ended = false;
  /** Each runs its call, or refuses it. */
  const waiting = new Set<(go: boolean) => void>();

  function wait<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const settle = (go: boolean) => {
      clearTimeout(timer);
      waiting.delete(settle);
      // What throws at once is refused alone: others wait behind it.
      if (go) resolve((async () => await work())());
      else reject(new AppError("live_unavailable"));
    };
    const timer = setTimeout(settle, waitMs, false);
    waiting.add(settle);
    return promise;
  }

  return {
    get isOpen() {
      return isOpen;
    },
    run(work) {
      if (ended) return Promise.reject(new AppError("live_unavailable"));
      return isOpen ? work() : wait(work);
    },
    open() {
      if (ended) return;
      // All of one turn, before any later call can overtake.
      for (const settle of waiting) settle(true);
      isOpen = true;
    },
    shut() {
      isOpen = false;
    },
    end() {
      ended = true;
      isOpen = false;
      for (const settle of waiting) settle(false);
    },
  };
}

const RETRY_MS = 200;
const MAX_RETRY_MS = 1_000;

const UNKNOWN = "?";

/** Names this run of the server, or of all masters of a cluster. */
async function runOf(connection: Connection): Promise<string> {
  const nodes = connection instanceof Cluster ? connection.nodes("master") : [connection];
  const infos = await Promise.all(nodes.map((node) => node.info("server")));
  return infos.map((info) => /run_id:(\w+)/.exec(info)?.[1] ?? UNKNOWN).toSorted().join();
}

/**
 * The driver goes on in database 0 where the server has none of the number wanted.
 * @throws Error then
 */
async function chooseDatabase(connection: Connection): Promise<void> {
  const wanted = connection instanceof Cluster ? 0 : connection.options.db ?? 0;
  if (wanted !== 0) await connection.select(wanted);
}

/**
 * Opens the gate when Redis is there and whole, and shuts it when it goes.
 * @param recover brings back what a server that was restarted lacks; tried again until it succeeds
 * @param onError hears of the first failure in a row
 * @returns what ends the watch
 */
export function watchServer(
  { commands, gate, recover, sleep, onError }: {
    commands: Connection;
    gate: Gate;
    recover: () => Promise<void>;
    sleep: (ms: number) => Promise<void>;
    onError: (error: unknown) => void;
  },
): () => void {
  let whole: string | null = null;
  /** Counts comings and goings: only the last one counts. */
  let change = 0;

  async function arrive(): Promise<void> {
    const mine = ++change;
    for (let delay = RETRY_MS; mine === change; delay = Math.min(2 * delay, MAX_RETRY_MS)) {
      try {
        await chooseDatabase(commands);
        const run = await runOf(commands);
        if (run !== whole || run.includes(UNKNOWN)) {
          await recover();
          if (mine !== change) return;
          whole = run;
        }
        if (mine === change) gate.open();
        return;
      } catch (error) {
        if (delay === RETRY_MS && mine === change) onError(error);
        await sleep(delay);
      }
    }
  }

  const leave = () => {
    change++;
    gate.shut();
  };
  const node = () => {
    if (commands.status !== "ready") return;
    gate.shut();
    arrive();
  };
  commands.on("close", leave);
  commands.on("ready", arrive);
  // A node of a cluster that is new, or back.
  commands.on("+node", node);
  if (commands.status === "ready") arrive();
  return () => {
    change++;
    commands.off("close", leave);
    commands.off("ready", arrive);
    commands.off("+node", node);
  };
}
