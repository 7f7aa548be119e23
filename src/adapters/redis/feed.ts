/**
 * What this instance hears: a subscription per class it has sockets for, one for control news, and
 * a steady look for events that pub/sub lost, so that none stays missing for longer than a second.
 */
import { Redis } from "ioredis";
import { z } from "zod";
import type { ControlEvent, LiveListener } from "../../sessions/live_store.ts";
import { type Entry, idOf, parseId, parseMessage, parseStream, type Position } from "./codec.ts";
import { type Connection, inTime } from "./connection.ts";
import { createOrderer, type Orderer } from "./orderer.ts";
import type { Names, Run } from "./runner.ts";

const LOOK_MS = 1_000;
const PULSE_MS = 2_000;

interface Room {
  joined: number;
  /** Settled when the subscription stands and `orderer` is set. */
  opening: Promise<void>;
  orderer: Orderer | null;
  /** What arrived while opening. */
  early: (readonly Entry[])[];
  /** Where the journal was behind Redis at the last look. */
  behind: string | null;
}

/** Something that Redis has and the journal has not. */
export interface Behind {
  readonly classId: number;
  readonly sessionId: string;
  readonly journalled: Position;
  /** Offset of the newest event. */
  readonly told: number;
}

export interface Feed {
  listen(listener: LiveListener): void;
  join(classId: number): Promise<void>;
  leave(classId: number): Promise<void>;
  /** See `Orderer.own`; at once where nobody has joined the class. */
  own(classId: number, entries: readonly Entry[]): Promise<void>;
  /** Tells every instance, this one at once. */
  control(event: ControlEvent): Promise<void>;
  /** The class's events are others now: the feed starts over and has its listeners look again. */
  renew(classId: number): void;
  /** The same for every class. */
  renewAll(): void;
  close(): void;
}

const eventsReply = z.tuple([z.string(), z.number(), z.string(), z.unknown()]);

/**
 * @param onDelivered told of each event right after the listener
 * @param onBehind told where for a whole look nobody has journalled what Redis has: its instance died
 */
export function createFeed(
  { instance, run, listener, commands, sharded, names, answered, onDelivered, onBehind, onError }: {
    /** The name of this instance among all. */
    instance: string;
    run: Run;
    listener: Connection;
    commands: Connection;
    sharded: boolean;
    names: Names;
    /** See `createOrderer`. */
    answered: (classId: number) => Promise<void> | null;
    onDelivered: (classId: number, at: Position) => void;
    onBehind: (behind: Behind) => void;
    onError: (error: unknown) => void;
  },
): Feed {
  const { control: controlChannel, channel } = names;
  const classOf = new Map<string, number>();
  const rooms = new Map<number, Room>();
  let receiver: LiveListener | null = null;

  /** What a listener throws must not stop the delivery to others. */
  const tell = (work: (receiver: LiveListener) => void) => {
    if (!receiver) return;
    try {
      work(receiver);
    } catch (error) {
      onError(error);
    }
  };

  async function read(classId: number, from: Position | null) {
    const reply = await run("events", classId, from === null ? "" : idOf(from));
    const [id, told, sessionId, entries] = eventsReply.parse(reply);
    return { newest: parseId(id), told, sessionId, entries: parseStream(entries) };
  }

  /** Plainly also where sharded pub/sub is unknown: a cluster before 7.0 that was away at the start. */
  async function inShard(work: () => Promise<unknown>, plain: () => Promise<unknown>) {
    try {
      await (sharded ? work() : plain());
    } catch (error) {
      if (!(error instanceof Error) || !/unknown command/i.test(error.message)) throw error;
      await plain();
    }
  }

  async function subscribe(classId: number): Promise<void> {
    const name = channel(classId);
    classOf.set(name, classId);
    await inShard(() => listener.ssubscribe(name), () => listener.subscribe(name));
  }

  async function unsubscribe(classId: number): Promise<void> {
    const name = channel(classId);
    classOf.delete(name);
    await inShard(() => listener.sunsubscribe(name), () => listener.unsubscribe(name));
  }

  /** Delivers what comes from now on. */
  async function follow(classId: number, room: Room): Promise<void> {
    const orderer = createOrderer({
      start: (await read(classId, null)).newest,
      async read(from) {
        const found = await read(classId, from);
        const { newest, told, sessionId } = found;
        const behind = told > newest.offset && sessionId !== "" ? idOf(newest) : null;
        if (behind !== null && behind === room.behind) {
          onBehind({ classId, sessionId, journalled: newest, told });
        }
        room.behind = behind;
        return found;
      },
      answered: () => answered(classId),
      deliver({ at, event }) {
        if (event.type !== "closing") tell((to) => to.event(event));
        onDelivered(classId, at);
      },
      lost: () => tell((to) => to.resync(classId)),
    });
    room.orderer = orderer;
    for (const entries of room.early.splice(0)) await orderer.hear(entries);
  }

  async function open(classId: number, room: Room): Promise<void> {
    const subscribed = subscribe(classId);
    // A subscription that comes too late is undone by join().
    subscribed.catch(() => {});
    await inTime(subscribed);
    await follow(classId, room);
  }

  function renew(classId: number): void {
    const room = rooms.get(classId);
    if (!room?.orderer) return;
    const before = room.orderer;
    room.orderer = null;
    room.opening = follow(classId, room).catch((error) => {
      // The old orderer will see by itself that its place in the stream is gone.
      room.orderer = before;
      onError(error);
    }).then(() => tell((to) => to.resync(classId)));
  }

  function receive(from: string, message: string): void {
    if (from === controlChannel) {
      const news: { by: string; event: ControlEvent } = JSON.parse(message);
      if (news.by !== instance) tell((to) => to.control(news.event));
      return;
    }
    const room = rooms.get(classOf.get(from) ?? -1);
    if (!room) return;
    const entries = parseMessage(message, instance);
    if (!entries) return;
    if (room.orderer) room.orderer.hear(entries).catch(onError);
    else room.early.push(entries);
  }
  listener.on("message", receive);
  listener.on("smessage", receive);

  // The subscription outlives every reconnect; until Redis answers it waits in the queue.
  let listening = false;
  const listen = () => {
    listener.subscribe(controlChannel).then(() => listening = true, onError);
  };
  // A cluster says otherwise that it listens again.
  for (const again of ["ready", "+subscriber"]) {
    listener.on(again, () => {
      // Control news may have passed while the line was down.
      if (listening) tell((to) => to.resync(null));
      else listen();
    });
  }
  listen();

  // An answer, or its absence, tells a line that is up from one that only seems to be.
  const pulse = setInterval(() => {
    if (listener instanceof Redis && listener.status === "ready") listener.ping().catch(() => {});
  }, PULSE_MS);

  let looking = false;
  const timer = setInterval(async () => {
    if (looking || rooms.size === 0) return;
    looking = true;
    await Promise.allSettled([...rooms.values()].map((room) => room.orderer?.look()));
    looking = false;
  }, LOOK_MS);

  return {
    renew,
    renewAll() {
      for (const classId of rooms.keys()) renew(classId);
    },
    async control(event) {
      tell((to) => to.control(event));
      await commands.publish(controlChannel, JSON.stringify({ by: instance, event }));
    },
    listen(to) {
      receiver = to;
    },
    async join(classId) {
      let room = rooms.get(classId);
      if (!room) {
        room = { joined: 0, opening: Promise.resolve(), orderer: null, early: [], behind: null };
        rooms.set(classId, room);
        room.opening = open(classId, room);
      }
      room.joined++;
      try {
        await room.opening;
      } catch (error) {
        if (rooms.get(classId) === room) {
          rooms.delete(classId);
          unsubscribe(classId).catch(() => {});
        }
        throw error;
      }
    },
    async leave(classId) {
      const room = rooms.get(classId);
      if (!room || --room.joined > 0) return;
      rooms.delete(classId);
      await inTime(unsubscribe(classId));
    },
    async own(classId, entries) {
      const room = rooms.get(classId);
      if (!room) return;
      // It may have failed: who joins later asks for a snapshot.
      if (!room.orderer) await room.opening.catch(() => {});
      await room.orderer?.own(entries);
    },
    close() {
      clearInterval(timer);
      clearInterval(pulse);
      rooms.clear();
    },
  };
}
