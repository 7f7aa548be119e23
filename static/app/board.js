/** @typedef {"present" | "absent" | "late" | "excused"} Status */

/**
 * @typedef {object} Mark
 * @property {string} studentId
 * @property {Status} status
 * @property {string | null} [note]
 * @property {string | number} markedBy
 * @property {string} markedAt ISO 8601
 */

/**
 * @typedef {object} Counts
 * @property {number} present
 * @property {number} absent
 * @property {number} late
 * @property {number} excused
 * @property {number} total marked so far
 * @property {number} enrolled
 */

/**
 * @typedef {object} LiveSession
 * @property {string} sessionId
 * @property {string} startedAt ISO 8601
 * @property {string | null} [title]
 */

/**
 * @typedef {object} BoardState
 * @property {string | null} classId
 * @property {"unknown" | "idle" | "running" | "ended" | "cancelled"} phase
 * @property {"stale" | "asking" | "in step"} sync
 * @property {LiveSession | null} session
 * @property {"staff" | "class"} markVisibility who sees each mark
 * @property {ReadonlyMap<string, Mark>} marks
 * @property {Counts | null} summary as the server sent it last
 * @property {number} seq
 */

/**
 * One class's live session, kept by the recovery rule of the protocol: apply events while `seq` goes
 * up by one; on a gap or a new connection ask for a snapshot, and then drop events up to its `seq`.
 * Knows nothing of sockets or the page.
 *
 * @param {object} deps
 * @param {() => void} deps.onChange
 * @param {(classId: string) => Promise<unknown>} deps.askSnapshot sends SUBSCRIBE; rejects if refused
 */
export function createBoard({ onChange, askSnapshot }) {
  /** @type {BoardState["classId"]} */
  let classId = null;
  let staff = true;
  /** @type {BoardState["markVisibility"]} */
  let markVisibility = "staff";
  /** @type {BoardState["phase"]} */
  let phase = "unknown";
  /** @type {BoardState["sync"]} */
  let sync = "stale";
  /** @type {LiveSession | null} */
  let session = null;
  /** @type {Map<string, Mark>} */
  let marks = new Map();
  /** @type {Counts | null} */
  let summary = null;
  let seq = 0;
  /** Events that came while a snapshot was on its way. @type {{ event: string, data: any }[]} */
  let held = [];
  let asked = 0;

  /** Whether every mark of the class reaches this client: else gaps in `seq` are no loss. */
  const seesAll = () => staff || markVisibility === "class";

  async function ask() {
    if (classId === null) return;
    const mine = ++asked;
    sync = "asking";
    held = [];
    onChange();
    try {
      await askSnapshot(classId);
    } catch {
      if (mine !== asked) return;
      sync = "stale";
      onChange();
    }
  }

  /** @param {any} data */
  function takeSnapshot(data) {
    sync = "in step";
    markVisibility = data.markVisibility ?? markVisibility;
    // How the last session ended stays on show until the next one.
    if (data.session || (phase !== "ended" && phase !== "cancelled")) {
      session = data.session ?? null;
      phase = session ? "running" : "idle";
      /** @type {Mark[]} */
      const given = data.marks ?? (data.mark ? [data.mark] : []);
      marks = new Map(given.map((mark) => [String(mark.studentId), mark]));
      summary = data.summary ?? null;
      seq = data.seq ?? 0;
    }
    const later = held;
    held = [];
    for (const frame of later) {
      if (sync === "in step") step(frame);
    }
  }

  /** @param {any} data */
  function putMarks(data) {
    /** @type {any[]} */
    const list = data.marks ?? [data];
    for (const mark of list) {
      marks.set(String(mark.studentId), {
        studentId: String(mark.studentId),
        status: mark.status,
        note: mark.note ?? null,
        markedBy: mark.markedBy ?? data.markedBy,
        markedAt: mark.markedAt ?? data.markedAt,
      });
    }
  }

  /** @param {{ event: string, data: any }} frame */
  function step({ event, data }) {
    const known = session !== null && session.sessionId === data.sessionId;
    if (event === "SESSION_STARTED") {
      if (known) return;
      session = data;
      markVisibility = data.markVisibility ?? markVisibility;
      phase = "running";
      marks = new Map();
      summary = null;
      seq = data.seq;
      return;
    }
    if (event === "DONE" || event === "SESSION_CANCELLED") {
      // A session that ended unseen needs no snapshot: there is nothing left to miss.
      if (known ? data.seq <= seq : phase === "running") return;
      session = known ? session : null;
      phase = event === "DONE" ? "ended" : "cancelled";
      summary = event === "DONE" ? { enrolled: data.total, ...data } : null;
      seq = data.seq;
      return;
    }
    if (!known) return void ask();
    if (phase !== "running") return;
    if (event === "TODAY_SUMMARY") {
      if (data.seq < seq) return;
      if (data.seq > seq && seesAll()) return void ask();
      summary = data;
      return;
    }
    if (data.seq <= seq) return;
    if (seesAll() && data.seq !== seq + 1) return void ask();
    putMarks(data);
    seq = data.seq;
  }

  return {
    /** @returns {BoardState} */
    state: () => ({ classId, phase, sync, session, markVisibility, marks, summary, seq }),

    /**
     * Turns to another class, or to none.
     *
     * @param {string | null} id
     * @param {object} view
     * @param {boolean} view.isStaff
     * @param {"staff" | "class"} view.visibility as the class list has it
     */
    follow(id, { isStaff, visibility }) {
      staff = isStaff;
      markVisibility = visibility;
      if (id === classId) return;
      classId = id;
      asked++;
      phase = "unknown";
      sync = "stale";
      session = null;
      marks = new Map();
      summary = null;
      seq = 0;
      held = [];
      onChange();
    },

    /** A connection is there: what it missed is asked for. */
    connected: () => void ask(),

    /** The connection is gone: what is shown may be old. */
    lost() {
      asked++;
      sync = "stale";
      onChange();
    },

    /**
     * Takes a frame of the server; those of other classes and kinds do nothing.
     *
     * @param {{ event: string, data: any }} frame
     */
    apply(frame) {
      if (classId === null || String(frame.data?.classId) !== classId) return;
      switch (frame.event) {
        case "SNAPSHOT":
          takeSnapshot(frame.data);
          break;
        case "SESSION_STARTED":
        case "ATTENDANCE_MARKED":
        case "TODAY_SUMMARY":
        case "DONE":
        case "SESSION_CANCELLED":
          if (sync === "asking") held.push(frame);
          else if (sync === "in step") step(frame);
          break;
        default:
          return;
      }
      onChange();
    },
  };
}

/**
 * The counts of the marks that are known.
 *
 * @param {ReadonlyMap<string, Mark>} marks
 * @returns {Record<Status, number>}
 */
export function countMarks(marks) {
  const counts = { present: 0, absent: 0, late: 0, excused: 0 };
  for (const { status } of marks.values()) counts[status]++;
  return counts;
}

/** @typedef {ReturnType<typeof createBoard>} Board */
