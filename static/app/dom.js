/**
 * An element of the page by its id and type.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`Cannot find ${type.name} #${id} in the page`);
  return found;
}

/**
 * Makes an element. Children become text nodes or elements, never markup: names are untrusted.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Readonly<Record<string, string | number | boolean | null | undefined>>} [attributes]
 *   true sets an empty attribute; false, null and undefined leave it out
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined) made.append(child);
  }
  return made;
}

/**
 * Fills a select, keeping the choice where it is still on offer.
 *
 * @param {HTMLSelectElement} select
 * @param {readonly { value: string, text: string }[]} options
 * @param {string} [empty] what to show where there is nothing to choose
 */
export function fillSelect(select, options, empty = "Nothing to choose from") {
  const chosen = select.value;
  const shown = options.length > 0 ? options : [{ value: "", text: empty }];
  select.replaceChildren(
    ...shown.map(({ value, text }) => el("option", { value, dir: "auto" }, text)),
  );
  if (options.some((option) => option.value === chosen)) select.value = chosen;
}

/**
 * Sets a text only where it changes, so that unchanged live regions stay silent.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * The fields of a form by name, as text.
 *
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>}
 */
export function fieldsOf(form) {
  /** @type {Record<string, string>} */
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") fields[name] = value;
  }
  return fields;
}

/**
 * Runs `work` on submit, once at a time, and shows what went wrong in the form's own error line.
 *
 * @param {HTMLFormElement} form
 * @param {(fields: Record<string, string>) => Promise<void>} work
 */
export function onSubmit(form, work) {
  const errorLine = form.querySelector("[data-error]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    if (errorLine) errorLine.textContent = "";
    form.setAttribute("aria-busy", "true");
    try {
      await work(fieldsOf(form));
    } catch (error) {
      if (!errorLine) throw error;
      errorLine.textContent = messageOf(error);
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
}

/**
 * @param {unknown} error
 * @returns {string}
 */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
