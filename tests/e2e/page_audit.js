/**
 * What a page must have to be usable by everyone, as far as a program can tell (after WCAG 2.2 AA):
 * names for controls, unique ids, a language, contrast of text, room for fingers, no sideways scroll.
 */
/** @typedef {import("playwright-core").Page} Page */

/**
 * The faults of the page as it is now, for people to read.
 *
 * @param {Page} page
 * @returns {Promise<string[]>}
 */
export function auditPage(page) {
  return page.evaluate(() => {
    /** @type {string[]} */
    const faults = [];
    const visible = (/** @type {Element} */ element) =>
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
      !element.closest(".unseen, .skip") && element.getClientRects().length > 0;
    const called = (/** @type {Element} */ element) =>
      `<${element.localName}${element.id ? ` id=${element.id}` : ""}> "${
        (element.textContent ?? "").trim().slice(0, 40)
      }"`;

    if (document.documentElement.lang === "") faults.push("the page has no language");
    if (document.title === "") faults.push("the page has no title");
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`scrolls sideways: ${scrollWidth} > ${clientWidth}`);

    const ids = Array.from(document.querySelectorAll("[id]"), ({ id }) => id);
    for (const id of ids) {
      if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`two elements have the id ${id}`);
    }
    for (const attribute of ["aria-labelledby", "aria-describedby", "for"]) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) {
        for (const id of (element.getAttribute(attribute) ?? "").split(" ")) {
          if (!document.getElementById(id)) faults.push(`${called(element)} points at no #${id}`);
        }
      }
    }

    const nameOf = (/** @type {Element} */ element) => {
      const labelledby = element.getAttribute("aria-labelledby");
      const labels = "labels" in element && element.labels instanceof NodeList
        ? Array.from(element.labels, (label) => label.textContent).join("")
        : "";
      const own = element.matches("button, a, summary") ? element.textContent : "";
      return (element.getAttribute("aria-label") ??
        (labelledby ? document.getElementById(labelledby)?.textContent : null) ?? (labels || own) ??
        "").trim();
    };
    const controls = "a, button, input, select, textarea, summary";
    for (
      const element of document.querySelectorAll(`${controls}, form, [role=group], [role=region]`)
    ) {
      if (visible(element) && nameOf(element) === "") faults.push(`${called(element)} has no name`);
    }
    for (const image of document.querySelectorAll("img:not([alt])")) {
      faults.push(`${called(image)} has no alternative text`);
    }
    for (const element of document.querySelectorAll("[style], script:not([src]), style")) {
      if (!element.closest("#bar")) faults.push(`${called(element)} is inline`);
    }
    for (const element of document.querySelectorAll("[tabindex]")) {
      if (Number(element.getAttribute("tabindex")) > 0) {
        faults.push(`${called(element)} jumps the order`);
      }
    }

    // Target size (2.5.8): 24 by 24 pixels, links in running text excepted.
    for (const element of document.querySelectorAll("button, input, select, textarea, summary")) {
      if (!visible(element) || element.closest(".unseen")) continue;
      const target = element.matches("[type=checkbox], [type=radio]")
        ? element.closest("label") ?? element
        : element;
      const { width, height } = target.getBoundingClientRect();
      if (width < 24 || height < 24) faults.push(`${called(element)} is ${width}×${height}`);
    }

    // Contrast (1.4.3): 4.5, or 3 for large text.
    const parse = (/** @type {string} */ text) => {
      const [r = 0, g = 0, b = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
      return { rgb: [r, g, b], alpha };
    };
    const luminance = (/** @type {number[]} */ rgb) => {
      const [red, green, blue] = rgb.map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
    };
    const backgroundOf = (/** @type {Element | null} */ element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = parse(getComputedStyle(at).backgroundColor);
        if (colour.alpha > 0) return colour;
      }
      return { rgb: [255, 255, 255], alpha: 1 };
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    /** @type {Set<Element>} */
    const judged = new Set();
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      if (!element || judged.has(element) || !texts.currentNode.textContent?.trim()) continue;
      judged.add(element);
      if (!visible(element) || element.matches("option, optgroup, noscript, script")) continue;
      const style = getComputedStyle(element);
      const size = Number.parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const pair = [luminance(parse(style.color).rgb), luminance(backgroundOf(element).rgb)];
      const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
      if (ratio < (large ? 3 : 4.5)) {
        faults.push(`${called(element)} has a contrast of ${ratio.toFixed(2)}`);
      }
    }
    return faults;
  });
}

/**
 * Whether the focused element is drawn with an outline, or the element that stands for it is.
 *
 * @param {Page} page
 * @returns {Promise<boolean>}
 */
export function focusIsVisible(page) {
  return page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused) return false;
    const drawn = (/** @type {Element | null} */ element) =>
      element !== null && getComputedStyle(element).outlineStyle !== "none" &&
      Number.parseFloat(getComputedStyle(element).outlineWidth) >= 1;
    return drawn(focused) || drawn(focused.nextElementSibling) ||
      (focused.matches(".skip") && focused.getBoundingClientRect().top >= 0);
  });
}

/**
 * Whether the focus is on what the selector names.
 *
 * @param {Page} page
 * @param {string} selector
 * @returns {Promise<boolean>}
 */
export function hasFocus(page, selector) {
  return page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
}

/**
 * @param {Page} page
 * @returns {Promise<number>} how many items sessionStorage holds
 */
export function storedItems(page) {
  return page.evaluate(() => sessionStorage.length);
}
