/** Frames as text. An event is encoded once per audience, and all its receivers share the string. */
import type { AppError } from "../kernel/errors.ts";
import type { LiveEvent, LiveMark } from "../sessions/live_store.ts";
import { idOrNull, toDone, toMarks, toSessionStarted } from "../sessions/views.ts";
import type { MarkedEvent } from "../sessions/service.ts";
import type { Actor } from "../kernel/actor.ts";
import type { FrameId } from "./protocol/client_frames.ts";
import type { ServerData, ServerEvent } from "./protocol/server_frames.ts";

export function encode<E extends ServerEvent>(event: E, data: ServerData<E>): string {
  return `{"event":"${event}","data":${JSON.stringify(data)}}`;
}

/** The same frame with the `id` of the frame it answers, if that had one. */
export const withId = (frame: string, id: FrameId | null): string =>
  id === null ? frame : `${frame.slice(0, -1)},"id":${JSON.stringify(id)}}`;

export const encodeAuthenticated = ({ userId, role }: Actor, expiresAtMs: number): string =>
  encode("AUTHENTICATED", {
    userId: `${userId}`,
    role,
    expiresAt: new Date(expiresAtMs).toISOString(),
  });

/** @param event the event of the refused frame, where known */
export const encodeError = (error: AppError, event: string | null): string =>
  encode("ERROR", {
    message: error.message,
    code: error.code,
    ...(event === null ? {} : { event }),
    ...(error.errors ? { errors: error.errors.map((field) => ({ ...field })) } : {}),
  });

const ofSession = ({ classId, sessionId, seq }: LiveEvent) => ({
  classId: `${classId}`,
  sessionId,
  seq,
});

const withoutNote = (mark: LiveMark): LiveMark =>
  mark.note === null ? mark : { ...mark, note: null };

function encodeMarks(event: MarkedEvent, marks: readonly LiveMark[], bulk: boolean): string {
  const [mark] = marks;
  if (bulk || !mark) return encode("ATTENDANCE_MARKED", toMarks({ ...event, marks }));
  return encode("ATTENDANCE_MARKED", {
    ...ofSession(event),
    studentId: `${mark.studentId}`,
    status: mark.status,
    note: mark.note,
    markedBy: idOrNull(mark.markedBy),
    markedAt: mark.markedAt,
  });
}

/** All marks with their notes. */
export const encodeForStaff = (event: MarkedEvent): string =>
  encodeMarks(event, event.marks, event.bulk);

/** All marks without notes. */
export const encodeForClass = (event: MarkedEvent): string =>
  encodeMarks(event, event.marks.map(withoutNote), event.bulk);

/** All marks, with the note of one student only. */
export const encodeForClassmate = (event: MarkedEvent, studentId: number): string =>
  encodeMarks(
    event,
    event.marks.map((mark) => mark.studentId === studentId ? mark : withoutNote(mark)),
    event.bulk,
  );

/** One student's mark alone, never as a list: a list would be of nobody else's. */
export const encodeOwn = (event: MarkedEvent, mark: LiveMark): string =>
  encodeMarks(event, [mark], false);

/** Events that everyone who gets them sees alike. */
export function encodeEvent(event: Exclude<LiveEvent, { type: "marked" }>): string {
  switch (event.type) {
    case "started":
      return encode("SESSION_STARTED", {
        ...toSessionStarted(event.session),
        markVisibility: event.session.markVisibility,
      });
    case "summary":
    case "roster":
      return encodeSummary(event);
    case "done":
      return encode("DONE", toDone(event));
    case "cancelled":
      return encode("SESSION_CANCELLED", ofSession(event));
  }
}

/** The counts right after an event that carries them. */
export const encodeSummary = (
  event: Extract<LiveEvent, { type: "marked" | "summary" | "roster" }>,
): string => encode("TODAY_SUMMARY", { ...ofSession(event), ...event.summary });
