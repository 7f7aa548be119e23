/** News about users, enrolments and classes, and gaps in the news: who may hear what is looked up again. */
import type { Classes } from "../classes/service.ts";
import { toAppError } from "../kernel/errors.ts";
import type { ControlEvent } from "../sessions/live_store.ts";
import type { Authenticated, Host } from "./connection.ts";
import type { Member } from "./member.ts";
import { createRefresher } from "./refresher.ts";
import type { Rooms } from "./rooms.ts";
import type { Schedule } from "../kernel/schedule.ts";
import type { Seats } from "./seats.ts";

export interface Control {
  control(event: ControlEvent): void;
  resync(classId: number | null): void;
  readonly authenticate: Host["authenticate"];
  stop(): void;
}

/** Lookups at once where all sockets of a room or an instance need one. */
const PARALLEL = 16;

/** Users who changed while a token is being looked at; "all" where news may have been missed. */
interface Watch {
  readonly users: Set<number>;
  all: boolean;
}

async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

export function createControl(
  { rooms, seats, classes, refresh, catchUp, authenticate, schedule, onError }: {
    rooms: Rooms;
    seats: Seats;
    classes: Pick<Classes, "teacherOf">;
    /** Sends a member the class's snapshot. */
    refresh: (member: Member, classId: number) => Promise<void>;
    /** The same as soon as the class is heard here, and only while a session runs. */
    catchUp: (member: Member, classId: number) => Promise<void>;
    authenticate: (token: string) => Promise<Authenticated>;
    schedule: Schedule;
    onError: (error: unknown) => void;
  },
): Control {
  const watches = new Set<Watch>();

  const classChanges = createRefresher({
    schedule,
    onError,
    async work(classId) {
      const teacherId = await classes.teacherOf(classId);
      const room = rooms.get(classId);
      for (const member of [...room?.staff ?? [], ...room?.students ?? []]) {
        const stays = teacherId !== null &&
          (member.actor.role !== "TEACHER" || member.actor.userId === teacherId);
        if (!stays) rooms.remove(member, classId);
      }
      if (teacherId === null) return;
      for (const connection of seats.ofUser(teacherId)) {
        if (connection.actor.role === "TEACHER" && !seats.rereads(connection)) {
          admit(connection, classId);
        }
      }
    },
  });

  const snapshots = createRefresher({
    schedule,
    onError,
    async work(classId) {
      const room = rooms.get(classId);
      if (!room) return;
      await inParallel([...room.staff, ...room.students], async (member) => {
        if (!rooms.has(member, classId)) return;
        try {
          await refresh(member, classId);
        } catch (error) {
          if (toAppError(error).status >= 500) throw error;
          rooms.remove(member, classId);
        }
      });
    },
  });

  /** News take a moment: what the class did meanwhile is told by a snapshot. */
  function admit(member: Member, classId: number): void {
    if (rooms.has(member, classId)) return;
    rooms.add(member, classId);
    catchUp(member, classId).catch((error) => {
      if (toAppError(error).status >= 500) snapshots.request(classId);
    });
  }

  /** One key: everything. */
  const everything = createRefresher({
    schedule,
    onError,
    async work() {
      await inParallel([...seats.all()], async (connection) => {
        await connection.recheck();
        await seats.reseat(connection);
      });
      for (const classId of rooms.ids()) snapshots.request(classId);
    },
  });

  return {
    control(event) {
      switch (event.type) {
        case "user":
          for (const watch of watches) watch.users.add(event.userId);
          for (const connection of [...seats.ofUser(event.userId)]) connection.recheck();
          return;
        case "enrolment":
          for (const userId of event.userIds) {
            for (const connection of [...seats.ofUser(userId)]) {
              if (!event.enrolled) rooms.remove(connection, event.classId);
              const later = seats.rereads(connection);
              if (event.enrolled && !later && connection.actor.role === "STUDENT") {
                admit(connection, event.classId);
              }
            }
          }
          return;
        case "class":
          for (const connection of seats.all()) seats.rereads(connection);
          classChanges.request(event.classId);
          return;
      }
    },
    resync(classId) {
      if (classId !== null) return snapshots.request(classId);
      for (const watch of watches) watch.all = true;
      for (const connection of seats.all()) seats.rereads(connection);
      everything.request(0);
    },
    async authenticate(token, found) {
      for (;;) {
        const watch: Watch = { users: new Set(), all: false };
        watches.add(watch);
        try {
          const authenticated = await authenticate(token);
          if (watch.all || watch.users.has(authenticated.actor.userId)) continue;
          found(authenticated);
          return;
        } finally {
          watches.delete(watch);
        }
      }
    },
    stop() {
      classChanges.stop();
      snapshots.stop();
      everything.stop();
    },
  };
}
