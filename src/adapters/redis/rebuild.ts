/** A session out of its journal. Pure. */
import type { MarkVisibility } from "../../classes/visibility.ts";
import { type Counts, countStatuses, type Status } from "../../kernel/status.ts";
import { type Close, parseFacts } from "./codec.ts";

export interface Rebuilt {
  /** The session's parts that never change, as JSON. */
  readonly json: string;
  readonly visibility: MarkVisibility;
  readonly close: Close | null;
  readonly seq: number;
  readonly counts: Counts;
  /** Student → "status json". */
  readonly marks: ReadonlyMap<number, string>;
}

/**
 * @param payloads of one session in the order in which they happened
 * @returns null where the start is missing
 */
export function rebuild(payloads: readonly string[]): Rebuilt | null {
  const marks = new Map<number, { readonly status: Status; readonly json: string }>();
  let json: string | null = null;
  let visibility: MarkVisibility = "staff";
  let close: Close | null = null;
  let seq = 0;
  for (const facts of payloads.map(parseFacts)) {
    seq = facts.seq;
    if (facts.session) json = JSON.stringify(facts.session);
    if (facts.visibility) visibility = facts.visibility;
    if (facts.close) close = facts.close;
    for (const mark of facts.marks ?? []) {
      const { studentId, status } = mark;
      if (status === "unmarked") marks.delete(studentId);
      else marks.set(studentId, { status, json: JSON.stringify(mark) });
    }
  }
  if (json === null) return null;
  return {
    json,
    visibility,
    close,
    seq,
    counts: countStatuses([...marks.values()].map(({ status }) => status)),
    marks: new Map([...marks].map(([id, { status, json }]) => [id, `${status} ${json}`])),
  };
}
