/** Between what the scripts store and the port's types. */
import { z } from "zod";
import { markVisibility } from "../../classes/visibility.ts";
import { SOURCES, status } from "../../kernel/status.ts";
import type {
  ClosingSession,
  LiveChange,
  LiveMark,
  LiveSession,
  StartInput,
} from "../../sessions/live_store.ts";
import type { PlacedEvent } from "./orderer.ts";

/** The parts of a session that never change, as JSON without `state`, `seq` and visibility. */
export function sessionJson(input: StartInput): string {
  const { classId, sessionId, startedAt, startedBy, title } = input;
  return JSON.stringify({ classId, sessionId, startedAt, startedBy, title });
}

const fixedParts = z.object({
  classId: z.number(),
  sessionId: z.string(),
  startedAt: z.string(),
  startedBy: z.number(),
  title: z.string().nullable(),
});

const storedMark = z.object({
  studentId: z.number(),
  status,
  note: z.string().nullable(),
  markedBy: z.number(),
  markedAt: z.string(),
  seq: z.number(),
});

/** A mark as JSON up to its `seq`, which the script adds. */
export function markJson(mark: Omit<LiveMark, "seq">): string {
  const { studentId, status, note, markedBy, markedAt } = mark;
  return JSON.stringify({ studentId, status, note, markedBy, markedAt }).slice(0, -1);
}

/** Empty where nobody waits for the event. */
export const originJson = (origin: unknown): string =>
  origin === undefined ? "" : JSON.stringify(origin);

/** `present {"studentId":…}` → the mark. */
export const parseMark = (stored: string): LiveMark =>
  storedMark.parse(JSON.parse(stored.slice(stored.indexOf(" ") + 1)));

const flatHash = z.array(z.string());

/** HGETALL's flat list → fields; null for a key that is not there. */
export function parseHash(reply: unknown): Map<string, string> | null {
  const flat = flatHash.parse(reply);
  if (flat.length === 0) return null;
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? "", flat[i + 1] ?? "");
  return fields;
}

const need = (fields: Map<string, string>, name: string): string => {
  const value = fields.get(name);
  if (value === undefined) throw new Error(`Redis holds a session without ${name}`);
  return value;
};

export const parseSession = (fields: Map<string, string>): LiveSession => ({
  ...fixedParts.parse(JSON.parse(need(fields, "json"))),
  markVisibility: markVisibility.parse(need(fields, "vis")),
  seq: Number(need(fields, "seq")),
  state: need(fields, "state") === "open" ? "open" : "closing",
});

/** Every change up to this `seq` is in the journal. */
export const parseDurable = (fields: Map<string, string>): number =>
  Number(fields.get("durable") ?? 0);

export const parseSummary = (fields: Map<string, string>) => {
  const count = (name: string) => Number(need(fields, name));
  const [present, absent, late, excused] = ["present", "absent", "late", "excused"].map(count) as [
    number,
    number,
    number,
    number,
  ];
  const total = present + absent + late + excused;
  return { present, absent, late, excused, total, enrolled: count("enrolled") };
};

/** An event as the scripts wrote it. Written by this service alone, so its form is trusted. */
export function parseEvent(payload: string): PlacedEvent {
  const { epoch, place, from: _, source: __, visibility, session, ...rest } = JSON.parse(payload);
  return {
    at: { epoch, place },
    event: session
      ? {
        ...rest,
        session: { ...session, markVisibility: visibility, seq: rest.seq, state: "open" },
      }
      : visibility
      ? { ...rest, visibility, durable: false }
      : rest,
  };
}

const streamEntries = z.array(z.tuple([z.string(), z.array(z.string())]));

/** XRANGE's reply → the payloads. */
export const parseStream = (reply: unknown): string[] =>
  streamEntries.parse(reply).map(([, fields]) => fields[1] ?? "{}");

const trailStep = z.object({
  type: z.literal("marked"),
  seq: z.number(),
  source: z.enum(SOURCES),
  marks: z.array(storedMark),
  from: z.array(status.nullable()),
});

function changesOf(payload: string): LiveChange[] {
  const raw = JSON.parse(payload);
  if (raw.type !== "marked") return [];
  const { seq, source, marks, from } = trailStep.parse(raw);
  return marks.map((mark, i) => ({
    studentId: mark.studentId,
    from: from[i] ?? null,
    to: mark.status,
    by: mark.markedBy,
    at: mark.markedAt,
    source,
    seq,
  }));
}

const replayable = z.object({
  type: z.literal("marked"),
  sessionId: z.string(),
  bulk: z.boolean(),
  source: z.enum(SOURCES),
  marks: z.array(storedMark),
});

/** A mark as arguments of REPLAY; null for other events. */
export function replayArgs(payload: string): (string | number)[] | null {
  const { success, data } = replayable.safeParse(JSON.parse(payload));
  if (!success) return null;
  const { sessionId, bulk, source, marks } = data;
  const each = marks.flatMap((mark) => [mark.studentId, mark.status, markJson(mark)]);
  return [bulk ? 1 : 0, source, sessionId, ...each];
}

const closingReply = z.tuple([z.unknown(), z.array(z.string()), z.array(z.string()), z.unknown()]);

export function parseClosing(reply: unknown): ClosingSession {
  const [hash, roster, marks, events] = closingReply.parse(reply);
  const fields = parseHash(hash);
  if (!fields) throw new Error("Redis lost the session while it was being closed");
  return {
    session: parseSession(fields),
    outcome: need(fields, "outcome") === "done" ? "done" : "cancelled",
    closedBy: Number(need(fields, "closedBy")),
    closedAt: need(fields, "closedAt"),
    roster: roster.map(Number),
    marks: marks.map(parseMark),
    changes: parseStream(events).flatMap(changesOf),
    epoch: Number(need(fields, "epoch")),
  };
}
