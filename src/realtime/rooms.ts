/** Who hears which class on this instance. */
import type { LiveStore } from "../sessions/live_store.ts";
import type { HeldFrame, Hold } from "./holds.ts";
import type { Member } from "./member.ts";

export interface Room {
  readonly classId: number;
  readonly staff: Set<Member>;
  readonly students: Set<Member>;
  /** The same students, by user id. */
  readonly byStudent: Map<number, Set<Member>>;
  /** Members whose snapshot is being read. */
  readonly holds: Map<Member, Hold>;
  /** Resolves when the live store delivers this class here. */
  readonly joined: Promise<void>;
  /** Keeps the room while nobody is in it. */
  pins: number;
}

export interface Rooms {
  get(classId: number): Room | undefined;
  has(member: Member, classId: number): boolean;
  /** The classes a member hears. */
  of(member: Member): readonly number[];
  ids(): readonly number[];
  /** Opens the room, even with nobody in it, until released. */
  pin(classId: number): Pin;
  /** By the role that the member's actor has now. */
  add(member: Member, classId: number): void;
  remove(member: Member, classId: number): void;
  removeAll(member: Member): void;
  /** Keeps this class's events back for a member of the room; null where it is not in there. */
  hold(member: Member, classId: number): Hold | null;
  /**
   * Ends one hold; `pick` says what of the held frames is sent. Returns false, without asking,
   * where the member has left the room meanwhile.
   */
  release(
    member: Member,
    classId: number,
    hold: Hold,
    pick: (held: readonly HeldFrame[]) => readonly HeldFrame[],
  ): boolean;
}

export interface Pin {
  /** Resolves when events of the class arrive here. */
  readonly joined: Promise<void>;
  release(): void;
}

/**
 * @param onJoinFailed the live store refused; these members would miss events
 * @param onClosed the last member left
 */
export function createRooms(
  { live, onJoinFailed, onClosed }: {
    live: Pick<LiveStore, "join" | "leave">;
    onJoinFailed: (members: readonly Member[], error: unknown) => void;
    onClosed: (classId: number) => void;
  },
): Rooms {
  const rooms = new Map<number, Room>();
  const memberships = new Map<Member, Set<number>>();

  function open(classId: number): Room {
    const known = rooms.get(classId);
    if (known) return known;
    const room: Room = {
      classId,
      staff: new Set(),
      students: new Set(),
      byStudent: new Map(),
      holds: new Map(),
      joined: live.join(classId),
      pins: 0,
    };
    rooms.set(classId, room);
    room.joined.catch((error) => {
      if (rooms.get(classId) === room) rooms.delete(classId);
      onJoinFailed([...room.staff, ...room.students], error);
    });
    return room;
  }

  function closeIfEmpty(room: Room): void {
    if (room.pins > 0 || room.staff.size > 0 || room.students.size > 0) return;
    if (rooms.get(room.classId) !== room) return;
    rooms.delete(room.classId);
    onClosed(room.classId);
    // After a failed join there is nothing to leave, and a store that cannot be reached delivers nothing.
    room.joined.then(() => live.leave(room.classId)).catch(() => {});
  }

  function remove(member: Member, classId: number): void {
    memberships.get(member)?.delete(classId);
    const room = rooms.get(classId);
    if (!room) return;
    for (const { reply, text } of room.holds.get(member)?.frames ?? []) {
      if (reply) member.outbox.push(text);
    }
    room.holds.delete(member);
    room.staff.delete(member);
    if (room.students.delete(member)) {
      const { userId } = member.actor;
      const own = room.byStudent.get(userId);
      own?.delete(member);
      if (own?.size === 0) room.byStudent.delete(userId);
    }
    closeIfEmpty(room);
  }

  return {
    get: (classId) => rooms.get(classId),
    has: (member, classId) => memberships.get(member)?.has(classId) ?? false,
    of: (member) => [...memberships.get(member) ?? []],
    ids: () => [...rooms.keys()],
    pin(classId) {
      const room = open(classId);
      room.pins += 1;
      return {
        joined: room.joined,
        release() {
          room.pins -= 1;
          closeIfEmpty(room);
        },
      };
    },
    add(member, classId) {
      const room = open(classId);
      const known = memberships.get(member);
      if (known) known.add(classId);
      else memberships.set(member, new Set([classId]));
      if (member.actor.role !== "STUDENT") {
        room.staff.add(member);
        return;
      }
      room.students.add(member);
      const { userId } = member.actor;
      const own = room.byStudent.get(userId);
      if (own) own.add(member);
      else room.byStudent.set(userId, new Set([member]));
    },
    remove,
    removeAll(member) {
      for (const classId of [...memberships.get(member) ?? []]) remove(member, classId);
      memberships.delete(member);
    },
    hold(member, classId) {
      const room = rooms.get(classId);
      if (!room || !memberships.get(member)?.has(classId)) return null;
      const hold = room.holds.get(member) ?? { depth: 0, frames: [] };
      hold.depth += 1;
      room.holds.set(member, hold);
      return hold;
    },
    release(member, classId, hold, pick) {
      const room = rooms.get(classId);
      if (room?.holds.get(member) !== hold) return false;
      hold.frames = [...pick(hold.frames)];
      hold.depth -= 1;
      if (hold.depth > 0) return true;
      room.holds.delete(member);
      for (const { text } of hold.frames) member.outbox.push(text);
      return true;
    },
  };
}
