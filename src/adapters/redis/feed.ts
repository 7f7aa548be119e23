/**
 * What this instance hears: a subscription per class it has sockets for, one for control news, and
 * a steady look for events that pub/sub lost, so that none stays missing for longer than a second.
 */
import { Redis } from "ioredis";
import { AppError } from "../../kernel/errors.ts";
import type { ControlEvent, LiveListener } from "../../sessions/live_store.ts";
import { parseEvent, parseStream } from "./codec.ts";
import { COMMAND_DEADLINE_MS, type Connection } from "./connection.ts";
import { createOrderer, type Orderer, type PlacedEvent, type Position } from "./orderer.ts";
import type { Names } from "./runner.ts";

const LOOK_MS = 1_000;
const PULSE_MS = 2_000;
const NOWHERE: Position = { epoch: 0, place: 0 };

interface Room {
  joined: number;
  /** Settled when the subscription stands and `orderer` is set. */
  opening: Promise<void>;
  orderer: Orderer | null;
  /** What arrived while opening. */
  early: PlacedEvent[];
}

export interface Feed {
  listen(listener: LiveListener): void;
  join(classId: number): Promise<void>;
  leave(classId: number): Promise<void>;
  /** Delivers an event that a verb of this instance made; resolves when it has been. */
  own(placed: PlacedEvent): Promise<void>;
  /** Tells every instance, this one at once. */
  control(event: ControlEvent): Promise<void>;
  /** The class's events are others now: starts over, and has its listeners look again. */
  renew(classId: number): void;
  /** The same for every class. */
  renewAll(): void;
  close(): void;
}

/** Subscribing waits for the server as long as it takes; who asked for it does not. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new AppError("live_unavailable")),
    COMMAND_DEADLINE_MS,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

export function createFeed(
  { commands, listener, sharded, names, onError }: {
    commands: Connection;
    listener: Connection;
    sharded: boolean;
    names: Names;
    onError: (error: unknown) => void;
  },
): Feed {
  const instance = crypto.randomUUID();
  const { control: controlChannel, channel, events: stream } = names;
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

  const newest = async (classId: number): Promise<Position> => {
    const [entry] = await commands.xrevrange(stream(classId), "+", "-", "COUNT", 1);
    if (!entry) return NOWHERE;
    const [epoch, place] = entry[0].split("-");
    return { epoch: Number(epoch), place: Number(place) };
  };

  const read = async (classId: number, after: Position) => {
    const reply = await commands.xrange(stream(classId), `${after.epoch}-${after.place}`, "+");
    const found = parseStream(reply).map(parseEvent);
    const [first] = found;
    const reaches = first?.at.epoch === after.epoch && first.at.place === after.place;
    return {
      whole: reaches || after.epoch === 0,
      events: reaches ? found.slice(1) : found,
    };
  };

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
      start: await newest(classId),
      read: (after) => read(classId, after),
      deliver: (event) => tell((to) => to.event(event)),
      lost: () => tell((to) => to.resync(classId)),
    });
    room.orderer = orderer;
    for (const event of room.early.splice(0)) await orderer.offer(event);
  }

  async function open(classId: number, room: Room): Promise<void> {
    const subscribed = subscribe(classId);
    // Late, it is undone by `join`.
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
      // It will see by itself that its place in the stream is gone.
      room.orderer = before;
      onError(error);
    }).then(() => tell((to) => to.resync(classId)));
  }

  function receive(from: string, payload: string): void {
    if (from === controlChannel) {
      const news: { by: string; event: ControlEvent } = JSON.parse(payload);
      if (news.by !== instance) tell((to) => to.control(news.event));
      return;
    }
    const room = rooms.get(classOf.get(from) ?? -1);
    if (!room) return;
    const event = parseEvent(payload);
    if (event.event.type === "durable") return tell((to) => to.event(event.event));
    if (room.orderer) room.orderer.offer(event).catch(onError);
    else room.early.push(event);
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
        room = { joined: 0, opening: Promise.resolve(), orderer: null, early: [] };
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
    async own(placed) {
      const room = rooms.get(placed.event.classId);
      if (!room) return;
      try {
        await room.opening;
        await room.orderer?.offer(placed);
      } catch (error) {
        // It is stored; the steady look delivers it when Redis answers again.
        onError(error);
      }
    },
    close() {
      clearInterval(timer);
      clearInterval(pulse);
      rooms.clear();
    },
  };
}
