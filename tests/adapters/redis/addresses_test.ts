/** Each form of REDIS_URL, against real servers. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { AppError } from "../../../src/kernel/errors.ts";
import { liveCollector } from "../../support/events.ts";
import { ownPort } from "../../support/ports.ts";
import { redisServer, startRedis, withRedis } from "../../support/redis.ts";
import { requirement } from "../../support/requirement.ts";
import { readSource } from "../../support/source_files.ts";
import { startServer } from "../../support/server.ts";
import { markInput, startInput } from "../../contracts/live/fixture.ts";
import { withStore } from "./store.ts";
import { isReady, isRed, untilReadiness } from "../../e2e/faults/readiness.ts";

const ignore = redisServer === null;

/** What the service needs to be allowed, as `docs/deploy.md` has it. */
const RIGHTS = /ACL SETUSER attendance on >PASSWORD (.+)/.exec(readSource("docs/deploy.md"))?.[1] ??
  "";
const ACL = [
  ...["--user", "default", "off"],
  ...["--user", "attendance", "on", ">p@ss:word", ...RIGHTS.split(" ")],
];

Deno.test({
  name: "a user with a password, few rights and a database of its own is enough",
  ignore,
  fn: () =>
    withRedis(async ({ port }) => {
      const url = `redis://attendance:p%40ss%3Aword@127.0.0.1:${port}/3`;
      await withStore(url, async (live, errors) => {
        const heard = liveCollector();
        live.listen(heard.listener);
        await live.join(5);
        await live.start(startInput(5));
        await live.mark(markInput(5, 11, "late"));
        await withStore(url, async (other) => {
          await other.mark(markInput(5, 12, "late"));
          await heard.events.until((items) => items.at(-1)?.seq === 3, "the other one's mark");
        });
        assertEquals(heard.events.items.map(({ seq }) => seq), [1, 2, 3]);
        assertEquals(errors, []);
      });
      // Nothing of it is in database 0.
      await withStore(url.replace(/3$/, "0"), async (live) => {
        assertEquals(await live.session(5), null);
      });
    }, ACL),
});

const openssl = requirement("openssl", "apt-get install openssl");

async function certificate(directory: string): Promise<{ key: string; certificate: string }> {
  const [key, certificate] = [`${directory}/key.pem`, `${directory}/certificate.pem`];
  const { success, stderr } = await new Deno.Command(openssl ?? "", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
      ...["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", certificate],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return { key, certificate };
}

Deno.test({
  name: "rediss: the certificate is verified, and DENO_CERT names an authority of one's own",
  ignore: ignore || openssl === null,
  async fn() {
    const directory = await Deno.makeTempDir({ prefix: "attendance-tls-" });
    const files = await certificate(directory);
    const port = ownPort();
    const redis = await startRedis({
      directory,
      options: [
        ...["--port", "0", "--tls-port", `${port}`, "--tls-auth-clients", "no"],
        ...["--tls-cert-file", files.certificate, "--tls-key-file", files.key],
        ...["--tls-ca-cert-file", files.certificate],
      ],
    });
    try {
      for (const [trusted, wanted] of [[true, isReady], [false, isRed]] as const) {
        const server = await startServer({
          directory,
          env: {
            REDIS_URL: `rediss://localhost:${port}`,
            ...(trusted ? { DENO_CERT: files.certificate } : {}),
          },
        });
        const { checks } = await untilReadiness(server.url, wanted);
        assertEquals(checks.storage, "ok");
        await server.kill("SIGTERM");
        const complaints = server.logs.filter((line) => line.includes("background work failed"));
        assertEquals(complaints.some((line) => /certificate|issuer/i.test(line)), !trusted);
      }
    } finally {
      await redis.kill("SIGKILL");
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: "a database number that the server has not is red, and nothing is kept elsewhere",
  ignore,
  fn: () =>
    withRedis(async ({ port }) => {
      await withStore(`redis://127.0.0.1:${port}/16`, async (live, errors) => {
        await assertRejects(() => live.ready(), AppError);
        const { code } = await assertRejects(() => live.start(startInput(5)), AppError);
        assertEquals(code, "live_unavailable");
        assertMatch(Deno.inspect(errors), /DB index is out of range/);
      });
      await withStore(`redis://127.0.0.1:${port}`, async (live) => {
        assertEquals(await live.session(5), null);
      });
    }),
});

Deno.test({
  name: "services on two databases of one server hear nothing of each other",
  ignore,
  fn: () =>
    withRedis(async ({ port }) => {
      const url = (database: number) => `redis://127.0.0.1:${port}/${database}`;
      await withStore(url(1), async (one) => {
        await withStore(url(2), async (two) => {
          const [here, there] = [liveCollector(), liveCollector()];
          one.listen(here.listener);
          two.listen(there.listener);
          await Promise.all([one.join(5), two.join(5)]);
          await one.start(startInput(5));
          await two.start(startInput(5));
          await one.mark(markInput(5, 11, "late"));
          await two.mark(markInput(5, 13, "absent"));
          await withStore(url(1), async (other) => {
            await other.mark(markInput(5, 12, "late"));
            await here.events.until((items) => items.at(-1)?.seq === 3, "the other one's mark");
          });
          const students = (heard: typeof here) =>
            heard.events.items.flatMap((event) =>
              event.type === "marked" ? event.marks.map(({ studentId }) => studentId) : []
            );
          assertEquals([students(here), students(there)], [[11, 12], [13]]);
          assertEquals(there.events.items.filter(({ seq }) => seq === 3), []);
        });
      });
    }),
});

Deno.test({
  name: "no Sentinel there at the start: the service runs and ends as it should",
  ignore,
  async fn() {
    const directory = await Deno.makeTempDir({ prefix: "attendance-sentinel-" });
    const server = await startServer({
      directory,
      env: { REDIS_URL: `redis-sentinel://127.0.0.1:${ownPort()}/main` },
    });
    const { checks } = await untilReadiness(server.url, isRed);
    assertEquals(checks.storage, "ok");
    assertEquals((await server.kill("SIGTERM")).code, 0);
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "a wrong password is reported without being repeated, and nothing hangs",
  ignore,
  // ioredis leaves a timer for each line that it gave up; nothing may come after it here.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withRedis(async ({ port }) => {
      const url = `redis://attendance:hunter2@127.0.0.1:${port}`;
      await withStore(url, async (live, errors) => {
        const { code } = await assertRejects(() => live.session(5), AppError);
        assertEquals(code, "live_unavailable");
        assert(errors.length > 0);
        assert(!Deno.inspect(errors).includes("hunter2"), Deno.inspect(errors));
      });
    }, ACL),
});
