/** What can be known, from when things were asked and answered, of what held in between. */
import { z } from "zod";
import type { Deed, Play } from "./play.ts";
import { ENROLLED_AT_FIRST } from "./steps.ts";

const ofSession = z.object({ sessionId: z.string() });

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A session that was started, with the moments between which it began and ended. */
export interface KnownSession {
  readonly sessionId: string;
  readonly began: Span;
  readonly ended: Span;
  readonly outcome: "done" | "cancelled";
}

const succeeded = ({ outcome }: Deed): boolean => "ok" in outcome;

/** Every session of a play, whose last deed is to close what is still open. */
export function sessionsOf({ deeds }: Play): KnownSession[] {
  const of = (verb: string) => deeds.filter((deed) => deed.step.verb === verb && succeeded(deed));
  const idOf = ({ outcome }: Deed) => ofSession.parse("ok" in outcome && outcome.ok).sessionId;
  const cancels = of("cancel");
  return of("start").map((began) => {
    const sessionId = idOf(began);
    const done = of("done").find((deed) => idOf(deed) === sessionId);
    if (done) return { sessionId, began, ended: done, outcome: "done" };
    // A cancellation does not say which session it ended: any of them may have been it.
    const possible = cancels.filter(({ to }) => to > began.from);
    return {
      sessionId,
      began,
      ended: {
        from: Math.min(...possible.map(({ from }) => from)),
        to: Math.max(...possible.map(({ to }) => to)),
      },
      outcome: "cancelled",
    };
  });
}

export const surelyOpen = (sessions: readonly KnownSession[], { from, to }: Span): boolean =>
  sessions.some(({ began, ended }) => began.to < from && ended.from > to);

export const surelyClosed = (sessions: readonly KnownSession[], { from, to }: Span): boolean =>
  sessions.every(({ began, ended }) => ended.to < from || began.from > to);

/** Whether a student was on the class list: the answers that were true at some time in the span. */
export function enrolledDuring(
  { deeds }: Play,
  student: number,
  { from, to }: Span,
): ReadonlySet<boolean> {
  let enrolled = ENROLLED_AT_FIRST.includes(student);
  const possible = new Set<boolean>();
  let last = enrolled;
  for (const { step, from: asked, to: answered } of deeds) {
    if ((step.verb !== "enrol" && step.verb !== "unenrol") || step.student !== student) continue;
    if (asked > to) break;
    last = step.verb === "enrol";
    if (answered < from) enrolled = last;
    else possible.add(last);
  }
  return possible.add(enrolled);
}
