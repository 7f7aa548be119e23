import { byId, el, fillSelect, onSubmit, setText } from "./dom.js";
import { withoutSecrets } from "./token.js";

/** @typedef {import("./api.js").SchoolClass} SchoolClass */

const STATUS_OPTIONS = ["present", "late", "excused", "absent"].map((value) => ({
  value,
  text: value,
}));

/**
 * The forms, one for each event that a client may send.
 *
 * @type {readonly { key: string, event: string, text: string, group: string, fields: readonly string[] }[]}
 */
const FORMS = [
  {
    key: "mark",
    event: "ATTENDANCE_MARKED",
    text: "ATTENDANCE_MARKED (one)",
    group: "For teachers",
    fields: ["class", "student", "status", "note"],
  },
  {
    key: "bulk",
    event: "ATTENDANCE_MARKED",
    text: "ATTENDANCE_MARKED (many)",
    group: "For teachers",
    fields: ["class", "marks"],
  },
  {
    key: "summary",
    event: "TODAY_SUMMARY",
    text: "TODAY_SUMMARY",
    group: "For teachers",
    fields: ["class"],
  },
  { key: "done", event: "DONE", text: "DONE", group: "For teachers", fields: ["class"] },
  {
    key: "own",
    event: "MY_ATTENDANCE",
    text: "MY_ATTENDANCE",
    group: "For students",
    fields: ["class"],
  },
  {
    key: "subscribe",
    event: "SUBSCRIBE",
    text: "SUBSCRIBE",
    group: "For everyone",
    fields: ["class"],
  },
  { key: "auth", event: "AUTH", text: "AUTH", group: "For everyone", fields: ["token"] },
  { key: "ping", event: "PING", text: "PING", group: "For everyone", fields: [] },
  { key: "raw", event: "", text: "Anything (raw text)", group: "For everyone", fields: ["raw"] },
];

/**
 * Indented JSON on one line that can wrap.
 *
 * @param {string} json
 */
const spaced = (json) =>
  json.replace(/([{[]?)\n *([}\]]?)/g, (_, open, close) => open || close ? open + close : " ");

/**
 * The form that sends frames by hand.
 *
 * @param {object} deps
 * @param {() => readonly SchoolClass[]} deps.classes
 * @param {() => SchoolClass | null} deps.chosen
 * @param {() => Promise<string | null>} deps.token
 * @param {(event: string, data: unknown) => Promise<unknown>} deps.request sends with an id; rejects on ERROR
 * @param {(text: string) => void} deps.sendRaw
 */
export function createCompose({ classes, chosen, token, request, sendRaw }) {
  const kind = byId("compose-event", HTMLSelectElement);
  const form = byId("compose", HTMLFormElement);
  const box = byId("compose-fields", HTMLElement);
  const preview = byId("compose-preview", HTMLElement);

  const groups = new Map(FORMS.map(({ group }) => [group, el("optgroup", { label: group })]));
  for (const { key, text, group } of FORMS) {
    groups.get(group)?.append(el("option", { value: key }, text));
  }
  kind.replaceChildren(...groups.values());

  const current = () => FORMS.find(({ key }) => key === kind.value) ?? FORMS[0];

  /**
   * @param {string} text
   * @param {HTMLElement} field
   */
  const labelled = (text, field) => el("label", {}, text, field);

  /** @param {string} name */
  function makeField(name) {
    switch (name) {
      case "class":
        return labelled("Class", el("select", { name: "class" }));
      case "student":
        return labelled("Student", el("select", { name: "student" }));
      case "status": {
        const select = el("select", { name: "status" });
        fillSelect(select, STATUS_OPTIONS);
        return labelled("Status", select);
      }
      case "note":
        return labelled(
          "Note (optional)",
          el("input", { name: "note", maxlength: 500, autocomplete: "off" }),
        );
      case "marks": {
        const all = el("select", { name: "all" });
        fillSelect(all, [{ value: "", text: "choose…" }, ...STATUS_OPTIONS]);
        all.addEventListener("change", () => {
          if (all.value === "") return;
          for (const select of form.querySelectorAll("select[data-student]")) {
            if (select instanceof HTMLSelectElement) select.value = all.value;
          }
        });
        return el(
          "div",
          { class: "wide" },
          labelled("Set every student to", all),
          el("div", { class: "marks", role: "group", "aria-label": "Status of each student" }),
        );
      }
      case "token":
        return labelled(
          "Token (empty: the one in use)",
          el("input", {
            name: "token",
            type: "password",
            autocomplete: "off",
            spellcheck: "false",
          }),
        );
      default: {
        const area = el("textarea", { name: "raw", rows: 5, spellcheck: "false" });
        area.value = '{"event":"PING","data":{},"id":"by-hand"}';
        return labelled("Text", area);
      }
    }
  }

  /** @param {string} name */
  function field(name) {
    const found = form.elements.namedItem(name);
    return found instanceof HTMLSelectElement || found instanceof HTMLInputElement ||
        found instanceof HTMLTextAreaElement
      ? found
      : null;
  }

  /** Puts what is on offer now into the selects, keeping choices. */
  function refill() {
    const classField = field("class");
    if (classField instanceof HTMLSelectElement) {
      fillSelect(
        classField,
        classes().map((one) => ({ value: String(one.id), text: `${one.class_name} (${one.id})` })),
        "No class yet",
      );
    }
    const one = classes().find(({ id }) => String(id) === classField?.value);
    const studentField = field("student");
    if (studentField instanceof HTMLSelectElement) {
      fillSelect(
        studentField,
        (one?.students ?? []).map(({ id, username }) => ({
          value: String(id),
          text: `${username} (${id})`,
        })),
        "No student yet",
      );
    }
    const marks = box.querySelector(".marks");
    if (marks) {
      const kept = new Map(bulkMarks().map(({ studentId, status }) => [studentId, status]));
      marks.replaceChildren(...(one?.students ?? []).map(({ id, username }) => {
        const select = el("select", { "data-student": id });
        fillSelect(select, [{ value: "", text: "(leave)" }, ...STATUS_OPTIONS]);
        select.value = kept.get(String(id)) ?? "";
        return el("label", {}, el("bdi", {}, username), select);
      }));
    }
    showPreview();
  }

  function bulkMarks() {
    return Array.from(form.querySelectorAll("select[data-student]")).flatMap((select) =>
      select instanceof HTMLSelectElement && select.value !== ""
        ? [{ studentId: String(select.dataset.student), status: select.value }]
        : []
    );
  }

  /** What the fields say now. */
  function data() {
    const value = (/** @type {string} */ name) => field(name)?.value ?? "";
    const classId = value("class");
    switch (current()?.key) {
      case "mark": {
        const note = value("note").trim();
        return {
          classId,
          studentId: value("student"),
          status: value("status"),
          ...(note ? { note } : {}),
        };
      }
      case "bulk":
        return { classId, marks: bulkMarks() };
      case "auth":
        return { token: value("token") };
      case "ping":
        return {};
      default:
        return { classId };
    }
  }

  function showPreview() {
    const form = current();
    byId("compose-preview-box", HTMLElement).hidden = form?.key === "raw";
    setText(
      preview,
      spaced(JSON.stringify({ event: form?.event, data: withoutSecrets(data()) }, null, 1)),
    );
  }

  function lay() {
    box.replaceChildren(...(current()?.fields ?? []).map(makeField));
    refill();
    const preferred = chosen();
    const classField = field("class");
    if (preferred && classField) classField.value = String(preferred.id);
    refill();
    setText(form.querySelector("[data-error]") ?? form, "");
  }

  kind.addEventListener("change", lay);
  form.addEventListener("input", (event) => {
    if (event.target === field("class")) refill();
    else showPreview();
  });

  onSubmit(form, async () => {
    const now = current();
    if (now?.key === "raw") return sendRaw(field("raw")?.value ?? "");
    const content = now?.key === "auth"
      ? { token: field("token")?.value || (await token()) }
      : data();
    await request(now?.event ?? "", content);
  });

  lay();

  return {
    refill,

    /** Turns the form to the class on the board. */
    follow() {
      const one = chosen();
      const classField = field("class");
      refill();
      if (one && classField) classField.value = String(one.id);
      refill();
    },

    /** @param {"mark" | "own"} key the event that this user is likeliest to send */
    suggest(key) {
      kind.value = key;
      lay();
    },
  };
}

/** @typedef {ReturnType<typeof createCompose>} Compose */
