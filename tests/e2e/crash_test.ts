/** `kill -9` at any moment loses no acknowledged mark and leaves no session half closed. */
import { assertEquals } from "@std/assert";
import { closeSession as toHistory } from "../../src/sessions/rules.ts";
import { createEmbeddedLive } from "../../src/adapters/embedded/live_store.ts";
import { openDatabase } from "../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../src/adapters/sqlite/storage.ts";
import { codeOr, schoolApi } from "../support/school_api.ts";
import { seeded } from "../support/seed.ts";
import { databasePath, PASSWORD, type SeededClass, seedSchool } from "../support/seeded_school.ts";
import { type ServerProcess, startServer } from "../support/server.ts";
import { connectSocket } from "../support/socket.ts";
import { withDirectory } from "../tools/tool.ts";
import {
  closeSession,
  type Life,
  live,
  open,
  type Room,
  roomOf,
  startSession,
} from "./crash/room.ts";
import { checkSaved, returnTo } from "./crash/verdict.ts";

/** A server that can be killed and started again on the same database. */
async function withMortal(
  sync: string,
  classes: number,
  work: (mortal: {
    readonly school: readonly SeededClass[];
    readonly directory: string;
    server(): ServerProcess;
    kill(): Promise<unknown>;
    restart(): Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const school = await seedSchool(
      directory,
      Array.from({ length: classes }, (_, n) => ({ name: `Class ${n}`, students: 120 })),
    );
    const env = { SQLITE_SYNC: sync, FRAME_RATE: "0", LOG_LEVEL: "warn" };
    let server = await startServer({ directory, env });
    try {
      await work({
        school,
        directory,
        server: () => server,
        kill: () => server.kill("SIGKILL"),
        async restart() {
          await server.status;
          server = await startServer({ directory, env });
        },
      });
      assertEquals(server.logs, [], "nothing went wrong behind the scenes");
    } finally {
      await server.kill("SIGTERM");
    }
  });
}

const KILLS = 5;

for (const sync of ["normal", "full"]) {
  Deno.test(`SIGKILL amid marks and closes loses nothing acknowledged, SQLITE_SYNC=${sync}`, () =>
    seeded((random) =>
      withMortal(sync, 4, async ({ school, server, kill, restart }) => {
        const api = schoolApi(() => server().url);
        const rooms: Room[] = [];
        for (const each of school) {
          rooms.push(roomOf(each, await api.signIn(each.teacher.email, PASSWORD)));
        }

        for (let round = 0; round < KILLS; round++) {
          // Every other time it dies as closes are under way: right after one was acknowledged.
          const amidCloses = round % 2 === 1;
          let left = amidCloses ? 1 + random.below(8) : 20 + random.below(600);
          let dead = false;
          const count = () => {
            if (--left > 0 || dead) return;
            dead = true;
            kill();
          };
          const life: Life = {
            api,
            wsUrl: server().wsUrl,
            random,
            dead: () => dead,
            onChange: () => amidCloses || count(),
            onDone: () => amidCloses && count(),
          };
          const desks = await Promise.all(rooms.map((room) => open(room, life)));
          await Promise.all(desks.map((desk) => live(desk, life, amidCloses ? 6 : 0)));
          await restart();
          for (const room of rooms) await returnTo(room, api, server().wsUrl);
        }

        for (const room of rooms) {
          const socket = await connectSocket(server().wsUrl, { token: room.teacher.token });
          if ([...room.sessions.values()].includes("open")) await closeSession(room, socket);
          await socket.close();
          await checkSaved(room, api);
        }
      })
    ));
}

Deno.test("a close that was cut off is finished once, wherever it was cut", () =>
  withMortal("normal", 4, async ({ school, directory, server, kill, restart }) => {
    const api = schoolApi(() => server().url);
    const rooms: Room[] = [];
    for (const each of school) {
      const room = roomOf(each, await api.signIn(each.teacher.email, PASSWORD));
      await startSession(room, api);
      const [first = 0, second = 0] = room.students;
      await api.mark(room.teacher, room.classId, [{ studentId: first, status: "excused" }]);
      await api.mark(room.teacher, room.classId, [{ studentId: second, status: "late" }]);
      rooms.push(room);
    }
    await kill();

    // Takes each close to another point, as the process would have left it.
    const db = openDatabase({ path: databasePath(directory) });
    const storage = createSqliteStorage(db);
    const embedded = createEmbeddedLive({ db });
    for (const [index, { classId, teacher }] of rooms.entries()) {
      const closing = await embedded.beginClose({
        classId,
        outcome: index < 2 ? "done" : "cancelled",
        closedBy: teacher.id,
        closedAt: new Date().toISOString(),
      });
      const { sessionId } = closing.session;
      if (index === 1) await storage.history.saveSession(toHistory(closing).closed);
      if (index === 3) {
        await storage.history.audit({
          kind: "session_cancelled",
          subject: sessionId,
          classId,
          by: teacher.id,
          at: closing.closedAt,
          detail: {},
        });
      }
    }
    await embedded.close();
    await storage.close();

    await restart();
    for (const [index, room] of rooms.entries()) {
      const { classId, teacher, students } = room;
      assertEquals(await codeOr(api.snapshot(teacher, classId)), "no_active_session");
      assertEquals(await codeOr(api.done(teacher, classId)), "no_active_session");
      const history = await api.history(teacher, classId);
      assertEquals(
        history.map(({ session_id }) => session_id),
        index < 2 ? [...room.sessions.keys()] : [],
      );
      for (const saved of history) {
        assertEquals([saved.late_count, saved.excused_count], [1, 1]);
        assertEquals(saved.absent_count, students.length - 2);
        const trail = await api.trail(teacher, classId, saved.session_id);
        assertEquals(trail.length, students.length);
      }
      await startSession(room, api);
      await api.cancel(teacher, classId);
    }
  }));
