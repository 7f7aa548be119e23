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

/** The sockets have one and the same stream, without gap, repetition or disorder. */
export function assertSameStream(
  sockets: readonly SocketClient[],
  sessionId: string,
  last: number,
): void {
  const [first, ...others] = sockets.map((socket) => changesOf(socket, sessionId));
  assertEquals(first?.map(({ data }) => data.seq), upTo(last));
  for (const other of others) assertEquals(other, first);
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
