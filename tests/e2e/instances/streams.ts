/** What the sockets of one class were sent of one session, whichever instance they are on. */
import { assertEquals } from "@std/assert";
import type { Frame, SocketClient } from "../../support/socket.ts";

const CHANGES = ["SESSION_STARTED", "ATTENDANCE_MARKED", "DONE", "SESSION_CANCELLED"];

/** Of a session's changes, those that the socket was told of, as they came. */
export const changesOf = (socket: SocketClient, sessionId: string): Frame[] =>
  socket.frames.filter(({ event, data }) => CHANGES.includes(event) && data.sessionId === sessionId)
    .map(({ event, data }) => ({ event, data }));

export const seqsOf = (socket: SocketClient, sessionId: string): number[] =>
  changesOf(socket, sessionId).map(({ data }) => data.seq);

/** 1, 2, … `last`. */
export const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

/** Up to which change of the session a snapshot told the socket of it; 0 without one. */
const coveredOf = (socket: SocketClient, sessionId: string): number =>
  socket.frames
    .filter(({ event, data }) => event === "SNAPSHOT" && data.session?.sessionId === sessionId)
    .reduce((covered, { data }) => Math.max(covered, data.seq), 0);

/**
 * The sockets have one and the same stream, without gap, repetition or disorder; a snapshot may stand
 * for its beginning, for example where a line to Redis broke.
 */
export function assertSameStream(
  sockets: readonly SocketClient[],
  sessionId: string,
  last: number,
): void {
  const streams = sockets.map((socket) => changesOf(socket, sessionId));
  const whole = streams.find(({ length }) => length === last) ?? streams[0] ?? [];
  assertEquals(whole.map(({ data }) => data.seq), upTo(last));
  for (const [i, socket] of sockets.entries()) {
    const covered = coveredOf(socket, sessionId);
    const told = new Set(streams[i]?.map(({ data }) => data.seq));
    const expected = whole.filter(({ data }) => data.seq > covered || told.has(data.seq));
    assertEquals(streams[i], expected);
  }
}

/** What a student is told of the stream that staff see: the own marks, one by one, and the rest. */
export function toldTo(studentId: number, staff: SocketClient, sessionId: string): Frame[] {
  return changesOf(staff, sessionId).flatMap(({ event, data }) => {
    if (event !== "ATTENDANCE_MARKED") return [{ event, data }];
    const { marks = [data], ...rest } = data;
    return marks
      .filter((mark: { studentId: string }) => mark.studentId === `${studentId}`)
      .map((mark: object) => ({ event, data: { ...rest, ...mark } }));
  });
}
