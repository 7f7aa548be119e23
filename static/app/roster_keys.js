import { CHOICES } from "./board_row.js";

/** @typedef {import("./board_row.js").Row} Row */

/**
 * Makes the list one stop for Tab, in which arrows move and letters mark.
 *
 * @param {HTMLElement} roster
 * @param {() => ReadonlyMap<string, Row>} rows
 * @returns {(button: HTMLButtonElement) => void} moves the focus, and the stop with it
 */
export function steerRoster(roster, rows) {
  /** @param {HTMLButtonElement} button */
  function focusOn(button) {
    for (const other of roster.querySelectorAll('button[tabindex="0"]')) {
      other.setAttribute("tabindex", "-1");
    }
    button.setAttribute("tabindex", "0");
    button.focus();
  }

  roster.addEventListener("keydown", (event) => {
    const button = event.target;
    if (!(button instanceof HTMLButtonElement) || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const all = [...rows().values()];
    const at = all.findIndex(({ node }) => node.contains(button));
    const row = all[at];
    if (!row) return;
    const own = [...row.buttons.values()];
    const column = own.indexOf(button);
    const mirrored = getComputedStyle(roster).direction === "rtl" ? -1 : 1;
    /** @type {HTMLButtonElement | undefined} */
    let next;
    switch (event.key) {
      case "ArrowRight":
        next = own[column + mirrored];
        break;
      case "ArrowLeft":
        next = own[column - mirrored];
        break;
      case "ArrowDown":
        next = [...all[at + 1]?.buttons.values() ?? []][column];
        break;
      case "ArrowUp":
        next = [...all[at - 1]?.buttons.values() ?? []][column];
        break;
      case "Home":
        next = [...all[0]?.buttons.values() ?? []][column];
        break;
      case "End":
        next = [...all.at(-1)?.buttons.values() ?? []][column];
        break;
      default: {
        const choice = CHOICES.find(({ key }) => key === event.key.toLowerCase());
        const target = choice && row.buttons.get(choice.status);
        if (!target) return;
        event.preventDefault();
        target.click();
        return;
      }
    }
    event.preventDefault();
    if (next) focusOn(next);
  });

  return focusOn;
}
