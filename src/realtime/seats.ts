/** The signed-in connections of this instance, and the rooms that are theirs by default. */
import type { Actor } from "../kernel/actor.ts";
import type { Connection } from "./connection.ts";
import type { Rooms } from "./rooms.ts";

export interface Seats {
  readonly size: number;
  connection(id: string): Connection | undefined;
  all(): Iterable<Connection>;
  ofUser(userId: number): Iterable<Connection>;
  register(connection: Connection): void;
  forget(connection: Connection): void;
  /**
   * The first time: reads the connection's rooms until nothing changed meanwhile, then calls
   * `welcome` and puts it into them.
   */
  seat(connection: Connection, welcome: () => void): Promise<void>;
  /** Brings the rooms up to date; one that is being seated already only reads again. */
  reseat(connection: Connection): Promise<void>;
  /** Whether the connection's rooms are yet to be read; a reading under way is repeated. */
  rereads(connection: Connection): boolean;
}

export function createSeats(
  { rooms, roomsOf }: {
    rooms: Rooms;
    roomsOf: (actor: Actor) => Promise<readonly number[]>;
  },
): Seats {
  const connections = new Map<string, Connection>();
  const byUser = new Map<number, Set<Connection>>();
  /** Registered, with nothing read yet. */
  const fresh = new Set<Connection>();
  /** Connections being seated → whether what was read may be old. */
  const seating = new Map<Connection, boolean>();

  const rereads = (connection: Connection): boolean => {
    if (fresh.has(connection)) return true;
    if (!seating.has(connection)) return false;
    seating.set(connection, true);
    return true;
  };

  function putIn(connection: Connection, classIds: readonly number[]): void {
    // What an admin subscribed to by hand stays.
    if (connection.actor.role !== "ADMIN") {
      const wanted = new Set(classIds);
      for (const classId of rooms.of(connection)) {
        if (!wanted.has(classId)) rooms.remove(connection, classId);
      }
    }
    for (const classId of classIds) rooms.add(connection, classId);
  }

  /** False where something changed meanwhile. */
  async function trySeat(connection: Connection, welcome: () => void): Promise<boolean> {
    seating.set(connection, false);
    const classIds = await roomsOf(connection.actor);
    const pins = classIds.map((classId) => rooms.pin(classId));
    try {
      await Promise.all(pins.map(({ joined }) => joined));
      if (seating.get(connection)) return false;
      if (connections.has(connection.id)) welcome();
      // Welcoming may have found its token expired.
      if (connections.has(connection.id)) putIn(connection, classIds);
      return true;
    } finally {
      for (const pin of pins) pin.release();
    }
  }

  async function seatUntilCurrent(connection: Connection, welcome: () => void): Promise<void> {
    try {
      while (!(await trySeat(connection, welcome)));
    } finally {
      seating.delete(connection);
    }
  }

  return {
    get size() {
      return connections.size;
    },
    connection: (id) => connections.get(id),
    all: () => connections.values(),
    ofUser: (userId) => byUser.get(userId) ?? [],
    register(connection) {
      connections.set(connection.id, connection);
      fresh.add(connection);
      const { userId } = connection.actor;
      const own = byUser.get(userId);
      if (own) own.add(connection);
      else byUser.set(userId, new Set([connection]));
    },
    forget(connection) {
      if (!connections.delete(connection.id)) return;
      fresh.delete(connection);
      const { userId } = connection.actor;
      const own = byUser.get(userId);
      own?.delete(connection);
      if (own?.size === 0) byUser.delete(userId);
      rooms.removeAll(connection);
    },
    async seat(connection, welcome) {
      fresh.delete(connection);
      await seatUntilCurrent(connection, welcome);
    },
    async reseat(connection) {
      if (!rereads(connection)) await seatUntilCurrent(connection, () => {});
    },
    rereads,
  };
}
