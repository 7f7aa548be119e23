import { byId, fillSelect, onSubmit } from "./dom.js";

/** @typedef {import("./api.js").Api} Api */
/** @typedef {import("./api.js").SchoolClass} SchoolClass */
/** @typedef {import("./api.js").User} User */

const SEARCH_AFTER_MS = 250;

/**
 * The classes of the user: which one is on the board, and what a teacher sets up over HTTP.
 *
 * @param {object} deps
 * @param {Api} deps.api
 * @param {() => void} deps.onChange the list or the choice changed
 * @param {(text: string) => void} deps.tell
 */
export function createClassPanel({ api, onChange, tell }) {
  const select = byId("class-select", HTMLSelectElement);
  const search = byId("student-search", HTMLInputElement);
  const students = byId("student-select", HTMLSelectElement);
  const visibility = byId("visibility-select", HTMLSelectElement);
  const enrolment = byId("enrolment", HTMLDetailsElement);
  const newClass = byId("new-class", HTMLDetailsElement);

  /** @type {SchoolClass[]} */
  let classes = [];
  /** @type {Promise<void> | null} */
  let loading = null;
  let generation = 0;
  /** @type {User[]} */
  let found = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const chosen = () => classes.find(({ id }) => String(id) === select.value) ?? null;

  function show() {
    fillSelect(
      select,
      classes.map((one) => ({ value: String(one.id), text: one.class_name })),
      "No class yet",
    );
    visibility.value = chosen()?.mark_visibility ?? "staff";
    showFound();
    onChange();
  }

  function showFound() {
    const enrolled = new Set(chosen()?.students.map(({ id }) => id));
    fillSelect(
      students,
      found.filter(({ id }) => !enrolled.has(id)).map((one) => ({
        value: String(one.id),
        text: one.email ? `${one.username} (${one.email})` : one.username,
      })),
      "Nobody found",
    );
  }

  async function load() {
    const mine = generation;
    const { data } = await api.call("GET", "/api/class/list_classes/");
    if (mine !== generation) return;
    classes = data;
    show();
  }

  function loadOnce() {
    if (loading) return loading;
    const started = load().finally(() => {
      if (loading === started) loading = null;
    });
    loading = started;
    return started;
  }

  async function find() {
    const query = new URLSearchParams({ limit: "50", search: search.value.trim() });
    found = (await api.call("GET", `/api/students/?${query}`)).data;
    showFound();
  }

  /** @param {string} text */
  function requireClass(text) {
    const one = chosen();
    if (!one) throw new Error(text);
    return one;
  }

  select.addEventListener("change", show);
  enrolment.addEventListener("toggle", () => {
    if (enrolment.open) find().catch(() => {});
  });
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => find().catch(() => {}), SEARCH_AFTER_MS);
  });
  // Enter in the search field searches; it must not enrol whoever is on top.
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    clearTimeout(timer);
    find().catch(() => {});
  });

  onSubmit(byId("create-class", HTMLFormElement), async ({ class_name, teacher_id }) => {
    const { data } = await api.call("POST", "/api/class/create_class/", {
      class_name,
      ...(teacher_id ? { teacher_id: Number(teacher_id) } : {}),
    });
    await loadOnce();
    select.value = String(data.id);
    show();
    byId("create-class", HTMLFormElement).reset();
    newClass.open = false;
    enrolment.open = true;
    tell(`Created ${data.class_name}`);
  });

  onSubmit(byId("enrol", HTMLFormElement), async ({ student }) => {
    const one = requireClass("Create a class first");
    if (!student) throw new Error("Choose a student");
    const name = students.selectedOptions[0]?.textContent ?? "";
    await api.call("POST", `/api/class/${one.id}/add-student/${student}/`);
    await loadOnce();
    tell(`Enrolled ${name}`);
  });

  onSubmit(byId("set-visibility", HTMLFormElement), async ({ mark_visibility }) => {
    const one = requireClass("Create a class first");
    await api.call("PATCH", `/api/class/${one.id}/`, { mark_visibility });
    await loadOnce();
    tell("Saved who sees marks");
  });

  return {
    load: loadOnce,
    chosen,
    all: () => classes,

    /** What the next user may see is another list: one that is on its way is dropped. */
    forget() {
      generation++;
      loading = null;
      classes = [];
      found = [];
      show();
    },
  };
}

/** @typedef {ReturnType<typeof createClassPanel>} ClassPanel */
