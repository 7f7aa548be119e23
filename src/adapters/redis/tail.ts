/** Copies what happened in a class's session to the journal. */
import { z } from "zod";
import type { JournalOutcome, JournalStore } from "../../sessions/journal.ts";
import { parseStream } from "./codec.ts";
import type { Run } from "./runner.ts";
import type { Unsaved } from "./unsaved.ts";

/** Events in one reading and in one writing. */
const PAGE = 100;
/** Characters after which a page takes no more; a bulk mark alone can be megabytes. */
const PAGE_CHARACTERS = 2 * 1024 * 1024;

const tailReply = z.tuple([z.string(), z.string(), z.string(), z.string(), z.unknown()]).nullable();
const heading = z.object({ type: z.string(), place: z.number(), seq: z.number() });

/** What only tells counts changes nothing. */
const isKept = ({ type }: { type: string }): boolean => type === "started" || type === "marked";

/** As many as the database takes at once. */
export function* pages<T extends { readonly payload: string }>(all: readonly T[]): Generator<T[]> {
  let page: T[] = [];
  let characters = 0;
  for (const one of all) {
    page.push(one);
    characters += one.payload.length;
    if (page.length < PAGE && characters < PAGE_CHARACTERS) continue;
    yield page;
    page = [];
    characters = 0;
  }
  if (page.length > 0) yield page;
}

export interface Copied {
  readonly sessionId: string;
  readonly epoch: number;
  readonly outcome: JournalOutcome;
}

/**
 * Appends what Redis has and the journal has not, tells Redis and, where something became durable,
 * the class's listeners. Null where no session is.
 * @throws AppError `live_unavailable`, `storage_unavailable`
 */
export async function copyTail(
  classId: number,
  { run, journal, unsaved }: { run: Run; journal: JournalStore; unsaved: Unsaved },
): Promise<Copied | null> {
  for (;;) {
    const reply = tailReply.parse(await run("tail", classId, PAGE, PAGE_CHARACTERS));
    if (!reply) return null;
    const [sessionId, epochText, before, told, stream] = reply;
    const epoch = Number(epochText);
    const events = parseStream(stream).map((payload) => (
      { payload, ...heading.parse(JSON.parse(payload)) }
    ));
    const last = events.at(-1)?.place ?? Number(before);
    const kept = events.filter(isKept);
    const session = { sessionId, classId, epoch };
    const outcome = kept.length === 0 ? "stored" : await journal.append(session, kept);
    if (outcome !== "stored") return { sessionId, epoch, outcome };
    unsaved.drop(
      unsaved.of(classId).filter((change) =>
        change.sessionId === sessionId && change.epoch === epoch && change.place <= last
      ),
    );
    if (last > Number(before)) {
      await run("journalled", classId, sessionId, epoch, last, kept.at(-1)?.seq ?? "");
    }
    if (events.length === 0 || last >= Number(told)) return { sessionId, epoch, outcome };
  }
}
