import { setImmediate } from "node:timers";
import { assertEquals } from "@std/assert";
import { createEmbeddedLive } from "../../../src/adapters/embedded/live_store.ts";
import type { LiveStore } from "../../../src/sessions/live_store.ts";
import { type Database, openDatabase } from "../../../src/adapters/sqlite/database.ts";
import {
  bulkInput,
  closeInput,
  markInput,
  newClassId,
  ROSTER,
  settle,
  startInput,
  STRANGER,
  summaryOf,
} from "../../contracts/live/fixture.ts";
import { liveCollector } from "../../support/events.ts";

interface Counted {
  readonly live: LiveStore;
  readonly classId: number;
  readonly db: Database;
  /** Transactions since the last call, committed or not. */
  transactions(): number;
  /** The next transaction does its work and then fails to commit. */
  failNextCommit(): void;
}

/** Runs `body` with a session open on a database that counts its transactions. */
async function withCounted(body: (counted: Counted) => Promise<void>): Promise<void> {
  const real = openDatabase({ path: ":memory:" });
  let count = 0;
  let failing = false;
  const db: Database = {
    ...real,
    transaction(work) {
      count++;
      return real.transaction(() => {
        const result = work();
        if (failing) {
          failing = false;
          throw new Error("disk I/O error");
        }
        return result;
      });
    },
  };
  const live = createEmbeddedLive({ db });
  const classId = newClassId();
  await live.start(startInput(classId));
  count = 0;
  try {
    await body({
      live,
      classId,
      db,
      transactions() {
        const since = count;
        count = 0;
        return since;
      },
      failNextCommit() {
        failing = true;
      },
    });
  } finally {
    await live.close();
    real.close();
  }
}

Deno.test("marks issued in one turn share one commit, those of the next turn another", () =>
  withCounted(async ({ live, classId, transactions }) => {
    const second = newClassId();
    await live.start(startInput(second));
    transactions();
    await Promise.all(ROSTER.flatMap((id) => [
      live.mark(markInput(classId, id, "present")),
      live.mark(markInput(second, id, "late")),
    ]));
    assertEquals(transactions(), 1);
    await live.mark(markInput(classId, 11, "late"));
    await live.mark(markInput(classId, 11, "absent"));
    assertEquals(transactions(), 2);
  }));

Deno.test("marks issued by the same turn's microtasks still join its commit", () =>
  withCounted(async ({ live, classId, transactions }) => {
    const issue = async (id: number) => {
      await Promise.resolve();
      return await live.mark(markInput(classId, id, "present"));
    };
    await Promise.all(ROSTER.map(issue));
    assertEquals(transactions(), 1);
  }));

Deno.test("a lone mark waits for the end of its own turn only", () =>
  withCounted(async ({ live, classId, transactions }) => {
    const order: string[] = [];
    const mark = live.mark(markInput(classId, 11, "present")).then(() => order.push("mark"));
    const nextTurn = new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
    await Promise.all([mark, nextTurn.then(() => order.push("next turn"))]);
    assertEquals(order, ["mark", "next turn"]);
    assertEquals(transactions(), 1);
  }));

Deno.test("one bad mark of a turn is rejected alone", () =>
  withCounted(async ({ live, classId, transactions }) => {
    const { values, codes } = await settle([
      live.mark(markInput(classId, 11, "present")),
      live.mark(markInput(classId, STRANGER, "present")),
      live.mark(bulkInput(classId, [[12, "late"], [STRANGER, "late"]])),
      live.mark(markInput(newClassId(), 11, "present")),
      live.mark(markInput(classId, 13, "present")),
    ]);
    assertEquals(transactions(), 1);
    assertEquals(codes, ["student_not_enrolled", "student_not_enrolled", "no_active_session"]);
    assertEquals(values.map(({ seq }) => seq), [2, 3]);
    assertEquals((await live.snapshot(classId))?.summary, summaryOf({ present: 2 }));
  }));

Deno.test("a mark that breaks the schema does not take the others of its turn with it", () =>
  withCounted(async ({ live, classId }) => {
    const { values, codes } = await settle([
      live.mark(markInput(classId, 11, "present")),
      live.mark(bulkInput(classId, [[12, "late"], [12, "absent"]])),
      live.mark(markInput(classId, 13, "present")),
    ]);
    assertEquals(codes, ["live_unavailable"]);
    assertEquals(values.map(({ seq }) => seq), [2, 3]);
    const { marks } = await live.beginClose(closeInput(classId));
    assertEquals(marks.map(({ studentId }) => studentId), [11, 13]);
  }));

Deno.test("a commit that fails rejects its whole turn, stores and delivers nothing of it", () =>
  withCounted(async ({ live, classId, failNextCommit }) => {
    const { events, listener } = liveCollector();
    live.listen(listener);
    await live.join(classId);
    failNextCommit();
    const { codes } = await settle(
      ROSTER.map((id) => live.mark(markInput(classId, id, "present"))),
    );
    assertEquals(codes, Array(5).fill("live_unavailable"));
    assertEquals(events.items, []);
    assertEquals((await live.snapshot(classId))?.summary, summaryOf({}));
    assertEquals((await live.mark(markInput(classId, 11, "late"))).seq, 2);
  }));

Deno.test("another verb stores the marks that wait before it, at once", () =>
  withCounted(async ({ live, classId, transactions }) => {
    const before = [11, 12].map((id) => live.mark(markInput(classId, id, "present")));
    const reading = live.snapshot(classId);
    assertEquals(transactions(), 1, "stored by the time the call returns");
    const after = live.mark(markInput(classId, 13, "late"));
    assertEquals((await reading)?.summary, summaryOf({ present: 2 }));
    assertEquals((await Promise.all([...before, after])).map(({ seq }) => seq), [2, 3, 4]);
    assertEquals(transactions(), 1);
  }));

Deno.test("a flush reads and writes a session's row once, however many marks it takes", () =>
  withCounted(async ({ classId, db }) => {
    const statements: string[] = [];
    const counting = createEmbeddedLive({
      db: {
        ...db,
        run(sql, ...values) {
          statements.push(sql);
          return db.run(sql, ...values);
        },
        get(sql, ...values) {
          statements.push(sql);
          return db.get(sql, ...values);
        },
      },
    });
    const roster = Array.from({ length: 20 }, () => ROSTER).flat();
    await Promise.all(roster.map((id) => counting.mark(markInput(classId, id, "late"))));
    const ofSession = statements.filter((sql) => /(FROM|UPDATE) live_sessions/.test(sql));
    assertEquals(ofSession.length, 2);
    assertEquals(statements.length, 2 + 3 * roster.length);
    await counting.close();
  }));

Deno.test("events of one turn are all delivered before the first promise resolves", () =>
  withCounted(async ({ live, classId }) => {
    const order: string[] = [];
    live.listen({ ...liveCollector().listener, event: ({ seq }) => order.push(`event ${seq}`) });
    await live.join(classId);
    await Promise.all(
      [11, 12, 13].map((id) =>
        live.mark(markInput(classId, id, "late")).then(({ seq }) => order.push(`resolved ${seq}`))
      ),
    );
    assertEquals(order, [
      "event 2",
      "event 3",
      "event 4",
      "resolved 2",
      "resolved 3",
      "resolved 4",
    ]);
  }));
