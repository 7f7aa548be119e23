/**
 * Events kept back for a socket while its snapshot is read, so that they come after it, and only
 * those that are not in it.
 */
import type { ViewerSnapshot } from "../sessions/service.ts";
import type { LiveEvent } from "../sessions/live_store.ts";

export interface HeldFrame {
  readonly event: LiveEvent;
  text: string;
  /** Answers a frame of this very socket, so it is sent in any case. */
  reply: boolean;
}

export interface Hold {
  /** Snapshots being read. */
  depth: number;
  frames: HeldFrame[];
}

/** Whether an event of the snapshot's own session tells more than the snapshot. */
function isNews({ type, seq }: LiveEvent, snapshotSeq: number): boolean {
  switch (type) {
    // Asking for the counts and a change of the class list move no `seq`.
    case "summary":
    case "roster":
      return seq >= snapshotSeq;
    default:
      return seq > snapshotSeq;
  }
}

/** What is left to send after the snapshot, in order. */
export function afterSnapshot(
  held: readonly HeldFrame[],
  snapshot: Pick<ViewerSnapshot, "session" | "seq">,
): HeldFrame[] {
  const sessionId = snapshot.session?.sessionId;
  // Sessions of a class follow each other: what was held before the snapshot's one belongs to an
  // older session; without a session, only a start that came later is news.
  const from = held.findIndex(({ event }) =>
    sessionId === undefined ? event.type === "started" : event.sessionId === sessionId
  );
  return held.filter(({ event, reply }, index) =>
    reply ||
    (from !== -1 && index >= from &&
      (event.sessionId !== sessionId || isNews(event, snapshot.seq)))
  );
}
