/** The SQL Server adapter while the database goes away, hangs, is full, and comes back. */
import { assert, assertEquals } from "@std/assert";
import { createMssqlStorage } from "../../../src/adapters/mssql/storage.ts";
import { parseMssqlUrl } from "../../../src/adapters/mssql/url.ts";
import type { Storage } from "../../../src/adapters/storage.ts";
import {
  at,
  closedSession,
  createWorld,
  endings,
  refused,
  times,
} from "../../contracts/storage_world.ts";
import {
  connect,
  eventually,
  MSSQL_TEST_URL,
  untilReady,
  warnNotRun,
  withDatabase,
} from "../../support/mssql.ts";
import { createTcpProxy, type TcpProxy } from "../../support/tcp_proxy.ts";

/** Milliseconds in which a verb has to give up, whatever the database does. */
const DEADLINE_MS = 12_000;

interface Setting {
  readonly storage: Storage;
  readonly proxy: TcpProxy;
  readonly errors: unknown[];
  /** The database itself, past the proxy. */
  readonly url: string;
}

/** Runs with a storage that reaches a database of its own through a proxy, which begins closed. */
async function outage(base: string, pool: number, work: (setting: Setting) => Promise<void>) {
  await withDatabase(base, async (url) => {
    const { server, port } = parseMssqlUrl(url);
    const proxy = createTcpProxy({ hostname: server, port });
    const through = new URL(url);
    // The proxy passes TLS on as it is, but it isn't at the name on the certificate.
    through.host = `127.0.0.1:${proxy.port}`;
    if (through.searchParams.get("encrypt") !== "false") {
      through.searchParams.set("trustServerCertificate", "true");
    }
    through.searchParams.set("pool", String(pool));
    const errors: unknown[] = [];
    const storage = await createMssqlStorage({
      url: through.href,
      onError: (error) => errors.push(error),
    });
    try {
      await work({ storage, proxy, errors, url });
    } finally {
      await storage.close();
      await proxy.close();
    }
  });
}

async function connected({ storage, proxy }: Setting): Promise<void> {
  proxy.set("forward");
  await untilReady(storage);
}

/** Refused with `storage_unavailable` within the deadline. */
async function unavailable(verb: () => Promise<unknown>): Promise<void> {
  const begun = performance.now();
  await refused("storage_unavailable", verb);
  const ms = performance.now() - begun;
  assert(ms < DEADLINE_MS, `took ${ms} ms`);
}

/** The only value of the only row. */
async function ask(url: string, text: string): Promise<number> {
  const pool = await connect(url);
  try {
    return Number((await pool.query<{ answer: number }>(text)).recordset[0]?.answer);
  } finally {
    await pool.close();
  }
}

/** Holds what the statement locks, until let go. */
async function hold(url: string, text: string) {
  const pool = await connect(url);
  const transaction = pool.transaction();
  await transaction.begin();
  await transaction.request().query(text);
  let held = true;
  const release = async () => {
    if (!held) return;
    held = false;
    await transaction.rollback();
    await pool.close();
  };
  return { release, [Symbol.asyncDispose]: release };
}

const SESSIONS = "SELECT COUNT(*) AS answer FROM dbo.sessions;";
const RECORDS = "SELECT COUNT(*) AS answer FROM dbo.records;";
const CHANGES = "SELECT COUNT(*) AS answer FROM dbo.record_changes;";

function register(base: string): void {
  Deno.test("mssql: the first verb after an outage at the start works, migrations and all", async () => {
    await outage(base, 4, async ({ storage, proxy, errors }) => {
      await unavailable(() => storage.ready());
      await unavailable(() => storage.users.byId(1));
      assertEquals(errors.length, 1);
      proxy.set("forward");
      assertEquals((await createWorld(storage).user("STUDENT")).active, true);
      await storage.ready();
      assertEquals(errors.length, 1);
    });
  });

  Deno.test("mssql: the first verb after the connections broke works", async () => {
    await outage(base, 4, async (setting) => {
      const { storage, proxy } = setting;
      await connected(setting);
      const world = createWorld(storage);
      const { id } = await world.user("STUDENT");
      await Promise.all(times(8, () => storage.users.byId(id)));
      for (let round = 0; round < 3; round++) {
        proxy.set("refuse");
        proxy.cut();
        await unavailable(() => storage.users.byId(id));
        await unavailable(() => world.user("STUDENT"));
        await unavailable(() => storage.ready());
        proxy.set("forward");
        assertEquals((await storage.users.byId(id))?.id, id);
        await storage.ready();
      }
    });
  });

  Deno.test("mssql: a read whose connection breaks is read again", async () => {
    await outage(base, 2, async (setting) => {
      const { storage, proxy } = setting;
      await connected(setting);
      const { id } = await createWorld(storage).user("STUDENT");
      for (const direction of ["up", "down"]) {
        proxy.cutWhen((of) => of === direction);
        assertEquals((await storage.users.byId(id))?.id, id);
      }
    });
  });

  Deno.test("mssql: a write whose answer is lost says so and is not run again", async () => {
    await outage(base, 2, async (setting) => {
      const { storage, proxy, url } = setting;
      await connected(setting);
      const world = createWorld(storage);
      const { id } = await world.user("TEACHER");
      proxy.cutWhen((direction) => direction === "down");
      await unavailable(() => storage.classes.create({ teacherId: id, name: "5b", at: at(0) }));
      assert(await ask(url, "SELECT COUNT(*) AS answer FROM dbo.classes;") <= 1);
    });
  });

  Deno.test("mssql: a database that falls silent is storage_unavailable until it speaks", async () => {
    await outage(base, 2, async (setting) => {
      const { storage, proxy } = setting;
      await connected(setting);
      const { id } = await createWorld(storage).user("STUDENT");
      proxy.set("stall");
      await Promise.all(times(6, () => unavailable(() => storage.users.byId(id))));
      proxy.set("forward");
      assertEquals((await storage.users.byId(id))?.id, id);
    });
  });

  Deno.test("mssql: a session whose saving breaks off is saved once", async () => {
    await outage(base, 4, async (setting) => {
      const { storage, proxy, url } = setting;
      await connected(setting);
      const { klass, students } = await createWorld(storage).full(400);
      const save = (session = closedSession(klass, students.map((s) => [s, "present"]))) => ({
        session,
        run: () => storage.history.saveSession(session),
      });

      // On the way there, before the server has it all; then the answer, after it was stored.
      for (const direction of ["up", "down"]) {
        let sent = 0;
        proxy.cutWhen((of, bytes) => of === direction && (sent += bytes) > 1);
        const { counts } = await save().run();
        assertEquals(counts.present, 400);
      }
      assertEquals(await ask(url, SESSIONS), 2);

      // With the database gone as well, the caller has to repeat it.
      for (const direction of ["up", "down"]) {
        const { session, run } = save();
        proxy.cutWhen((of) => {
          if (of === direction) proxy.set("refuse");
          return of === direction;
        });
        await unavailable(run);
        proxy.set("forward");
        const saved = await endings(times(3, () => run));
        assertEquals(saved, ["ok", "ok", "ok"]);
        assertEquals(
          (await storage.history.session(klass.id, session.sessionId))?.counts.present,
          400,
        );
      }
      assertEquals(await ask(url, SESSIONS), 4);
      assertEquals(await ask(url, RECORDS), 1600);
      assertEquals(await ask(url, CHANGES), 1600);
      assertEquals((await storage.classes.byId(klass.id))?.sessionCount, 4);
    });
  });

  Deno.test("mssql: a pool that is used up is storage_unavailable, not a hang", async () => {
    await outage(base, 1, async (setting) => {
      const { storage, url } = setting;
      await connected(setting);
      const { klass, students } = await createWorld(storage).full(1);
      await using held = await hold(url, "UPDATE dbo.classes SET session_count = session_count;");
      // Saving may take longer than others wait for the one connection.
      const saving = storage.history.saveSession(
        closedSession(klass, students.map((s) => [s, "present"])),
      );
      await Promise.all(times(3, () => unavailable(() => storage.users.byId(klass.teacherId))));
      await held.release();
      assertEquals((await saving).counts.present, 1);
      assertEquals((await storage.users.byId(klass.teacherId))?.active, true);
    });
  });

  Deno.test("mssql: a statement that is given up leaves no transaction behind", async () => {
    await outage(base, 1, async (setting) => {
      const { storage, url } = setting;
      await connected(setting);
      const { klass, students } = await createWorld(storage).full(1);
      const closed = closedSession(klass, students.map((s) => [s, "present"]));
      const { sessionId, classId } = await storage.history.saveSession(closed);
      const correction = {
        classId,
        sessionId,
        by: klass.teacherId,
        reason: "came at 8:10",
        at: at(60),
      };
      const correct = () =>
        storage.history.correct({ ...correction, studentId: students[0]?.id ?? 0, status: "late" });
      await using held = await hold(url, "UPDATE dbo.records SET note = N'held';");
      await unavailable(correct);
      await held.release();
      // Whether the server heard in time that the first one was given up, nobody knows. It holds
      // nothing for good: another goes through, and everybody sees what it wrote.
      await eventually(correct);
      const late = "SELECT COUNT(*) AS answer FROM dbo.records WHERE status = 'late';";
      assertEquals(await ask(url, late), 1);
      assert(await ask(url, CHANGES) >= 2);
    });
  });
}

if (MSSQL_TEST_URL) register(MSSQL_TEST_URL);
else warnNotRun("The SQL Server outage suite");
