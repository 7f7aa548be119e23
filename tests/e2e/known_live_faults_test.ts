/**
 * Faults of the system that this one replaces, in its running sessions: each is a test that failed
 * there. The others are in known_faults_test.ts.
 */
import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { rawSocket } from "../support/raw_socket.ts";
import type { Frame, SocketClient } from "../support/socket.ts";
import { onStage, type Person, type SchoolClass, type Stage } from "./stage.ts";

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

const numbers = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

/** Connects so many sockets of the class's staff, half of them its teacher's, half an admin's. */
async function staffSockets(
  stage: Stage,
  { id }: SchoolClass,
  count: number,
): Promise<SocketClient[]> {
  return await Promise.all(
    range(1, count).map(async (i) => {
      const { teacher, admin } = stage.people;
      const socket = await stage.connect(i % 2 ? teacher : admin);
      // Admins are in no room by themselves.
      if (i % 2 === 0) await socket.request("SUBSCRIBE", { classId: id });
      return socket;
    }),
  );
}

const markOf = ({ id: classId }: SchoolClass, student: Person, status: string) => ({
  classId,
  studentId: student.id,
  status,
});

/** One session's records by student id, over HTTP. */
async function recordsOf(stage: Stage, { id }: SchoolClass): Promise<Map<number, string>> {
  const path = `/api/class/${id}/sessions/`;
  const { body } = await stage.as(stage.people.teacher, 200, "GET", path);
  assertEquals(body.data.length, 1);
  const records: readonly { student: { id: number }; status: string }[] =
    body.data[0].attendance_records;
  assertEquals(new Set(records.map(({ student }) => student.id)).size, records.length);
  return new Map(records.map(({ student, status }) => [student.id, status]));
}

Deno.test("1,000 concurrent marks of several sockets are all kept", async () => {
  await onStage(async (stage) => {
    const found = await stage.newClass({ pupils: true });
    await stage.start(found);
    const sockets = await staffSockets(stage, found, 10);
    const answers = await Promise.all(stage.pupils.map((pupil, i) => {
      const socket = sockets[i % sockets.length];
      return socket?.request("ATTENDANCE_MARKED", markOf(found, pupil, "present"));
    }));
    assertEquals(numbers(answers.map((answer) => answer?.data.seq)), range(2, 1_001));
    const at = `/api/class/${found.id}/session`;
    const { teacher } = stage.people;
    const { body: snapshot } = await stage.as(teacher, 200, "GET", `${at}/`);
    assertEquals([snapshot.data.seq, snapshot.data.marks.length], [1_001, 1_000]);
    const { body: done } = await stage.as(teacher, 200, "POST", `${at}/done/`);
    assertEquals([done.data.present, done.data.absent, done.data.seq], [1_000, 2, 1_002]);
    const records = await recordsOf(stage, found);
    assert(stage.pupils.every(({ id }) => records.get(id) === "present"));
  }, { pupils: 1_000 });
});

Deno.test("bursts of 20 sockets reach all 20, whole and in order", async () => {
  await onStage(async (stage) => {
    const found = await stage.newClass({ pupils: true });
    await stage.start(found);
    const sockets = await staffSockets(stage, found, 20);
    const sent = stage.pupils.map((pupil, i) =>
      sockets[i % 20]?.request("ATTENDANCE_MARKED", markOf(found, pupil, "late"))
    );
    await Promise.all(sent);
    for (const socket of sockets) {
      await socket.request("PING");
      const marks = socket.frames.filter(({ event }) => event === "ATTENDANCE_MARKED");
      assertEquals(marks.map(({ data }) => data.seq), range(2, 201));
    }
  }, { pupils: 200 });
});

Deno.test("marks sent while a session is closed are confirmed and kept, or refused", async () => {
  await onStage(async (stage) => {
    const found = await stage.newClass({ pupils: true });
    await stage.start(found);
    const kept = new Map<number, string>();
    const enough = Promise.withResolvers<void>();
    /** Marks one after the other until refused. */
    const stream = async (socket: SocketClient, own: readonly Person[]): Promise<Frame> => {
      for (let i = 0;; i++) {
        const pupil = own[i % own.length];
        const status = i % 2 ? "late" : "present";
        if (!pupil) throw new Error("There are no students");
        const answer = await socket.request("ATTENDANCE_MARKED", markOf(found, pupil, status));
        if (answer.event === "ERROR") return answer;
        kept.set(pupil.id, status);
        if (kept.size >= 40) enough.resolve();
      }
    };
    const sockets = await staffSockets(stage, found, 5);
    const [closer, ...marking] = sockets;
    const streams = marking.map((socket, i) =>
      stream(socket, stage.pupils.slice(i * 30, i * 30 + 30))
    );
    await enough.promise;
    const done = await closer?.request("DONE", { classId: found.id });
    assertEquals(done?.event, "DONE");
    for (const { data } of await Promise.all(streams)) {
      assertEquals(data.code, "no_active_session");
      assertEquals(data.message, "No active attendance session for this class");
    }
    const records = await recordsOf(stage, found);
    assertEquals(records.size, 122);
    for (const [studentId, status] of records) {
      assertEquals(status, kept.get(studentId) ?? "absent");
    }
  }, { pupils: 120 });
});

/**
 * How long a close delays others is measured by bench/close.ts; here is what makes the delay short: a
 * close is one transaction, not a conversation of hundreds.
 */
Deno.test("closing 500 students is one step, and marks of another class go on", async () => {
  await onStage(async (stage) => {
    const { teacher, student } = stage.people;
    const big = await stage.newClass({ pupils: true });
    const other = await stage.newClass();
    await stage.start(big);
    await stage.start(other);
    const closer = await stage.connect(teacher);
    const marker = await stage.connect(teacher);
    using db = new DatabaseSync(`${stage.server.directory}/attendance.db`, { readOnly: true });
    const look = db.prepare(
      "SELECT (SELECT count(*) FROM sessions) || ' ' || (SELECT count(*) FROM records) AS seen",
    );
    let closed = false;
    const closing = closer.request("DONE", { classId: big.id }).finally(() => closed = true);
    const seen = new Set<unknown>();
    const seqs: number[] = [];
    do {
      const { data } = await marker.request("ATTENDANCE_MARKED", markOf(other, student, "late"));
      seqs.push(data.seq);
      seen.add(look.get()?.seen);
    } while (!closed);
    seen.add(look.get()?.seen);
    assertEquals((await closing).data.absent, 502);
    assertEquals(seqs, range(2, seqs.length + 1));
    assertEquals([...seen].filter((found) => found !== "0 0"), ["1 502"]);
  }, { pupils: 500 });
});

Deno.test("a socket hears its own classes only, and of them what its role may", async () => {
  await onStage(async (stage) => {
    const { teacher, rival, student, classmate, stranger, admin } = stage.people;
    const found = await stage.newClass();
    const room = ["SESSION_STARTED", "TODAY_SUMMARY", "DONE"];
    const marked = ["SESSION_STARTED", "ATTENDANCE_MARKED", "TODAY_SUMMARY", "DONE"];
    const witnesses: readonly (readonly [string, SocketClient, readonly string[]])[] = [
      ["another teacher", await stage.connect(rival), []],
      ["a student of no class", await stage.connect(stranger), []],
      ["an admin without SUBSCRIBE", await stage.connect(admin), []],
      ["a classmate", await stage.connect(classmate), room],
      ["the marked student", await stage.connect(student), marked],
    ];
    const socket = await stage.connect(teacher);
    await stage.start(found);
    const mark = { ...markOf(found, student, "late"), note: "bus" };
    await socket.request("ATTENDANCE_MARKED", mark);
    await socket.request("TODAY_SUMMARY", { classId: found.id });
    await socket.request("DONE", { classId: found.id });
    for (const [who, witness, events] of witnesses) {
      await witness.request("PING");
      assertEquals(witness.frames.slice(1, -1).map(({ event }) => event), events, who);
    }
  });
});

Deno.test("a socket ends with its token, unless AUTH brings a fresh one", async () => {
  await onStage(async (stage) => {
    const { teacher, student } = stage.people;
    const found = await stage.newClass();
    await stage.start(found);
    const token = await stage.tokenOf(teacher, 5_000);
    const [expiring, renewed] = [await stage.open({ token }), await stage.open({ token })];
    for (const socket of [expiring, renewed]) {
      await socket.next("CONNECTED");
      assertEquals((await socket.next("ERROR")).data.code, "token_expired");
    }
    assertEquals((await renewed.request("AUTH", { token: teacher.token })).event, "AUTHENTICATED");
    const mark = markOf(found, student, "present");
    assertEquals((await expiring.request("ATTENDANCE_MARKED", mark)).event, "ATTENDANCE_MARKED");
    const ended = await expiring.closed;
    assertEquals(ended.code, 4401);
    assertEquals((await renewed.request("ATTENDANCE_MARKED", mark)).data.seq, 3);
  });
});

Deno.test("of several closes at once one succeeds, the others are told there is no session", async () => {
  await onStage(async (stage) => {
    const { teacher, admin } = stage.people;
    const found = await stage.newClass();
    for (const sessions of [1, 2, 3]) {
      await stage.start(found);
      const sockets = await staffSockets(stage, found, 4);
      const frames = sockets.map((socket) => socket.request("DONE", { classId: found.id }));
      const answers = [teacher, admin].map(({ token }) =>
        stage.api.call("POST", `/api/class/${found.id}/session/done/`, { token })
      );
      const outcomes = [
        ...(await Promise.all(frames)).map(({ event, data }) => data.code ?? event),
        ...(await Promise.all(answers)).map(({ status, body }) =>
          status === 200 ? "DONE" : body.code
        ),
      ];
      assertEquals(outcomes.sort(), ["DONE", ...Array(5).fill("no_active_session")]);
      const { body } = await stage.as(teacher, 200, "GET", `/api/class/${found.id}/sessions/`);
      assertEquals(body.data.length, sessions);
      // Everyone in the room hears of the one close, whoever asked for it.
      for (const socket of sockets) {
        await socket.request("PING");
        assertEquals(socket.count("DONE"), 1);
        await socket.close();
      }
    }
  });
});

Deno.test("after 1,000 disconnects broadcasts still arrive", async () => {
  await onStage(async (stage) => {
    const { teacher, student } = stage.people;
    const found = await stage.newClass();
    await stage.start(found);
    const staying = [await stage.connect(teacher), await stage.connect(student)];
    for (const _ of range(1, 20)) {
      await Promise.all(
        range(1, 50).map(async (i) => {
          // Half of them leave without a word.
          if (i % 2) {
            return (await rawSocket(stage.port, { path: `/ws/?token=${teacher.token}` })).close();
          }
          const socket = await stage.connect(student);
          await socket.close();
        }),
      );
    }
    const [socket] = staying;
    await socket?.request("ATTENDANCE_MARKED", markOf(found, student, "present"));
    await Promise.all(staying.map(async (one) => {
      if (one !== socket) await one.next("ATTENDANCE_MARKED");
    }));
    await stage.as(teacher, 200, "POST", `/api/class/${found.id}/session/done/`);
    await Promise.all(staying.map((one) => one.next("DONE")));
  });
});
