import { el } from "./dom.js";

/** @typedef {import("./board.js").Status} Status */

/**
 * The statuses in the order of the buttons, each with the key that sets it.
 *
 * @type {readonly { status: Status, text: string, key: string }[]}
 */
export const CHOICES = [
  { status: "present", text: "Present", key: "p" },
  { status: "late", text: "Late", key: "l" },
  { status: "excused", text: "Excused", key: "e" },
  { status: "absent", text: "Absent", key: "a" },
];

const segmenter = new Intl.Segmenter();

/**
 * The first characters of the first two words, as readers see characters.
 *
 * @param {string} name
 */
function initials(name) {
  return name.split(/[\s._-]+/).filter(Boolean).slice(0, 2)
    .map((word) => [...segmenter.segment(word)][0]?.segment ?? "").join("").toUpperCase();
}

/**
 * One line of the list.
 *
 * @param {string} studentId
 * @param {string} name
 * @param {boolean} canMark
 */
export function createRow(studentId, name, canMark) {
  const avatar = el("span", { class: "avatar", "aria-hidden": "true" }, initials(name));
  const meta = el("span", { class: "meta" });
  const label = el("span", { class: "name" }, el("bdi", {}, name));
  const chip = el("span", { class: "chip" });
  /** @type {Map<Status, HTMLButtonElement>} */
  const buttons = new Map(
    canMark
      ? CHOICES.map(({ status, text }) => [
        status,
        el("button", {
          type: "button",
          "data-status": status,
          "aria-pressed": "false",
          tabindex: -1,
        }, text),
      ])
      : [],
  );
  const node = el(
    "li",
    { class: "row", "data-student": studentId },
    avatar,
    el("div", { class: "who" }, label, meta),
    canMark
      ? el(
        "div",
        { class: "choices", role: "group", "aria-label": name, "aria-describedby": "keys-hint" },
        ...buttons.values(),
      )
      : chip,
  );
  return { node, name, meta, chip, buttons };
}

/** @typedef {ReturnType<typeof createRow>} Row */
