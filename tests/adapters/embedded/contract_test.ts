import { assert, assertEquals, assertMatch } from "@std/assert";
import { createEmbeddedLive } from "../../../src/adapters/embedded/live_store.ts";
import { openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { liveContract } from "../../contracts/live_store.ts";
import {
  assertCode,
  closeInput,
  finish,
  markInput,
  newClassId,
  ROSTER,
  settle,
  startInput,
} from "../../contracts/live/fixture.ts";
import { liveCollector } from "../../support/events.ts";

const quiet = () => {};

liveContract("embedded live store", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/attendance.db`;
  let db = openDatabase({ path });
  const live = createEmbeddedLive({ db, onError: quiet });
  const opened = [live];
  return {
    live,
    reopen() {
      db.close();
      db = openDatabase({ path });
      const again = createEmbeddedLive({ db, onError: quiet });
      opened.push(again);
      return Promise.resolve(again);
    },
    async close() {
      for (const store of opened) await store.close();
      db.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}, { restarts: true });

Deno.test("embedded live store: an event is committed when it is delivered", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/attendance.db`;
  const db = openDatabase({ path });
  const reader = openDatabase({ path });
  const live = createEmbeddedLive({ db });
  const classId = newClassId();
  const committed: unknown[] = [];
  live.listen({
    ...liveCollector().listener,
    event: ({ seq }) =>
      committed.push([
        seq,
        reader.get<{ seq: number }>("SELECT seq FROM live_sessions WHERE class_id = ?", classId)
          ?.seq ?? null,
      ]),
  });
  await live.join(classId);
  const session = await live.start(startInput(classId));
  await Promise.all(ROSTER.map((id) => live.mark(markInput(classId, id, "late"))));
  await live.beginClose(closeInput(classId));
  await finish(live, session);
  // The five marks share a commit, so each finds the last one's seq.
  assertEquals(committed, [[1, 1], [2, 6], [3, 6], [4, 6], [5, 6], [6, 6], [7, null]]);
  await live.close();
  reader.close();
  db.close();
  await Deno.remove(directory, { recursive: true });
});

Deno.test("embedded live store: what a listener throws goes to onError, events go on", async () => {
  const db = openDatabase({ path: ":memory:" });
  const errors: unknown[] = [];
  const live = createEmbeddedLive({ db, onError: (error) => errors.push(error) });
  const classId = newClassId();
  const seen: number[] = [];
  live.listen({
    event({ seq }) {
      seen.push(seq);
      throw new Error(`event ${seq}`);
    },
    control() {
      throw new Error("control");
    },
    resync() {},
  });
  await live.join(classId);
  await live.start(startInput(classId));
  await Promise.all([
    live.mark(markInput(classId, 11, "late")),
    live.mark(markInput(classId, 12, "late")),
  ]);
  await live.publishControl({ type: "class", classId });
  assertEquals(seen, [1, 2, 3]);
  assertEquals(errors.map(String), [
    "Error: event 1",
    "Error: event 2",
    "Error: event 3",
    "Error: control",
  ]);
  await live.close();
  db.close();
});

Deno.test("embedded live store: a database that fails gives live_unavailable with its cause", async () => {
  const db = openDatabase({ path: ":memory:" });
  const live = createEmbeddedLive({ db });
  const classId = newClassId();
  const session = await live.start(startInput(classId));
  db.close();
  const calls: (() => Promise<unknown>)[] = [
    () => live.start(startInput(newClassId())),
    () => live.mark(markInput(classId, 11, "present")),
    () => live.session(classId),
    () => live.snapshot(classId),
    () => live.own(classId, 11),
    () => live.publishSummary(classId),
    () => live.updateClass(classId, { enrol: [1] }),
    () => live.beginClose(closeInput(classId)),
    () => finish(live, session),
    () => live.closing(),
    () => live.ready(),
  ];
  for (const call of calls) await assertCode("live_unavailable", call);
  const [result] = await Promise.allSettled([live.ready()]);
  assert(result?.status === "rejected");
  assertMatch(String(result.reason.cause), /not open/);
  await live.close();
});

Deno.test("embedded live store: finishing a session leaves no row of it", async () => {
  const db = openDatabase({ path: ":memory:" });
  const live = createEmbeddedLive({ db });
  const classId = newClassId();
  const session = await live.start(startInput(classId));
  await settle(ROSTER.map((id) => live.mark(markInput(classId, id, "late"))));
  await live.beginClose(closeInput(classId));
  await finish(live, session);
  for (const table of ["live_sessions", "live_roster", "live_marks", "live_changes"]) {
    assertEquals(db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n, 0, table);
  }
  await live.close();
  db.close();
});
