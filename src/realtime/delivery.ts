/** Which event goes to whom: encoded once per audience. */
import type { MarkedEvent } from "../sessions/service.ts";
import type { LiveEvent, LiveMark } from "../sessions/live_store.ts";
import {
  encodeEvent,
  encodeForClass,
  encodeForClassmate,
  encodeForStaff,
  encodeOwn,
  encodeSummary,
  withId,
} from "./encode.ts";
import type { Member } from "./member.ts";
import type { FrameId } from "./protocol/client_frames.ts";
import type { Room } from "./rooms.ts";
import type { Schedule } from "../kernel/schedule.ts";
import { createThrottle, SUMMARY_INTERVAL_MS, type Throttle } from "./summary_throttle.ts";

export interface Delivery {
  deliver(event: LiveEvent): void;
  /**
   * Answers a frame with the event that it caused. Where the asker is in the room, the event has
   * been delivered in this turn of the event loop (see `LiveStore`), and the copy that is about to
   * leave gets the frame's id.
   */
  answer(asker: Member, event: LiveEvent, id: FrameId | null): void;
  /** Nobody is left who would get the class's counts. */
  forget(classId: number): void;
}

type Countable = Extract<LiveEvent, { type: "marked" | "roster" }>;

function push(room: Room, member: Member, event: LiveEvent, text: string): void {
  const hold = room.holds.size > 0 ? room.holds.get(member) : undefined;
  if (hold) hold.frames.push({ event, text, reply: false });
  else member.outbox.push(text);
}

export function createDelivery(
  { roomOf, schedule }: {
    roomOf: (classId: number) => Room | undefined;
    schedule: Schedule;
  },
): Delivery {
  const throttles = new Map<number, Throttle<Countable>>();

  function sendCounts(event: Countable): void {
    const room = roomOf(event.classId);
    if (!room || room.staff.size === 0) return;
    const text = encodeSummary(event);
    for (const member of room.staff) push(room, member, event, text);
  }

  function throttleOf(classId: number): Throttle<Countable> {
    const known = throttles.get(classId);
    if (known) return known;
    const made = createThrottle({ schedule, intervalMs: SUMMARY_INTERVAL_MS, send: sendCounts });
    throttles.set(classId, made);
    return made;
  }

  function forget(classId: number): void {
    throttles.get(classId)?.stop();
    throttles.delete(classId);
  }

  /** An event for those who see all of it; encoded once for the room and the asker. */
  let last: { readonly event: LiveEvent; readonly text: string } | null = null;
  function textOf(event: LiveEvent): string {
    if (last?.event !== event) {
      last = { event, text: event.type === "marked" ? encodeForStaff(event) : encodeEvent(event) };
    }
    return last.text;
  }

  function toStaff(room: Room, event: LiveEvent, text: string): void {
    for (const member of room.staff) push(room, member, event, text);
  }

  function toStudent(room: Room, event: MarkedEvent, studentId: number, text: () => string): void {
    const own = room.byStudent.get(studentId);
    if (!own) return;
    const encoded = text();
    for (const member of own) push(room, member, event, encoded);
  }

  function deliverToClass(room: Room, event: MarkedEvent, forStaff: string): void {
    const noted = new Set(
      event.marks.filter(({ note }) => note !== null).map(({ studentId }) => studentId),
    );
    const text = noted.size === 0 ? forStaff : encodeForClass(event);
    for (const member of room.students) {
      if (noted.size === 0 || !noted.has(member.actor.userId)) push(room, member, event, text);
    }
    for (const studentId of noted) {
      toStudent(room, event, studentId, () => encodeForClassmate(event, studentId));
    }
  }

  function deliverMarks(room: Room, event: MarkedEvent): void {
    const forStaff = textOf(event);
    toStaff(room, event, forStaff);
    if (room.students.size === 0) return;
    if (event.visibility === "class") return deliverToClass(room, event, forStaff);
    const ownText = (mark: LiveMark) => () => event.bulk ? encodeOwn(event, mark) : forStaff;
    for (const mark of event.marks) toStudent(room, event, mark.studentId, ownText(mark));
  }

  return {
    forget,
    deliver(event) {
      const room = roomOf(event.classId);
      if (!room) return;
      if (event.type === "marked") {
        deliverMarks(room, event);
        throttleOf(event.classId).offer(event);
        return;
      }
      if (event.type === "roster") return throttleOf(event.classId).offer(event);
      if (event.type === "summary") throttles.get(event.classId)?.drop();
      else forget(event.classId);
      const text = textOf(event);
      toStaff(room, event, text);
      for (const member of room.students) push(room, member, event, text);
    },
    answer(asker, event, id) {
      const text = textOf(event);
      const reply = withId(text, id);
      const hold = roomOf(event.classId)?.holds.get(asker);
      const held = hold?.frames.findLast((frame) => frame.text === text);
      if (held) Object.assign(held, { text: reply, reply: true });
      else if (!asker.outbox.replace(text, reply)) asker.outbox.push(reply);
    },
  };
}
