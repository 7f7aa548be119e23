/** Every frame the service sends. */
import { z } from "zod";
import { markVisibility } from "../../classes/visibility.ts";
import { status } from "../../kernel/status.ts";
import {
  doneView,
  liveMarkView,
  marksView,
  sessionStartedView,
  snapshotView,
  summaryView,
} from "../../sessions/views.ts";
import { role } from "../../kernel/actor.ts";

const time = z.iso.datetime();
const userId = z.string().meta({ description: "The user's id in decimal digits" });
const ofSession = liveMarkView.pick({ seq: true }).extend({
  classId: z.string(),
  sessionId: z.uuid(),
});

export interface ServerFrameSpec {
  readonly summary: string;
  /** Who gets it. */
  readonly to: string;
  readonly data: z.ZodType;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

const SESSION = { classId: "7", sessionId: "0b5f6c1e-6a0e-4f4b-9a51-6d2a2f1f7c11" };
const MARK = {
  studentId: "42",
  status: "late",
  note: "Bus was late",
  markedBy: "3",
  markedAt: "2026-11-22T08:04:11.120Z",
};
const COUNTS = { present: 20, absent: 2, late: 1, excused: 0 };

export const SERVER_FRAMES = {
  CONNECTED: {
    summary: "The first frame: the socket is signed in and in its rooms",
    to: "the connecting client",
    data: z.object({
      message: z.literal("WebSocket connection established"),
      userId,
      role,
      serverTime: time,
      expiresAt: time.meta({ description: "When the token runs out" }),
    }),
    examples: [{
      message: "WebSocket connection established",
      userId: "3",
      role: "TEACHER",
      serverTime: "2026-11-22T08:00:00.000Z",
      expiresAt: "2026-11-22T08:30:00.000Z",
    }],
  },
  AUTHENTICATED: {
    summary: "The token of an AUTH frame was taken",
    to: "the asker",
    data: z.object({ userId, role, expiresAt: time }),
    examples: [{ userId: "3", role: "TEACHER", expiresAt: "2026-11-22T09:00:00.000Z" }],
  },
  SESSION_STARTED: {
    summary: "A session was started",
    to: "the room",
    data: sessionStartedView.extend({ markVisibility }),
    examples: [{
      ...SESSION,
      startedAt: "2026-11-22T08:00:30.000Z",
      title: null,
      markVisibility: "staff",
      seq: 1,
    }],
  },
  ATTENDANCE_MARKED: {
    summary: "Marks were stored",
    to: "staff in the room and the marked student; the whole room where the class shows marks to " +
      "everyone. `note` is null for others than staff and the marked student",
    data: z.union([liveMarkView.extend(ofSession.shape), marksView]),
    examples: [
      { ...SESSION, ...MARK, seq: 24 },
      { ...SESSION, marks: [{ ...MARK, note: null }], seq: 25 },
    ],
  },
  TODAY_SUMMARY: {
    summary: "The counts of the running session",
    to:
      "the room, on request; staff also by themselves at most 4 times a second while marks arrive",
    data: summaryView.extend(ofSession.shape),
    examples: [{ ...SESSION, ...COUNTS, total: 23, enrolled: 30, seq: 24 }],
  },
  MY_ATTENDANCE: {
    summary: "The asker's own status",
    to: "the asker",
    data: z.object({
      classId: z.string(),
      status: z.union([status, z.literal("not yet updated")]).meta({
        description: '"not yet updated" where there is no mark or no session',
      }),
    }),
    examples: [{ classId: "7", status: "not yet updated" }],
  },
  DONE: {
    summary: "The session ended and is saved",
    to: "the room",
    data: doneView,
    examples: [{
      ...SESSION,
      message: "Attendance persisted",
      ...COUNTS,
      absent: 9,
      total: 30,
      seq: 26,
    }],
  },
  SESSION_CANCELLED: {
    summary: "The session was thrown away; nothing of it is kept",
    to: "the room",
    data: ofSession,
    examples: [{ ...SESSION, seq: 26 }],
  },
  SNAPSHOT: {
    summary: "What the receiver may see of the class right now",
    to: "the asker; every socket of the room after the service may have missed something",
    data: snapshotView,
    examples: [{
      classId: SESSION.classId,
      session: {
        sessionId: SESSION.sessionId,
        startedAt: "2026-11-22T08:00:30.000Z",
        startedBy: "3",
        title: null,
        markVisibility: "staff",
      },
      marks: [{ ...MARK, seq: 24 }],
      summary: { ...COUNTS, total: 23, enrolled: 30 },
      seq: 25,
      markVisibility: "staff",
    }],
  },
  PONG: {
    summary: "The service is there",
    to: "the asker",
    data: z.object({ serverTime: time }),
    examples: [{ serverTime: "2026-11-22T08:00:00.000Z" }],
  },
  ERROR: {
    summary: "A frame was refused, or the token is about to expire",
    to: "the asker",
    data: z.object({
      message: z.string().meta({ description: "For people; texts in the table are stable" }),
      code: z.string().meta({ description: "Stable and machine-readable, the same as over HTTP" }),
      event: z.string().optional().meta({ description: "The event of the refused frame" }),
      errors: z.array(z.object({ path: z.string(), message: z.string() })).optional().meta({
        description: "The wrong fields of a bad frame",
      }),
    }),
    examples: [{
      message: "No active attendance session for this class",
      code: "no_active_session",
      event: "ATTENDANCE_MARKED",
    }],
  },
} as const satisfies Record<string, ServerFrameSpec>;

export type ServerEvent = keyof typeof SERVER_FRAMES;

/** What an encoder of this event must be given. */
export type ServerData<E extends ServerEvent> = z.input<(typeof SERVER_FRAMES)[E]["data"]>;
