/** A session out of its events. Pure. */
import { z } from "zod";
import { countStatuses, type Status, status } from "../../kernel/status.ts";
import { type MarkVisibility, markVisibility } from "../../classes/visibility.ts";

/** What of an event matters here; the rest is kept as it is. */
const event = z.looseObject({ type: z.string(), seq: z.number() });
const started = event.extend({
  session: z.object({ classId: z.number() }),
  visibility: markVisibility,
});
const marked = event.extend({
  marks: z.array(z.looseObject({ studentId: z.number(), status })),
});

const times = z.object({ marks: z.array(z.object({ markedAt: z.string() })) });

/** Whether a payload is the beginning of its session. */
export const isStart = (payload: string): boolean =>
  event.parse(JSON.parse(payload)).type === "started";

/**
 * A start for a session whose own is lost with the instance that knew it: since when is guessed from
 * the first mark, and by whom from the class. Null where there is no mark.
 */
export function makeUpStart(
  payloads: readonly string[],
  { classId, sessionId, epoch }: { classId: number; sessionId: string; epoch: number },
  { teacherId, markVisibility }: { teacherId: number; markVisibility: MarkVisibility },
): string | null {
  const [startedAt] = payloads
    .map((payload) => times.safeParse(JSON.parse(payload)))
    .flatMap(({ data }) => data?.marks ?? [])
    .map(({ markedAt }) => markedAt)
    .toSorted();
  if (startedAt === undefined) return null;
  return JSON.stringify({
    ...{ type: "started", classId, sessionId, epoch, place: 0, seq: 1 },
    session: { classId, sessionId, startedAt, startedBy: teacherId, title: null },
    visibility: markVisibility,
    summary: { ...countStatuses([]), total: 0, enrolled: 0 },
  });
}

export interface Rebuilt {
  /** The session's parts that never change, as JSON. */
  readonly json: string;
  readonly visibility: MarkVisibility;
  readonly seq: number;
  readonly counts: Readonly<Record<Status, number>>;
  /** Student → "status json". */
  readonly marks: ReadonlyMap<number, string>;
  /** The same events, in places of their own in the new epoch. */
  readonly events: readonly string[];
}

/**
 * @param payloads of one session in the order in which they happened; some may be missing
 * @returns null where even the start is missing
 */
export function rebuild(payloads: readonly string[], epoch: number): Rebuilt | null {
  const marks = new Map<number, { status: Status; json: string }>();
  const events: string[] = [];
  let json: string | null = null;
  let visibility: MarkVisibility = "staff";
  let seq = 0;

  const keep = (kept: object) =>
    events.push(JSON.stringify({ ...kept, epoch, place: events.length + 1, origin: undefined }));

  for (const payload of payloads) {
    const { type, ...raw } = event.parse(JSON.parse(payload));
    seq = Math.max(seq, raw.seq);
    if (type === "started") {
      const start = started.parse({ type, ...raw });
      json = JSON.stringify(raw["session"]);
      visibility = start.visibility;
      keep({ type, ...raw });
    } else if (type === "marked") {
      const change = marked.parse({ type, ...raw });
      // Anew: an event in between may be missing.
      const from = change.marks.map(({ studentId }) => marks.get(studentId)?.status ?? null);
      for (const mark of change.marks) {
        marks.set(mark.studentId, { status: mark.status, json: JSON.stringify(mark) });
      }
      keep({ ...change, from });
    }
  }
  if (json === null) return null;
  return {
    json,
    visibility,
    seq,
    counts: countStatuses([...marks.values()].map((mark) => mark.status)),
    marks: new Map([...marks].map(([id, mark]) => [id, `${mark.status} ${mark.json}`])),
    events,
  };
}
