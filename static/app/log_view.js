import { byId, el, setText } from "./dom.js";
import { withoutSecrets } from "./token.js";

const MOST_ENTRIES = 500;
const BRIEF_LENGTH = 200;

/**
 * @typedef {object} Entry
 * @property {number} atMs
 * @property {"sent" | "received" | "http"} kind
 * @property {string} title event or request line
 * @property {string} brief one line of content
 * @property {string} full what unfolding shows
 * @property {string} remark such as how long the answer took
 * @property {boolean} keepAlive
 */

/** What says least goes last, where a narrow line is cut. */
const LAST = ["seq", "markedBy", "markedAt", "classId", "sessionId"];
const LABELS = { sent: "Sent", received: "Received", http: "HTTP" };
const ARROWS = { sent: "↑", received: "↓", http: "⇅" };

/**
 * @param {number} atMs
 * @returns {string} local time of day to the millisecond
 */
function clock(atMs) {
  const at = new Date(atMs);
  const pad = (/** @type {number} */ n, width = 2) => String(n).padStart(width, "0");
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${
    pad(at.getMilliseconds(), 3)
  }`;
}

/**
 * An object as `key value` pairs on one line.
 *
 * @param {unknown} data
 * @returns {string}
 */
function briefly(data) {
  if (typeof data !== "object" || data === null) return data === undefined ? "" : String(data);
  const place = (/** @type {string} */ key) => LAST.indexOf(key);
  const parts = Object.entries(data).filter(([, value]) => value !== null)
    .sort(([a], [b]) => place(a) - place(b)).map(([key, value]) => {
      if (Array.isArray(value)) return `${key} ×${value.length}`;
      if (typeof value === "object" && value !== null) return `${key} {…}`;
      return `${key} ${key === "sessionId" ? String(value).slice(0, 8) + "…" : value}`;
    });
  const line = parts.join(" · ");
  return line.length > BRIEF_LENGTH ? `${line.slice(0, BRIEF_LENGTH)}…` : line;
}

/** The log of frames and requests, both ways. */
export function createLogView() {
  const list = byId("log-entries", HTMLOListElement);
  const filter = byId("log-filter", HTMLInputElement);
  const kind = byId("log-kind", HTMLSelectElement);
  const pause = byId("log-pause", HTMLButtonElement);
  const count = byId("log-count", HTMLElement);
  const copy = byId("log-copy", HTMLButtonElement);

  /** @type {{ entry: Entry, node: HTMLLIElement }[]} */
  let shown = [];
  /** @type {Entry[]} */
  let waiting = [];
  let paused = false;
  let drawing = false;

  /** @param {Entry} entry */
  function passes(entry) {
    const wanted = kind.value;
    if (entry.keepAlive && wanted !== "everything") return false;
    if (wanted !== "all" && wanted !== "everything" && wanted !== entry.kind) return false;
    const text = filter.value.trim().toLowerCase();
    return text === "" ||
      `${LABELS[entry.kind]} ${entry.title} ${entry.full}`.toLowerCase().includes(text);
  }

  /** @param {Entry} entry */
  function draw(entry) {
    return el(
      "li",
      { "data-kind": entry.kind, "data-event": entry.title },
      el(
        "details",
        {},
        el(
          "summary",
          {},
          el("span", { class: "time" }, clock(entry.atMs)),
          el(
            "span",
            { class: "way" },
            el("span", { "aria-hidden": "true" }, ARROWS[entry.kind]),
            ` ${LABELS[entry.kind]}`,
          ),
          el("span", { class: "event" }, entry.title),
          el(
            "span",
            { class: "content" },
            el("span", { class: "brief" }, el("bdi", {}, entry.brief)),
            entry.remark ? el("span", { class: "remark" }, entry.remark) : null,
          ),
        ),
        el("pre", {}, entry.full),
      ),
    );
  }

  function tell() {
    const visible = shown.filter(({ node }) => !node.hidden).length;
    const text = paused && waiting.length > 0
      ? `paused, ${waiting.length} waiting`
      : visible === shown.length
      ? `${shown.length}`
      : `${visible} of ${shown.length}`;
    setText(count, text);
  }

  function flush() {
    drawing = false;
    if (paused) return tell();
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const fresh = waiting.map((entry) => ({ entry, node: draw(entry) }));
    waiting = [];
    for (const { entry, node } of fresh) node.hidden = !passes(entry);
    list.append(...fresh.map(({ node }) => node));
    shown.push(...fresh);
    const over = Math.max(0, shown.length - MOST_ENTRIES);
    for (const { node } of shown.splice(0, over)) node.remove();
    if (atEnd) list.scrollTop = list.scrollHeight;
    tell();
  }

  /** @param {Entry} entry */
  function add(entry) {
    waiting.push(entry);
    // A hidden tab draws nothing: what is waiting is bounded, too.
    if (waiting.length > MOST_ENTRIES) waiting.shift();
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(flush);
  }

  function refilter() {
    for (const { entry, node } of shown) node.hidden = !passes(entry);
    list.scrollTop = list.scrollHeight;
    tell();
  }
  filter.addEventListener("input", refilter);
  kind.addEventListener("change", refilter);

  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    setText(pause, paused ? "Go on" : "Pause");
    flush();
  });

  byId("log-clear", HTMLButtonElement).addEventListener("click", () => {
    for (const { node } of shown) node.remove();
    shown = [];
    waiting = [];
    tell();
  });

  copy.addEventListener("click", async () => {
    const lines = shown.filter(({ node }) => !node.hidden).map(({ entry }) =>
      `${new Date(entry.atMs).toISOString()} ${LABELS[entry.kind]} ${entry.title} ${
        entry.full.replace(/\n\s*/g, " ")
      }`
    );
    setText(copy, (await copyText(lines.join("\n"))) ? "Copied" : "Cannot copy");
    setTimeout(() => setText(copy, "Copy"), 2_000);
  });

  return {
    /** @param {import("./socket.js").LoggedFrame} logged */
    frame({ direction, text, frame, batch, answerMs, keepAlive }) {
      const safe = /** @type {any} */ (withoutSecrets(frame));
      const id = safe?.id;
      const remarks = [
        batch > 1 ? `1 of ${batch}` : "",
        id === undefined || id === null ? "" : direction === "sent" ? `id ${id}` : `answers ${id}`,
        answerMs === null ? "" : `${answerMs.toFixed(answerMs < 10 ? 1 : 0)} ms`,
      ];
      add({
        atMs: Date.now(),
        kind: direction,
        title: typeof safe?.event === "string" ? safe.event : "(no frame)",
        brief: safe ? briefly(safe.data) : text.slice(0, BRIEF_LENGTH),
        full: safe ? JSON.stringify(safe, null, 2) : text,
        remark: remarks.filter(Boolean).join(" · "),
        keepAlive,
      });
    },

    /** @param {{ method: string, path: string, status: number, request: unknown, response: unknown }} exchange */
    http({ method, path, status, request, response }) {
      const answer = /** @type {any} */ (response);
      add({
        atMs: Date.now(),
        kind: "http",
        title: `${method} ${path}`,
        brief: answer?.error ?? (request === undefined ? "" : briefly(request)),
        full: JSON.stringify({ request, response }, null, 2),
        remark: status === 0 ? "no answer" : String(status),
        keepAlive: false,
      });
    },
  };
}

/**
 * @param {string} text
 * @returns {Promise<boolean>}
 */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS there is no clipboard API; the old way still works.
    const area = el("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** @typedef {ReturnType<typeof createLogView>} LogView */
