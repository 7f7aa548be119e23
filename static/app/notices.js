import { el, messageOf } from "./dom.js";

const SHOWN_MS = { info: 6_000, error: 15_000 };
const MOST = 4;

/**
 * Short messages at the edge of the page, read out by screen readers.
 *
 * @param {HTMLElement} region a live region
 */
export function createNotices(region) {
  /**
   * @param {string} text
   * @param {"info" | "error"} kind
   */
  function show(text, kind) {
    const close = el("button", { type: "button", class: "quiet" }, "Dismiss");
    const notice = el("div", { class: "notice", "data-kind": kind }, el("p", {}, text), close);
    const timer = setTimeout(() => notice.remove(), SHOWN_MS[kind]);
    close.addEventListener("click", () => {
      clearTimeout(timer);
      notice.remove();
    });
    region.append(notice);
    while (region.childElementCount > MOST) region.firstElementChild?.remove();
  }

  return {
    /** @param {string} text */
    info: (text) => show(text, "info"),
    /** @param {unknown} error */
    error: (error) => show(messageOf(error), "error"),
    clear: () => region.replaceChildren(),
  };
}

/** @typedef {ReturnType<typeof createNotices>} Notices */
