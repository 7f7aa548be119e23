/** Between what the scripts store and the port's types. Written by this service alone, so trusted. */
import { z } from "zod";
import { type MarkVisibility, markVisibility } from "../../classes/visibility.ts";
import type { Status, Summary } from "../../kernel/status.ts";
import { changeOf, type StoredMark } from "../../sessions/live_change.ts";
import type {
  ClosingSession,
  LiveChange,
  LiveEvent,
  LiveMark,
  LiveSession,
  StartInput,
} from "../../sessions/live_store.ts";

/** Where an event stands: sessions of a class count up in `epoch`, events of a session in `offset`. */
export interface Position {
  readonly epoch: number;
  readonly offset: number;
}

export const isAfter = (a: Position, b: Position): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.offset > b.offset);

/** How a close began. */
export type Close = Pick<ClosingSession, "outcome" | "closedBy" | "closedAt">;

/** What the stream holds: what is told, and that a close has begun, which is told nobody. */
export type StoredEvent = LiveEvent | {
  readonly type: "closing";
  readonly classId: number;
  readonly sessionId: string;
  readonly seq: number;
  readonly close: Close;
};

/** An event in its place, and its text as the stream and the journal hold it. */
export interface Entry {
  readonly at: Position;
  readonly payload: string;
  readonly event: StoredEvent;
}

/** What a script made, and up to which offset the journal is known to be. */
export interface Stored extends Entry {
  readonly journalled: number;
}

export const idOf = ({ epoch, offset }: Position): string => `${epoch}-${offset}`;

export function parseId(id: string): Position {
  const [epoch, offset] = id.split("-");
  return { epoch: Number(epoch), offset: Number(offset) };
}

/** The parts of a session that never change. */
export function sessionJson({ roster: _, markVisibility: __, ...fixed }: StartInput): string {
  return JSON.stringify(fixed);
}

/** A mark as JSON up to its `seq`, which the script adds. */
export const markJson = (mark: Omit<LiveMark, "seq">): string => JSON.stringify(mark).slice(0, -1);

/** `present {"studentId":…}` → the mark. */
export const parseMark = (stored: string): LiveMark =>
  JSON.parse(stored.slice(stored.indexOf(" ") + 1));

function parseEvent(payload: string): StoredEvent {
  const { from: _, ...event } = JSON.parse(payload);
  if (event.type !== "started") return event;
  const { visibility, session, ...rest } = event;
  const { seq } = rest;
  return { ...rest, session: { ...session, markVisibility: visibility, seq, state: "open" } };
}

const entry = (at: Position, payload: string): Entry => (
  { at, payload, event: parseEvent(payload) }
);

const storedReply = z.tuple([z.string(), z.number(), z.number(), z.string()]);

function toStored([epoch, offset, journalled, payload]: z.infer<typeof storedReply>): Stored {
  return { ...entry({ epoch: Number(epoch), offset }, payload), journalled };
}

/** Null where the script had nothing to change. */
export const parseStored = (reply: unknown): Stored | null =>
  reply === null ? null : toStored(storedReply.parse(reply));

const changeReply = z.array(z.union([z.string(), storedReply]));

/** What became of each change: in its place, or refused with this error. */
export const parseChanges = (reply: unknown): (Stored | Error)[] =>
  changeReply.parse(reply).map((one) => typeof one === "string" ? new Error(one) : toStored(one));

const streamEntries = z.array(z.tuple([z.string(), z.array(z.string())]));

/** XRANGE's reply → the entries. */
export const parseStream = (reply: unknown): Entry[] =>
  streamEntries.parse(reply).map(([id, [, payload = "{}"]]) => entry(parseId(id), payload));

/**
 * What pub/sub brings: epoch and offset of the first event and which instance sent it, then an event
 * a line. Null for what this instance sent: it has handed that on itself.
 */
export function parseMessage(message: string, instance: string): Entry[] | null {
  const headEnd = message.indexOf("\n");
  const [epoch, first, by] = message.slice(0, headEnd).split(" ");
  if (by === instance) return null;
  return message.slice(headEnd + 1).split("\n").map((payload, i) =>
    entry({ epoch: Number(epoch), offset: Number(first) + i }, payload)
  );
}

const flatHash = z.array(z.string());

/** A session as its hash holds it. */
export interface Held {
  readonly session: LiveSession;
  readonly summary: Summary;
  /** Of its newest event. */
  readonly at: Position;
  readonly journalled: number;
  readonly close: Close | null;
}

/** HGETALL's flat list → the session; null for a key that is not there. */
export function parseHeld(reply: unknown): Held | null {
  const flat = flatHash.parse(reply);
  if (flat.length === 0) return null;
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? "", flat[i + 1] ?? "");
  const text = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw new Error(`Redis holds a session without ${name}`);
    return value;
  };
  const number = (name: string): number => Number(text(name));
  const close = fields.get("close");
  const counts = {
    present: number("present"),
    absent: number("absent"),
    late: number("late"),
    excused: number("excused"),
  };
  const total = counts.present + counts.absent + counts.late + counts.excused;
  return {
    session: {
      ...JSON.parse(text("json")),
      markVisibility: markVisibility.parse(text("vis")),
      seq: number("seq"),
      state: close === undefined ? "open" : "closing",
    },
    summary: { ...counts, total, enrolled: number("enrolled") },
    at: { epoch: number("epoch"), offset: number("told") },
    journalled: number("journalled"),
    close: close === undefined ? null : JSON.parse(close),
  };
}

/** The parts of an event out of which a session is built, and its trail. */
export interface Facts {
  readonly type: string;
  readonly seq: number;
  readonly session?: { readonly [name: string]: unknown };
  readonly visibility?: MarkVisibility;
  readonly marks?: readonly StoredMark[];
  /** The statuses before, one for each of `marks`. */
  readonly from?: readonly (Status | null)[];
  readonly close?: Close;
}

export const parseFacts = (payload: string): Facts => JSON.parse(payload);

/** Steps of the trail. */
export function changesOf(payload: string): LiveChange[] {
  const { marks = [], from = [] } = parseFacts(payload);
  return marks.map((mark, i) => changeOf(mark, from[i] ?? null));
}
