import { assertEquals, assertRejects } from "@std/assert";
import { createLogger } from "../../src/kernel/logger.ts";
import type { Worker } from "../../src/workers/child.ts";
import { createSupervisor } from "../../src/workers/supervisor.ts";

const status = (code: number, signal: Deno.Signal | null = null) => ({
  success: code === 0,
  code,
  signal,
});

interface FakeWorker extends Worker {
  readonly signals: readonly Deno.Signal[];
  listen(): Promise<void>;
  end(code: number, signal?: Deno.Signal): Promise<void>;
}

function fakeWorker(pid: number): FakeWorker {
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Deno.CommandStatus>();
  const signals: Deno.Signal[] = [];
  ready.promise.catch(() => {});
  return {
    pid,
    ready: ready.promise,
    ended: ended.promise,
    signals,
    signal: (signal) => void signals.push(signal),
    async listen() {
      ready.resolve();
      await settled();
    },
    async end(code, signal) {
      ended.resolve(status(code, signal));
      ready.reject(new Error("ended"));
      await settled();
    },
  };
}

/** Workers that do what a test says, and timers that fire when it says so. */
function world(count: number) {
  const workers: FakeWorker[] = [];
  const waiting: { readonly delayMs: number; readonly run: () => void }[] = [];
  const logged: string[] = [];
  let nowMs = 0;
  const supervisor = createSupervisor({
    count,
    spawn() {
      const made = fakeWorker(workers.length + 1);
      workers.push(made);
      return made;
    },
    schedule(run, delayMs) {
      const entry = { run, delayMs };
      waiting.push(entry);
      return () => {
        const index = waiting.indexOf(entry);
        if (index !== -1) waiting.splice(index, 1);
      };
    },
    now: () => nowMs,
    logger: createLogger({ level: "info", write: (text) => void logged.push(text) }),
  });
  return {
    supervisor,
    workers,
    logged,
    delays: () => waiting.map(({ delayMs }) => delayMs),
    fire: () => waiting.shift()?.run(),
    pass: (ms: number) => void (nowMs += ms),
    at(index: number) {
      const found = workers[index];
      if (!found) throw new Error(`There is no worker ${index}`);
      return found;
    },
  };
}

/** Lets what was promised run, and the log be written. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

async function started(count: number) {
  const made = world(count);
  const start = made.supervisor.start();
  await made.at(0).listen();
  for (let i = 1; i < count; i++) await made.at(i).listen();
  await start;
  return made;
}

Deno.test("start() lets one worker go ahead, then starts the others together", async () => {
  const { supervisor, workers, at } = world(3);
  const start = supervisor.start();
  await settled();
  assertEquals(workers.length, 1);
  await at(0).listen();
  assertEquals(workers.length, 3);
  await at(2).listen();
  await at(1).listen();
  await start;
});

Deno.test("start() fails where a worker ends before it listens, and starts no other", async () => {
  const { supervisor, workers, at, delays } = world(2);
  const start = supervisor.start();
  await Promise.all([assertRejects(() => start), at(0).end(1)]);
  assertEquals([workers.length, delays()], [1, []]);
  await supervisor.stop();
});

Deno.test("a worker that ends is replaced, sooner at first and later each time it fails again", async () => {
  const { workers, at, delays, fire, pass, logged } = await started(2);
  const seen: number[] = [];
  for (let i = 0; i < 12; i++) {
    pass(1_000);
    await at(workers.length - 1).end(1);
    seen.push(...delays());
    fire();
    await at(workers.length - 1).listen();
  }
  assertEquals(seen.slice(0, 4), [100, 200, 400, 800]);
  assertEquals(seen.at(-1), 30_000);
  assertEquals(workers.length, 14);
  assertEquals(logged.join("").match(/worker (ended|started)/g)?.length, 26);

  pass(60_000);
  await at(workers.length - 1).end(0, "SIGKILL");
  assertEquals(delays(), [100]);
});

Deno.test("stop() ends every worker once, waits for all, and restarts none", async () => {
  const { supervisor, workers, at, delays } = await started(3);
  await at(1).end(1);
  assertEquals(delays(), [100]);
  const stop = supervisor.stop();
  assertEquals(workers.map(({ signals }) => signals), [["SIGTERM"], [], ["SIGTERM"]]);
  await at(0).end(0);
  await at(2).end(0);
  await stop;
  assertEquals([workers.length, delays()], [3, []]);
});

Deno.test("stop() kills who does not drain in time, and says so", async () => {
  const { supervisor, at, delays, fire } = await started(2);
  const stop = supervisor.stop();
  await at(0).end(0);
  assertEquals(delays(), [12_000]);
  fire();
  assertEquals([at(0).signals, at(1).signals], [["SIGTERM"], ["SIGTERM", "SIGKILL"]]);
  await Promise.all([
    assertRejects(() => stop, Error, "Workers did not end well: 2"),
    at(1).end(137, "SIGKILL"),
  ]);
});

Deno.test("stop() during the start ends what was started, and start() does not fail for it", async () => {
  const { supervisor, workers, at } = world(2);
  const start = supervisor.start();
  const stop = supervisor.stop();
  await at(0).end(143, "SIGTERM");
  await Promise.all([start, stop]);
  assertEquals(workers.length, 1);
});
