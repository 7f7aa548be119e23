import { assertEquals } from "@std/assert";
import { createFarewell, QUIET_MS } from "../../src/realtime/farewell.ts";
import { createFrameRate } from "../../src/realtime/frame_rate.ts";
import { CLOSE } from "../../src/realtime/protocol/close_codes.ts";
import { createRefresher } from "../../src/realtime/refresher.ts";
import { MAX_DELAY_MS, type Schedule } from "../../src/kernel/schedule.ts";
import { createThrottle } from "../../src/realtime/summary_throttle.ts";
import { createTokenLife, WARNING_MS } from "../../src/realtime/token_life.ts";

/** A clock that moves when told, running what falls due. */
function clock() {
  let at = 1_000_000;
  const due: { at: number; run: () => void }[] = [];
  const schedule: Schedule = (run, delayMs) => {
    const entry = { at: at + delayMs, run };
    due.push(entry);
    return () => {
      const index = due.indexOf(entry);
      if (index !== -1) due.splice(index, 1);
    };
  };
  return {
    now: () => at,
    schedule,
    waiting: () => due.length,
    pass(ms: number) {
      const end = at + ms;
      for (;;) {
        due.sort((a, b) => a.at - b.at);
        const [next] = due;
        if (!next || next.at > end) break;
        due.shift();
        at = next.at;
        next.run();
      }
      at = end;
    },
  };
}

function life(time: ReturnType<typeof clock>) {
  const log: string[] = [];
  const watch = createTokenLife({
    ...time,
    onWarning: () => log.push("warned"),
    onExpiry: () => log.push("expired"),
  });
  return { log, watch };
}

Deno.test("a token's end is warned of 30 s ahead, then comes", () => {
  const time = clock();
  const { log, watch } = life(time);
  watch.renew(time.now() + 100_000);
  time.pass(100_000 - WARNING_MS - 1);
  assertEquals(log, []);
  time.pass(1);
  assertEquals(log, ["warned"]);
  time.pass(WARNING_MS - 1);
  assertEquals([log, watch.expired()], [["warned"], false]);
  time.pass(1);
  assertEquals([log, watch.expired()], [["warned", "expired"], true]);
});

Deno.test("a renewed token is warned of anew; a stopped one never", () => {
  const time = clock();
  const { log, watch } = life(time);
  watch.renew(time.now() + 10_000);
  assertEquals(log, ["warned"]);
  watch.renew(time.now() + 100_000);
  time.pass(99_999);
  assertEquals(log, ["warned", "warned"]);
  watch.stop();
  time.pass(1_000_000);
  assertEquals([log, time.waiting()], [["warned", "warned"], 0]);
});

Deno.test("a token that lives longer than timers can wait is still warned of in time", () => {
  const time = clock();
  const { log, watch } = life(time);
  watch.renew(time.now() + 2 * MAX_DELAY_MS);
  time.pass(2 * MAX_DELAY_MS - WARNING_MS - 1);
  assertEquals(log, []);
  time.pass(1);
  assertEquals(log, ["warned"]);
});

Deno.test("counts go out at once, then the latest four times a second", () => {
  const time = clock();
  const sent: number[] = [];
  const throttle = createThrottle<number>({
    schedule: time.schedule,
    intervalMs: 250,
    send: (value) => sent.push(value),
  });
  for (let i = 0; i < 100; i++) {
    throttle.offer(i);
    time.pass(10);
  }
  assertEquals(sent, [0, 24, 49, 74, 99]);
  time.pass(1_000);
  assertEquals(sent.length, 5);
  throttle.offer(200);
  throttle.offer(201);
  throttle.drop();
  time.pass(1_000);
  assertEquals(sent.slice(5), [200]);
  throttle.offer(300);
  throttle.offer(301);
  throttle.stop();
  time.pass(1_000);
  assertEquals([sent.slice(6), time.waiting()], [[300], 0]);
});

Deno.test("the frame rate holds over time and forgives after a pause", () => {
  const time = clock();
  const rate = createFrameRate({ rate: 50, now: time.now });
  const spend = (frames: number) => {
    const verdicts = { ok: 0, limited: 0, cut_off: 0 };
    for (let i = 0; i < frames; i++) verdicts[rate()]++;
    return verdicts;
  };
  assertEquals(spend(240), { ok: 200, limited: 40, cut_off: 0 });
  time.pass(1_000);
  assertEquals(spend(51), { ok: 50, limited: 1, cut_off: 0 });
  time.pass(4_000);
  assertEquals(spend(250), { ok: 200, limited: 50, cut_off: 0 });
  assertEquals(spend(1), { ok: 0, limited: 0, cut_off: 1 });
  const free = createFrameRate({ rate: 0, now: time.now });
  assertEquals(Array.from({ length: 1_000 }, free).every((verdict) => verdict === "ok"), true);
});

Deno.test("a socket is closed when its peer pauses, or after a second if it never does", () => {
  const time = clock();
  const closed: number[] = [];
  const socket = { send() {}, close: () => closed.push(time.now()), bufferedAmount: 0 };
  const started = time.now();
  const quiet = createFarewell({ socket, schedule: time.schedule });
  quiet.say(CLOSE.slow);
  time.pass(QUIET_MS - 1);
  quiet.heard();
  time.pass(1);
  assertEquals(closed, []);
  time.pass(QUIET_MS);
  assertEquals(closed, [started + 2 * QUIET_MS]);

  const noisy = createFarewell({ socket, schedule: time.schedule });
  noisy.say(CLOSE.slow);
  for (let i = 0; i < 200; i++) {
    noisy.heard();
    time.pass(10);
  }
  assertEquals(closed.length, 2);

  const gone = createFarewell({ socket, schedule: time.schedule });
  gone.say(CLOSE.slow);
  gone.stop();
  time.pass(10_000);
  assertEquals(closed.length, 2);
});

Deno.test("requests during work share one more run; a failed run is tried again", async () => {
  const time = clock();
  const errors: unknown[] = [];
  let runs = 0;
  let finish = Promise.withResolvers<void>();
  const refresher = createRefresher({
    schedule: time.schedule,
    onError: (error) => errors.push(error),
    work() {
      runs++;
      return finish.promise;
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 3; i++) refresher.request(7);
  assertEquals(runs, 1);
  finish.resolve();
  await settle();
  assertEquals(runs, 2);

  finish = Promise.withResolvers();
  refresher.request(7);
  finish.reject("unreachable");
  await settle();
  assertEquals([runs, errors], [3, ["unreachable"]]);
  finish = Promise.withResolvers();
  finish.resolve();
  time.pass(1_000);
  await settle();
  assertEquals([runs, time.waiting()], [4, 0]);

  finish = Promise.withResolvers();
  refresher.request(7);
  finish.reject("again");
  await settle();
  refresher.stop();
  time.pass(10_000);
  refresher.request(7);
  await settle();
  assertEquals(runs, 5);
});
