/** Every frame a client may send: who may, what it holds, and the texts of its refusals. */
import { z } from "zod";
import { markInput, marksInput } from "../../sessions/schema.ts";
import type { Access } from "../../kernel/access.ts";
import { idInput } from "../../kernel/ids.ts";
import type { ServerEvent } from "./server_frames.ts";

/** Bytes of one frame, as UTF-8. */
export const MAX_FRAME_BYTES = 64 * 1024;

/** How a client names a frame, to find its answer. */
export const frameId = z.union([z.string().max(256), z.number()]).meta({
  description: "Made up by the client: exactly one frame answering this one carries the same `id`",
});
export type FrameId = z.infer<typeof frameId>;

export const ofClass = z.object({ classId: idInput });

export const oneMark = markInput.extend({ classId: idInput });
export const manyMarks = z.object({ classId: idInput, marks: marksInput });
export const authData = z.object({
  token: z.string().min(1).meta({ description: "An access token (JWT)" }),
});

export interface ClientFrameSpec {
  readonly summary: string;
  readonly access: Access;
  /** Said to a role that may never send it. */
  readonly denied?: string;
  /** Fields that must be there, and what is said when one is not. */
  readonly required: readonly string[];
  readonly missing?: string;
  readonly data: z.ZodType;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
  /** What the answer is where it is no ERROR. */
  readonly answer: ServerEvent;
}

const CLASS_ID_REQUIRED = { required: ["classId"], missing: "Class ID required" } as const;
const CLASS_EXAMPLE = [{ classId: "7" }];

export const CLIENT_FRAMES = {
  ATTENDANCE_MARKED: {
    summary: "Mark one student, or many at once (all or none)",
    access: "class_staff",
    denied: "Only teachers can mark attendance",
    required: ["classId", "studentId", "status"],
    missing: "Missing classId, studentId or status",
    data: z.union([oneMark, manyMarks]),
    examples: [
      { classId: "7", studentId: "42", status: "late", note: "Bus was late" },
      {
        classId: "7",
        marks: [{ studentId: "42", status: "present" }, { studentId: "43", status: "absent" }],
      },
    ],
    answer: "ATTENDANCE_MARKED",
  },
  TODAY_SUMMARY: {
    summary: "Send the counts to the whole room",
    access: "class_staff",
    denied: "Only teachers can request attendance summary",
    ...CLASS_ID_REQUIRED,
    data: ofClass,
    examples: CLASS_EXAMPLE,
    answer: "TODAY_SUMMARY",
  },
  MY_ATTENDANCE: {
    summary: "Ask for the own status in the running session",
    access: "class_student",
    denied: "Only students can request their own attendance",
    ...CLASS_ID_REQUIRED,
    data: ofClass,
    examples: CLASS_EXAMPLE,
    answer: "MY_ATTENDANCE",
  },
  DONE: {
    summary: "End the session: unmarked students become absent, everything is saved",
    access: "class_staff",
    denied: "Only teachers can end attendance session",
    ...CLASS_ID_REQUIRED,
    data: ofClass,
    examples: CLASS_EXAMPLE,
    answer: "DONE",
  },
  SUBSCRIBE: {
    summary: "Join the room of a class and get its present state",
    access: "class_member",
    ...CLASS_ID_REQUIRED,
    data: ofClass,
    examples: CLASS_EXAMPLE,
    answer: "SNAPSHOT",
  },
  AUTH: {
    summary: "Sign in with the first frame, or renew the connection's token",
    access: "anyone",
    required: ["token"],
    missing: "Missing token",
    data: authData,
    examples: [{ token: "eyJhbGciOiJIUzI1NiIs…" }],
    answer: "AUTHENTICATED",
  },
  PING: {
    summary: "Ask whether the service is there",
    access: "signed_in",
    required: [],
    data: z.object({}),
    examples: [{}],
    answer: "PONG",
  },
} as const satisfies Record<string, ClientFrameSpec>;

export type ClientEvent = keyof typeof CLIENT_FRAMES;

export const isClientEvent = (event: string): event is ClientEvent =>
  Object.hasOwn(CLIENT_FRAMES, event);
