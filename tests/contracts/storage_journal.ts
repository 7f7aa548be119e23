import { assertEquals } from "@std/assert";
import type { JournalSession } from "../../src/sessions/journal.ts";
import {
  at,
  closedSession,
  type ContractTests,
  endings,
  present,
  refused,
  times,
  uuid,
  type World,
} from "./storage_world.ts";

const EPOCH = Date.parse(at(0));

/** A session's journal and what the tests ask of it. */
async function journalOf(world: World) {
  const klass = await world.klass();
  const session: JournalSession = { sessionId: uuid(), classId: klass.id, epoch: EPOCH };
  const { journal, history } = world;
  return {
    klass,
    session,
    append: (offsets: readonly number[], { epoch = EPOCH, text = "" } = {}) =>
      journal.append(
        { ...session, epoch },
        offsets.map((offset) => ({ offset, payload: `{"at":"${epoch} ${offset}${text}"}` })),
      ),
    read: async () =>
      (await journal.read(session.sessionId)).map((payload) =>
        String(JSON.parse(payload).at).replace(`${EPOCH}`, "E")
      ),
    claim: (from: number, to: number) => journal.claim(session.sessionId, from, to),
    open: async () =>
      (await journal.open()).filter(({ sessionId }) => sessionId === session.sessionId),
    openOfClass: () => journal.open(klass.id),
    save: (epoch?: number, offset = 1_000) =>
      history.saveSession(
        closedSession(klass, [], {
          sessionId: session.sessionId,
          ...(epoch === undefined ? {} : { journal: { epoch, offset } }),
        }),
      ),
    cancel: (epoch?: number, offset = 1_000) =>
      history.audit({
        kind: "session_cancelled",
        subject: session.sessionId,
        classId: klass.id,
        by: klass.teacherId,
        at: at(1),
        detail: {},
        ...(epoch === undefined ? {} : { journal: { epoch, offset } }),
      }),
  };
}

export const journalTests: ContractTests = {
  "append() opens a journal and keeps entries by offset": async (world) => {
    const { session, append, read, open } = await journalOf(world);
    assertEquals(await open(), []);
    assertEquals(await read(), []);
    assertEquals(await append([2, 1]), "stored");
    assertEquals(await append([4]), "stored");
    assertEquals(await append([3, 10]), "stored");
    assertEquals(await read(), ["E 1", "E 2", "E 3", "E 4", "E 10"]);
    assertEquals(await open(), [session]);
  },

  "append() of what is there changes nothing": async (world) => {
    const { append, read } = await journalOf(world);
    await append([1, 2]);
    assertEquals(await append([1, 2]), "stored");
    assertEquals(await append([2, 3]), "stored");
    assertEquals(await append([]), "stored");
    assertEquals(await read(), ["E 1", "E 2", "E 3"]);
  },

  "append() is refused whole where one of the offsets holds something else": async (world) => {
    const { append, read } = await journalOf(world);
    await append([1, 2], { text: "é" });
    assertEquals(await append([2, 3], { text: "e" }), "outdated");
    assertEquals(await append([3, 2], { text: "É" }), "outdated");
    assertEquals(await read(), ["E 1é", "E 2é"]);
  },

  "payloads come back as they went in, whatever is in them": async ({ journal, klass }) => {
    const classId = (await klass()).id;
    const session = { sessionId: uuid(), classId, epoch: EPOCH };
    const payloads = [
      JSON.stringify({ title: `Ökologie 🌱 ~0 ~1 'x' "y" \\ \n\t\u2028 %s -- ;` }),
      JSON.stringify({ marks: times(2_000, (n) => ({ studentId: n, note: "bus ~ late" })) }),
      "{}",
      ...times(1_500, (n) => `{"n":${n}}`),
    ];
    const entries = payloads.map((payload, index) => ({ offset: index + 1, payload }));
    assertEquals(await journal.append(session, entries), "stored");
    assertEquals(await journal.append(session, entries), "stored");
    assertEquals(await journal.read(session.sessionId), payloads);
  },

  "claim() opens a later epoch, and the older one takes nothing more": async (world) => {
    const { session, append, read, claim, open } = await journalOf(world);
    const next = EPOCH + 5;
    await append([1, 2]);
    assertEquals(await claim(EPOCH, next), "stored");
    assertEquals(await append([3]), "outdated");
    assertEquals(await append([1]), "outdated", "not even what is there");
    assertEquals(await append([1, 3], { epoch: next }), "stored");
    assertEquals(await read(), ["E 1", "E 2", `${next} 1`, `${next} 3`]);
    assertEquals(await open(), [{ ...session, epoch: next }]);
  },

  "claim() is refused from another epoch and without a journal": async (world) => {
    const { append, claim } = await journalOf(world);
    assertEquals(await claim(EPOCH, EPOCH + 1), "outdated");
    await append([1]);
    assertEquals(await claim(EPOCH - 1, EPOCH + 1), "outdated");
    assertEquals(await claim(EPOCH + 1, EPOCH + 2), "outdated");
    assertEquals(await claim(EPOCH, EPOCH + 1), "stored");
    assertEquals(await claim(EPOCH, EPOCH + 2), "outdated");
  },

  "of four claims at once from one epoch one is taken": async (world) => {
    const { append, claim } = await journalOf(world);
    await append([1]);
    const outcomes = await Promise.all(times(4, (n) => claim(EPOCH, EPOCH + 1 + n)));
    assertEquals(outcomes.toSorted(), [...times(3, () => "outdated"), "stored"]);
  },

  "the same entries from four instances at once are stored once": async (world) => {
    const { append, read, open } = await journalOf(world);
    const offsets = times(50, (n) => n + 1);
    const outcomes = await Promise.all(times(4, () => append(offsets)));
    assertEquals(outcomes, times(4, () => "stored"));
    assertEquals((await read()).length, 50);
    assertEquals((await open()).length, 1);
  },

  "saveSession() and audit() take the journal away, and it stays closed": async (world) => {
    for (const outcome of ["save", "cancel"] as const) {
      const one = await journalOf(world);
      const other = await journalOf(world);
      await one.append([1, 2]);
      await other.append([1]);
      await one[outcome](EPOCH);
      assertEquals(await one.read(), []);
      assertEquals(await one.open(), []);
      assertEquals(await one.append([1]), "closed");
      assertEquals(await one.append([]), "closed");
      assertEquals(await one.append([1], { epoch: EPOCH - 1 }), "outdated");
      assertEquals(await one.append([1], { epoch: EPOCH + 1 }), "outdated");
      assertEquals(await one.claim(EPOCH, EPOCH + 1), "closed");
      await one[outcome](EPOCH - 1);
      assertEquals(await other.read(), ["E 1"]);
    }
  },

  "a session without a journal, or closed without an epoch, is saved": async (world) => {
    for (const outcome of ["save", "cancel"] as const) {
      await (await journalOf(world))[outcome](EPOCH);
      const { append, open, ...rest } = await journalOf(world);
      await append([1]);
      await rest[outcome]();
      assertEquals(await open(), []);
    }
  },

  "a close of an older epoch is refused and leaves no trace": async (world) => {
    for (const outcome of ["save", "cancel"] as const) {
      const { klass, session, append, claim, read, ...rest } = await journalOf(world);
      await append([1]);
      await claim(EPOCH, EPOCH + 1);
      await refused("live_unavailable", () => rest[outcome](EPOCH));
      assertEquals(await world.history.session(klass.id, session.sessionId), null);
      assertEquals(present(await world.classes.byId(klass.id)).sessionCount, 0);
      assertEquals(await read(), ["E 1"]);
      await rest[outcome](EPOCH + 1);
      assertEquals(await append([2], { epoch: EPOCH + 1 }), "closed");
    }
  },

  "a close that lacks entries of its epoch is refused and leaves no trace": async (world) => {
    for (const outcome of ["save", "cancel"] as const) {
      const { klass, session, append, claim, read, ...rest } = await journalOf(world);
      await append([1, 2, 3]);
      await refused("live_unavailable", () => rest[outcome](EPOCH, 2));
      assertEquals(await world.history.session(klass.id, session.sessionId), null);
      assertEquals(await read(), ["E 1", "E 2", "E 3"]);
      await claim(EPOCH, EPOCH + 1);
      await append([1, 2], { epoch: EPOCH + 1 });
      await refused("live_unavailable", () => rest[outcome](EPOCH + 1, 1));
      await rest[outcome](EPOCH + 1, 2);
      assertEquals(await read(), []);
    }
  },

  "a class has one open journal": async (world) => {
    const { klass, session, append, save, openOfClass } = await journalOf(world);
    const other = { sessionId: uuid(), classId: klass.id, epoch: EPOCH + 7 };
    const start = [{ offset: 1, payload: "{}" }];
    assertEquals(await openOfClass(), []);
    await append([1]);
    assertEquals(await world.journal.append(other, start), "outdated");
    assertEquals(await world.journal.read(other.sessionId), []);
    assertEquals(await openOfClass(), [session]);
    await save(EPOCH);
    assertEquals(await openOfClass(), []);
    assertEquals(await world.journal.append(other, start), "stored");
    assertEquals(await openOfClass(), [other]);
  },

  "a close and a claim at once: one of them comes too late": async (world) => {
    for (const outcome of ["save", "cancel"] as const) {
      const closer = await journalOf(world);
      await closer.append([1]);
      const [closed, [claimed]] = await Promise.all([
        endings([() => closer[outcome](EPOCH)]),
        Promise.all([closer.claim(EPOCH, EPOCH + 1)]),
      ]);
      assertEquals(claimed, closed[0] === "ok" ? "closed" : "stored");
    }
  },
};
