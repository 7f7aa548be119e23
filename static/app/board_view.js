import { countMarks } from "./board.js";
import { CHOICES, createRow } from "./board_row.js";
import { byId, setText } from "./dom.js";
import { steerRoster } from "./roster_keys.js";

/** @typedef {import("./api.js").SchoolClass} SchoolClass */
/** @typedef {import("./api.js").User} User */
/** @typedef {import("./board.js").BoardState} BoardState */
/** @typedef {import("./board.js").Mark} Mark */
/** @typedef {import("./board.js").Status} Status */

/**
 * @typedef {object} BoardContent
 * @property {BoardState} state
 * @property {SchoolClass | null} chosen
 * @property {User | null} me
 * @property {boolean} connected
 */

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** @param {string} iso */
const timeOfDay = (iso) => new Date(iso).toLocaleTimeString([], { timeStyle: "medium" });

/**
 * The live board.
 *
 * @param {object} deps
 * @param {(studentId: string, status: Status) => Promise<unknown>} deps.onMark
 */
export function createBoardView({ onMark }) {
  const roster = byId("roster", HTMLUListElement);
  const empty = byId("roster-empty", HTMLElement);
  const counts = {
    present: byId("count-present", HTMLElement),
    late: byId("count-late", HTMLElement),
    excused: byId("count-excused", HTMLElement),
    absent: byId("count-absent", HTMLElement),
    open: byId("count-open", HTMLElement),
  };
  const bars = Array.from(byId("bar", HTMLElement).children);

  /** @type {Map<string, import("./board_row.js").Row>} */
  let rows = new Map();
  let layout = "";
  /** @type {(() => BoardContent) | null} */
  let source = null;
  let drawing = false;

  /**
   * @param {string} studentId
   * @param {Status} status
   */
  async function choose(studentId, status) {
    const row = rows.get(studentId)?.node;
    row?.setAttribute("data-pending", status);
    await onMark(studentId, status);
    row?.removeAttribute("data-pending");
  }

  const focusOn = steerRoster(roster, () => rows);

  roster.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const row = button?.closest("li");
    if (!button || !row) return;
    focusOn(button);
    const { status } = button.dataset;
    const choice = CHOICES.find((one) => one.status === status);
    if (choice && row.dataset.student) void choose(row.dataset.student, choice.status);
  });

  /**
   * @param {readonly { id: string, name: string }[]} students
   * @param {boolean} canMark
   */
  function lay(students, canMark) {
    const wanted = JSON.stringify([students, canMark]);
    if (wanted === layout) return;
    layout = wanted;
    const focused = document.activeElement;
    const held = focused instanceof HTMLElement && roster.contains(focused)
      ? { student: focused.closest("li")?.dataset.student, status: focused.dataset.status }
      : null;
    rows = new Map(students.map(({ id, name }) => [id, createRow(id, name, canMark)]));
    roster.replaceChildren(...[...rows.values()].map(({ node }) => node));
    const first = roster.querySelector("button");
    first?.setAttribute("tabindex", "0");
    const again = held && [...rows.get(held.student ?? "")?.buttons.values() ?? []]
      .find((button) => button.dataset.status === held.status);
    if (again) focusOn(again);
  }

  /**
   * @param {BoardState} state
   * @param {SchoolClass | null} chosen
   * @param {User | null} me
   */
  function drawCounts(state, chosen, me) {
    const own = me?.role === "STUDENT" && state.markVisibility !== "class";
    const asSent = own || state.phase === "ended";
    const marked = asSent && state.summary ? state.summary : countMarks(state.marks);
    const enrolled = state.summary?.enrolled ?? chosen?.students.length ?? 0;
    const known = marked.present + marked.late + marked.excused + marked.absent;
    const all = { ...marked, open: Math.max(0, enrolled - known) };
    for (const bar of bars) {
      const status = /** @type {keyof typeof counts} */ (bar.getAttribute("data-status"));
      setText(counts[status], String(all[status]));
      if (bar instanceof HTMLElement) bar.style.flexGrow = String(all[status]);
    }
    // A student's client does not see every mark: without the server's word there are no counts.
    const hidden = !chosen || (own && !state.summary);
    byId("counts", HTMLElement).hidden = hidden;
    byId("bar", HTMLElement).hidden = hidden;
    byId("counts-hint", HTMLElement).hidden = hidden || !own || state.phase !== "running";
    return all;
  }

  /**
   * @param {BoardState} state
   * @param {User | null} me
   */
  function drawRows(state, me) {
    const running = state.phase === "running";
    for (const [id, row] of rows) {
      const mark = state.marks.get(id);
      // A close makes absent whoever was not marked.
      const status = mark?.status ?? (state.phase === "ended" ? "absent" : null);
      const text = CHOICES.find((choice) => choice.status === status)?.text ?? "Not yet";
      if (status) row.node.dataset.status = status;
      else delete row.node.dataset.status;
      setText(row.chip, text);
      const by = mark && String(mark.markedBy) === String(me?.id) ? "by you" : "";
      setText(
        row.meta,
        mark
          ? [timeOfDay(mark.markedAt), by, mark.note ?? ""].filter(Boolean).join(" · ")
          : status
          ? "not marked before the end"
          : "",
      );
      for (const [choice, button] of row.buttons) {
        button.setAttribute("aria-pressed", String(choice === status));
        // Not `disabled`: that would take the keyboard focus away at the end of a session.
        button.setAttribute("aria-disabled", String(!running));
      }
    }
  }

  /**
   * @param {BoardState} state
   * @param {User | null} me
   */
  function drawOwn(state, me) {
    const line = byId("own", HTMLElement);
    line.hidden = me?.role !== "STUDENT" || state.phase === "unknown" || state.phase === "idle";
    if (line.hidden) return;
    const mark = state.marks.get(String(me?.id));
    const text = CHOICES.find(({ status }) => status === mark?.status)?.text;
    if (mark) line.dataset.status = mark.status;
    else delete line.dataset.status;
    setText(
      line,
      text
        ? `You: ${text}${mark?.note ? ` (${mark.note})` : ""}`
        : state.phase === "ended"
        ? "You were not marked before the end"
        : "You are not marked yet",
    );
  }

  /**
   * @param {BoardState} state
   * @param {SchoolClass | null} chosen
   * @param {boolean} connected
   */
  function describe(state, chosen, connected) {
    if (!chosen) return "";
    const since = state.session ? timeOfDay(state.session.startedAt) : "";
    const title = state.session?.title ? ` · ${state.session.title}` : "";
    const stale = state.sync === "in step"
      ? ""
      : connected && state.sync === "asking"
      ? " · catching up"
      : " · not live";
    switch (state.phase) {
      case "running":
        return `Session running since ${since}${title} · change ${state.seq}${stale}`;
      case "ended":
        return `Session ended and saved${title}`;
      case "cancelled":
        return "Session cancelled, nothing saved";
      case "idle":
        return `No session is running${stale}`;
      case "unknown":
        return connected ? "Asking for the session" : "Not connected";
    }
  }

  function draw() {
    drawing = false;
    if (!source) return;
    const { state, chosen, me, connected } = source();
    const staff = me !== null && me.role !== "STUDENT";
    const running = state.phase === "running";
    setText(byId("board-title", HTMLElement), chosen?.class_name ?? "No class yet");
    setText(byId("board-sub", HTMLElement), describe(state, chosen, connected));
    byId("start", HTMLFormElement).hidden = running || !chosen;
    byId("end", HTMLButtonElement).hidden = !running;
    byId("cancel", HTMLButtonElement).hidden = !running;
    byId("board", HTMLElement).dataset.sync = state.sync;
    byId("board", HTMLElement).dataset.phase = state.phase;

    const listed = staff || state.markVisibility === "class" ? chosen?.students ?? [] : [];
    const students = listed.map(({ id, username }) => ({ id: String(id), name: username }));
    for (const id of staff ? state.marks.keys() : []) {
      if (!students.some((student) => student.id === id)) {
        students.push({ id, name: `Student ${id}` });
      }
    }
    students.sort((a, b) => byName.compare(a.name, b.name));
    lay(students, staff);
    drawRows(state, me);
    drawOwn(state, me);
    const all = drawCounts(state, chosen, me);
    byId("board-tools", HTMLElement).hidden = !running || !staff;
    byId("rest-present", HTMLButtonElement).hidden = all.open === 0;

    const hint = !chosen
      ? staff ? "Create a class to begin." : "You are not enrolled in a class yet."
      : staff && students.length === 0
      ? "Nobody is enrolled yet. Enrol students to mark them."
      : "";
    setText(empty, hint);
    empty.hidden = hint === "";
  }

  return {
    /** @param {() => BoardContent} read where the board's content comes from */
    from(read) {
      source = read;
    },

    /** Draws what has changed, once per frame of the screen. */
    update() {
      if (drawing) return;
      drawing = true;
      requestAnimationFrame(draw);
    },
  };
}

/** @typedef {ReturnType<typeof createBoardView>} BoardView */
