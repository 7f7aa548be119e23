/**
 * Writes what scripts stored to the journal before anyone hears of it: of one session many changes
 * in one commit and in order, several sessions side by side. While an append of a session is under
 * way the next changes gather.
 */
import { AppError } from "../../kernel/errors.ts";
import type { JournalSession, JournalStore } from "../../sessions/journal.ts";
import type { Entry, Position, Stored } from "./codec.ts";

/** Events in one append, and characters after which it takes no more; one bulk mark can be megabytes. */
const PAGE = 1_000;
const PAGE_CHARACTERS = 2 * 1024 * 1024;

/** Asking for counts changes nothing, and the class list is the database's own. */
const isKept = ({ event }: Entry): boolean => event.type !== "summary" && event.type !== "roster";

interface Waiter {
  readonly offset: number;
  resolve(): void;
  reject(error: AppError): void;
}

/** What is under way of one session in one epoch. */
interface Desk {
  readonly session: JournalSession;
  /** Up to this offset the journal has everything. */
  journalled: number;
  /** Up to this offset it is to have everything. */
  wanted: number;
  /** What this instance stored, by offset; what others stored is read from the stream. */
  readonly own: Map<number, Entry>;
  readonly waiting: Set<Waiter>;
  working: Promise<void> | null;
  /** The last append failed: what is stored in Redis must be journalled before more is stored there. */
  failed: boolean;
}

export interface Writer {
  /** Resolves when the event is in the journal and was delivered here, in the turn of its delivery. */
  write(stored: Stored): Promise<void>;
  /** Resolves when the journal has everything up to a position, whoever stored it. */
  upTo(session: Omit<JournalSession, "epoch">, at: Position, journalled: number): Promise<void>;
  /** Null, or what a change of the class must wait for: it rejects while the database is away. */
  blocked(classId: number): Promise<void> | null;
  /** An event was delivered here, by whatever way it came: it is in the journal. */
  delivered(classId: number, at: Position): void;
  /** Refuses what waits. */
  end(): void;
}

const unknown = (cause?: unknown) =>
  new AppError("live_unavailable", {
    detail: "The database did not answer in time: the change may or may not be stored",
    cause,
  });

/**
 * @param read the stream between two offsets of an epoch, both included
 * @param deliver hands events on here, in order; see `Orderer.own`
 * @param release tells Redis, and through it the other instances, up to where the journal is
 * @param outdated the epoch takes nothing more: the session must be looked after
 */
export function createWriter(
  { journal, read, deliver, release, outdated }: {
    journal: Pick<JournalStore, "append">;
    read: (session: JournalSession, from: number, to: number) => Promise<readonly Entry[]>;
    deliver: (classId: number, entries: readonly Entry[]) => Promise<void>;
    release: (session: JournalSession, offset: number) => void;
    outdated: (session: JournalSession) => void;
  },
): Writer {
  const desks = new Map<number, Desk>();

  function deskOf(session: JournalSession, journalled: number): Desk {
    const known = desks.get(session.classId);
    if (known?.session.epoch === session.epoch) {
      // What is under way must be delivered too.
      if (!known.working && !known.failed) {
        known.journalled = Math.max(known.journalled, journalled);
      }
      return known;
    }
    const made: Desk = {
      session,
      journalled,
      wanted: journalled,
      own: new Map(),
      waiting: new Set(),
      working: null,
      failed: false,
    };
    if (!known || known.session.epoch < session.epoch) desks.set(session.classId, made);
    return made;
  }

  /** What comes next, in order and without a gap. */
  async function pageOf({ session, journalled, wanted, own }: Desk): Promise<Entry[]> {
    const last = Math.min(wanted, journalled + PAGE);
    let missing = journalled + 1;
    while (missing <= last && own.has(missing)) missing++;
    if (missing <= last) {
      for (const entry of await read(session, missing, last)) {
        if (!own.has(entry.at.offset)) own.set(entry.at.offset, entry);
      }
    }
    const page: Entry[] = [];
    let characters = 0;
    for (let offset = journalled + 1; offset <= last && characters < PAGE_CHARACTERS; offset++) {
      const entry = own.get(offset);
      if (!entry) break;
      page.push(entry);
      characters += entry.payload.length;
    }
    return page;
  }

  function settle(desk: Desk, offset: number): void {
    for (const waiter of desk.waiting) {
      if (waiter.offset > offset) continue;
      desk.waiting.delete(waiter);
      waiter.resolve();
    }
  }

  /** @returns false where the epoch takes nothing more */
  async function append(desk: Desk): Promise<boolean> {
    const page = await pageOf(desk);
    const last = page.at(-1);
    // What the stream has not kept is lost with the session's epoch.
    if (!last) return false;
    const kept = page.filter(isKept).map(({ at, payload }) => ({ offset: at.offset, payload }));
    const outcome = kept.length === 0 ? "stored" : await journal.append(desk.session, kept);
    if (outcome === "outdated") return false;
    const { offset } = last.at;
    desk.journalled = Math.max(desk.journalled, offset);
    for (const { at } of page) desk.own.delete(at.offset);
    // Each event's waiter is resolved as it is delivered; what nobody here listens to, after it.
    void deliver(desk.session.classId, page).then(() => settle(desk, offset));
    release(desk.session, offset);
    return true;
  }

  function fail(desk: Desk, error: AppError): void {
    desk.own.clear();
    for (const waiter of desk.waiting) waiter.reject(error);
    desk.waiting.clear();
  }

  async function work(desk: Desk): Promise<void> {
    const { classId } = desk.session;
    try {
      while (desk.wanted > desk.journalled) {
        // The changes of one answer go together.
        await Promise.resolve();
        // Meanwhile another instance may have journalled it all.
        if (desk.wanted <= desk.journalled || await append(desk)) continue;
        if (desks.get(classId) === desk) desks.delete(classId);
        outdated(desk.session);
        fail(desk, unknown());
        break;
      }
      desk.failed = false;
    } catch (error) {
      desk.failed = true;
      fail(desk, unknown(error));
    } finally {
      desk.working = null;
    }
  }

  function begin(desk: Desk): Promise<void> {
    return desk.working ??= work(desk);
  }

  function wait(desk: Desk, offset: number): Promise<void> {
    // Another instance may have been faster.
    if (desk.journalled >= offset) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    desk.waiting.add({ offset, resolve, reject });
    desk.wanted = Math.max(desk.wanted, offset);
    void begin(desk);
    return promise;
  }

  return {
    write(stored) {
      const { at, event: { classId, sessionId }, journalled } = stored;
      const desk = deskOf({ classId, sessionId, epoch: at.epoch }, journalled);
      desk.own.set(at.offset, stored);
      return wait(desk, at.offset);
    },
    async upTo({ classId, sessionId }, at, journalled) {
      if (journalled >= at.offset) return;
      await wait(deskOf({ classId, sessionId, epoch: at.epoch }, journalled), at.offset);
    },
    blocked(classId) {
      const desk = desks.get(classId);
      if (!desk?.failed) return null;
      return begin(desk).then(() => {
        if (desk.failed) throw new AppError("live_unavailable");
      });
    },
    delivered(classId, at) {
      const desk = desks.get(classId);
      if (desk?.session.epoch !== at.epoch) return;
      desk.journalled = Math.max(desk.journalled, at.offset);
      settle(desk, at.offset);
    },
    end() {
      for (const desk of desks.values()) fail(desk, unknown());
    },
  };
}
