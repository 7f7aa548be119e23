/** A Redis that can die, a database that can be away, and instances of the live store on them. */
import { assertEquals } from "@std/assert";
import type { Status } from "../../../src/kernel/status.ts";
import { AppError } from "../../../src/kernel/errors.ts";
import type { LiveStore } from "../../../src/sessions/live_store.ts";
import { openRedisLive } from "../../../src/adapters/redis/open.ts";
import { openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../../src/adapters/sqlite/storage.ts";
import type { JournalStore } from "../../../src/sessions/journal.ts";
import type { Storage } from "../../../src/adapters/storage.ts";
import type { StoredClass } from "../../../src/classes/store.ts";
import { markInput } from "../../contracts/live/fixture.ts";
import { type LiveCollector, liveCollector } from "../../support/events.ts";
import { ownPort } from "../../support/ports.ts";
import { type RedisServer, startRedis } from "../../support/redis.ts";

export interface Instance {
  readonly live: LiveStore;
  /** What it delivers; it has joined the class. */
  readonly heard: LiveCollector;
  /** Where set, this instance's journal answers like a database that is away. */
  cutOff: boolean;
  /** Until it resolves, this instance's appends are on their way to the journal. */
  held: Promise<void> | null;
  /** Called as an append sets out. */
  onAppend: () => void;
  mark(index: number, status: Status, at?: string): ReturnType<LiveStore["mark"]>;
}

export interface RedisWorld {
  readonly storage: Storage;
  readonly klass: StoredClass;
  /** Ids of the class's students. */
  readonly students: readonly number[];
  instance(): Promise<Instance>;
  start(by: Instance, startedAt?: string): ReturnType<LiveStore["start"]>;
  /** Ends Redis with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  revive(options?: { empty?: boolean }): Promise<void>;
  readonly redis: RedisServer;
  /** What the instances reported as trouble. */
  readonly errors: unknown[];
}

const AT = "2026-03-02T08:00:00.000Z";

async function school(storage: Storage, size: number) {
  const user = (name: string, role: "TEACHER" | "STUDENT") =>
    storage.users.create({
      username: name,
      email: `${name}@school.example`,
      passwordHash: "x",
      role,
      at: AT,
    });
  const teacher = await user("teacher", "TEACHER");
  const students: number[] = [];
  for (let n = 0; n < size; n++) students.push((await user(`student ${n}`, "STUDENT")).id);
  const klass = await storage.classes.create({ teacherId: teacher.id, name: "Chemistry", at: AT });
  await storage.classes.enrol(klass.id, students, { day: AT.slice(0, 10) });
  return { klass, students };
}

/** The storage with a journal that can be cut off, and held up. */
function severable(
  storage: Storage,
  line: () => Pick<Instance, "cutOff" | "held" | "onAppend">,
): Storage {
  const guard = <A extends unknown[], R>(verb: (...args: A) => Promise<R>) =>
  async (
    ...args: A
  ): Promise<R> => {
    if (line().cutOff) throw new AppError("storage_unavailable");
    return await verb(...args);
  };
  const { append, claim, open, read } = storage.journal;
  const journal: JournalStore = {
    append: guard(async (...args) => {
      line().onAppend();
      await line().held;
      return await append(...args);
    }),
    claim: guard(claim),
    open: guard(open),
    read: guard(read),
  };
  return { ...storage, journal };
}

/** @param options of redis-server */
export async function withRedisWorld(
  work: (world: RedisWorld) => Promise<void>,
  { options = [], size = 6 }: { options?: readonly string[]; size?: number } = {},
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-redis-" });
  const port = ownPort();
  let redis = await startRedis({ port, directory, options });
  const storage = createSqliteStorage(openDatabase({ path: ":memory:" }));
  const { klass, students } = await school(storage, size);
  const instances: LiveStore[] = [];
  const errors: unknown[] = [];
  try {
    await work({
      storage,
      klass,
      students,
      errors,
      get redis() {
        return redis;
      },
      async instance() {
        const heard = liveCollector({ deadlineMs: 10_000 });
        const live = await openRedisLive({
          url: redis.url,
          records: severable(storage, () => instance),
          onError: (error) => errors.push(error),
        });
        instances.push(live);
        const instance: Instance = {
          live,
          heard,
          cutOff: false,
          held: null,
          onAppend: () => {},
          mark: (index, status, markedAt = AT) =>
            live.mark(
              markInput(klass.id, students[index] ?? 0, status, {
                markedAt,
                markedBy: klass.teacherId,
              }),
            ),
        };
        live.listen(heard.listener);
        await live.join(klass.id);
        return instance;
      },
      start: ({ live }, startedAt = AT) =>
        live.start({
          classId: klass.id,
          sessionId: crypto.randomUUID(),
          startedAt,
          startedBy: klass.teacherId,
          plannedStart: null,
          options: { title: "Lab" },
          markVisibility: "staff",
          roster: students,
        }),
      kill: () => redis.kill("SIGKILL"),
      async revive({ empty = false } = {}) {
        if (empty) {
          await Deno.remove(directory, { recursive: true });
          await Deno.mkdir(directory);
        }
        redis = await startRedis({ port, directory, options });
      },
    });
  } finally {
    for (const live of instances) await live.close();
    await redis.kill("SIGKILL");
    await storage.close();
    await Deno.remove(directory, { recursive: true });
  }
}

/** What happened in the class's session by its journal, as `type seq`. */
export async function journalled({ storage, klass }: RedisWorld): Promise<string[]> {
  const [session] = await storage.journal.open(klass.id);
  const payloads = session ? await storage.journal.read(session.sessionId) : [];
  return payloads.map((payload) => JSON.parse(payload)).map(({ type, seq }) => `${type} ${seq}`);
}

/** The statuses as the open session has them, by the students' order. */
export async function statuses(
  { live }: Instance,
  { klass, students }: Pick<RedisWorld, "klass" | "students">,
): Promise<(Status | null)[]> {
  const snapshot = await live.snapshot(klass.id);
  if (!snapshot) throw new Error("No session is open");
  const { marks, summary, session } = snapshot;
  assertEquals(summary.total, marks.length);
  assertEquals(summary.enrolled, students.length);
  for (const status of ["present", "absent", "late", "excused"] as const) {
    assertEquals(summary[status], marks.filter((mark) => mark.status === status).length);
  }
  assertEquals(marks.every(({ seq }) => seq <= session.seq), true);
  return students.map((id) => marks.find(({ studentId }) => studentId === id)?.status ?? null);
}
