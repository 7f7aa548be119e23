/** All sockets of this instance: who is there, in which rooms, and what reaches them. */
import type { Sessions, ViewerSnapshot } from "../sessions/service.ts";
import { toSnapshot } from "../sessions/views.ts";
import { denied } from "../kernel/access.ts";
import type { Admission } from "../classes/admission.ts";
import type { Classes } from "../classes/service.ts";
import { AppError, toAppError } from "../kernel/errors.ts";
import { describeError, type Logger } from "../kernel/logger.ts";
import type { LiveStore } from "../sessions/live_store.ts";
import { type Authenticated, type Connection, createConnection, type Host } from "./connection.ts";
import { createControl } from "./control.ts";
import { createDelivery } from "./delivery.ts";
import { encode, encodeError } from "./encode.ts";
import { type FrameObserver, toldTogether } from "./frame_observer.ts";
import { createHandlers, type Reply } from "./handlers.ts";
import { afterSnapshot } from "./holds.ts";
import type { Member } from "./member.ts";
import { Joiner, type WebSocketLike } from "./outbox.ts";
import { CLOSE } from "./protocol/close_codes.ts";
import { createRooms } from "./rooms.ts";
import { type Schedule, timers } from "../kernel/schedule.ts";
import { createSeats } from "./seats.ts";

export interface HubDeps {
  readonly live: LiveStore;
  readonly sessions: Sessions;
  readonly admission: Admission;
  readonly markers: Admission;
  readonly classes: Pick<Classes, "roomsOf" | "teacherOf">;
  readonly auth: { authenticateToken(token: string): Promise<Authenticated> };
  readonly now: () => number;
  readonly logger: Logger;
  /** Frames a second and socket, sustained; 0: no limit. */
  readonly frameRate: number;
  readonly frameObservers?: readonly FrameObserver[];
  readonly schedule?: Schedule;
  readonly uuid?: () => string;
}

/** What a transport tells the hub about one socket. */
export interface SocketSession {
  /** One message from the peer: text, or anything else for binary. */
  message(data: unknown): void;
  /** The socket has closed, for whatever reason. Safe to repeat. */
  closed(code: number): void;
}

/** What sockets do here: as it is now, and counted since the start. */
export interface HubStats {
  /** Open sockets, signed in or not. */
  readonly sockets: number;
  readonly signedIn: number;
  /** Classes with sockets here. */
  readonly rooms: number;
  readonly opened: number;
  /** By close code. */
  readonly closed: ReadonlyMap<number, number>;
  /** Frames that reached sockets, and the messages in which they went. */
  readonly sentFrames: number;
  readonly sentMessages: number;
  /** Bytes that receivers have yet to take: of all, and of the slowest one. */
  readonly waitingBytes: number;
  readonly waitingBytesMax: number;
  /** Frames that came and are not answered yet. */
  readonly waitingFrames: number;
}

export interface Hub {
  /** Takes over a socket that has just opened. */
  accept(
    socket: WebSocketLike,
    options: { readonly token: string | null; readonly batch: boolean },
  ): SocketSession;
  readonly draining: boolean;
  /** Signed-in sockets. */
  readonly size: number;
  /** Looks at every socket: for every few seconds, not for every event. */
  stats(): HubStats;
  /**
   * Takes no new frames, answers those that came, closes every socket with 1012. Resolves when the
   * peers have closed too. Neither part takes longer than `phaseMs`.
   */
  drain(phaseMs?: number): Promise<void>;
}

const DRAIN_PHASE_MS = 3_000;

/** Becomes the live store's listener. */
export function createHub(
  {
    live,
    sessions,
    admission,
    markers,
    classes,
    auth,
    now,
    logger,
    frameRate,
    frameObservers = [],
    schedule = timers,
    uuid = () => crypto.randomUUID(),
  }: HubDeps,
): Hub {
  let draining = false;
  let opened = 0;
  const closed = new Map<number, number>();
  /** Sockets whose close the transport has not reported. */
  const open = new Set<Connection>();
  let onEmpty = () => {};
  const joiner = new Joiner();

  const logFailure = (message: string) => (error: unknown) =>
    logger.log("error", message, { cause: describeError(error) });

  const rooms = createRooms({
    live,
    onJoinFailed(members, error) {
      logFailure("room could not be joined")(error);
      for (const { id } of members) {
        seats.connection(id)?.end(CLOSE.tryAgainLater, toAppError(error));
      }
    },
    onClosed: (classId) => delivery.forget(classId),
  });
  const seats = createSeats({ rooms, roomsOf: (actor) => classes.roomsOf(actor) });
  const delivery = createDelivery({
    roomOf: rooms.get,
    schedule,
  });

  /** Sends the snapshot, if it is wanted, then what happened since; events stay in order. */
  async function sendSnapshot(
    member: Member,
    classId: number,
    send: Reply,
    wanted: (snapshot: ViewerSnapshot) => boolean = () => true,
  ): Promise<void> {
    const hold = rooms.hold(member, classId);
    if (!hold) throw denied("class_member");
    try {
      // Asked again where a subscription has just asked: the class may have changed while its room was opened.
      const pass = await admission.admit(member.actor, classId, "class_member");
      const snapshot = await sessions.snapshot(pass);
      const sent = rooms.release(member, classId, hold, (held) => {
        if (!wanted(snapshot)) return held;
        send(encode("SNAPSHOT", toSnapshot(snapshot)));
        return afterSnapshot(held, snapshot);
      });
      if (!sent) throw denied("class_member");
    } catch (error) {
      rooms.release(member, classId, hold, (held) => held);
      throw error;
    }
  }

  async function subscribe(member: Member, classId: number, reply: Reply): Promise<void> {
    if (rooms.has(member, classId)) return await sendSnapshot(member, classId, reply);
    await admission.admit(member.actor, classId, "class_member");
    const pin = rooms.pin(classId);
    try {
      await pin.joined;
      if (!seats.connection(member.id)) return;
      rooms.add(member, classId);
      await sendSnapshot(member, classId, reply);
    } catch (error) {
      rooms.remove(member, classId);
      throw error;
    } finally {
      pin.release();
    }
  }

  const control = createControl({
    rooms,
    seats,
    classes,
    async refresh(member, classId) {
      await sendSnapshot(member, classId, (text) => member.outbox.push(text));
    },
    async catchUp(member, classId) {
      await rooms.get(classId)?.joined;
      const send: Reply = (text) => member.outbox.push(text);
      await sendSnapshot(member, classId, send, ({ session }) => session !== null);
    },
    authenticate: (token) => auth.authenticateToken(token),
    schedule,
    onError: logFailure("sockets could not be brought up to date"),
  });

  const host: Host = {
    authenticate: control.authenticate,
    register: seats.register,
    seat: seats.seat,
    reseat: seats.reseat,
    unseat: rooms.removeAll,
    forget(connection, code) {
      closed.set(code, (closed.get(code) ?? 0) + 1);
      seats.forget(connection);
    },
  };
  const handlers = createHandlers({
    sessions,
    admission,
    markers,
    answer: delivery.answer,
    subscribe,
    now,
    logger,
    observe: toldTogether(frameObservers),
  });

  async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const cancel = schedule(resolve, limitMs);
    await Promise.race([work, over]);
    cancel();
  }

  live.listen({ event: delivery.deliver, control: control.control, resync: control.resync });

  return {
    accept(socket, { token, batch }) {
      if (draining) {
        socket.send(encodeError(new AppError("shutting_down"), null));
        socket.close(CLOSE.restarting.code, CLOSE.restarting.reason);
        return { message() {}, closed() {} };
      }
      const connection = createConnection(
        { id: uuid(), socket, token, batch },
        { host, handlers, joiner, now, schedule, frameRate, logger },
      );
      open.add(connection);
      opened += 1;
      return {
        message: connection.message,
        closed(code) {
          connection.closed(code);
          open.delete(connection);
          if (open.size === 0) onEmpty();
        },
      };
    },
    get draining() {
      return draining;
    },
    get size() {
      return seats.size;
    },
    stats() {
      let waitingBytes = 0;
      let waitingBytesMax = 0;
      let waitingFrames = 0;
      for (const connection of open) {
        const bytes = connection.outbox.waitingBytes;
        waitingBytes += bytes;
        waitingBytesMax = Math.max(waitingBytesMax, bytes);
        waitingFrames += connection.waitingFrames;
      }
      return {
        sockets: open.size,
        signedIn: seats.size,
        rooms: rooms.ids().length,
        opened,
        closed,
        sentFrames: joiner.sentFrames,
        sentMessages: joiner.sentMessages,
        waitingBytes,
        waitingBytesMax,
        waitingFrames,
      };
    },
    async drain(phaseMs = DRAIN_PHASE_MS) {
      draining = true;
      control.stop();
      // All stay in their rooms until the last reply, which may be news for the others.
      await within(phaseMs, Promise.all([...open].map((connection) => connection.settle())));
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      onEmpty = resolve;
      for (const connection of open) connection.end(CLOSE.restarting);
      if (open.size === 0) resolve();
      // A peer that does not read never closes; nobody waits for it.
      await within(phaseMs, closed);
    },
  };
}
