/** The test page: who is signed in, one socket, one board, and a log of everything. */
import { createAccount } from "./app/account.js";
import { createApi } from "./app/api.js";
import { createBoard } from "./app/board.js";
import { createBoardView } from "./app/board_view.js";
import { createClassPanel } from "./app/class_panel.js";
import { createCompose } from "./app/compose.js";
import { byId, messageOf, onSubmit, setText } from "./app/dom.js";
import { createLogView } from "./app/log_view.js";
import { createNotices } from "./app/notices.js";
import { createSocket, FrameError } from "./app/socket.js";

/** Between two looks at a class list that seems to have changed. */
const RELOAD_EVERY_MS = 2_000;

const notices = createNotices(byId("notices", HTMLElement));
const log = createLogView();

const api = createApi({
  token: () => account.token(),
  renew: () => account.renew(),
  onExchange: (exchange) => log.http(exchange),
});

const account = createAccount({
  api: () => api,
  onChange: showAccount,
  onRenewed() {
    if (!socket.isConnected()) return;
    account.token().then((token) => socket.request("AUTH", { token })).catch(notices.error);
  },
  onEnded(why) {
    notices.error(why);
  },
});

const socket = createSocket({
  token: account.token,
  renew: account.renew,
  options: () => ({
    batch: byId("option-batch", HTMLInputElement).checked,
    reconnect: byId("option-reconnect", HTMLInputElement).checked,
    tokenInUrl: byId("option-token", HTMLSelectElement).value === "url",
  }),
  onState: showConnection,
  onFrame: hear,
  onLog: (logged) => log.frame(logged),
});

const board = createBoard({
  onChange: () => boardView.update(),
  askSnapshot: (classId) => socket.request("SUBSCRIBE", { classId }),
});

const boardView = createBoardView({ onMark: mark });

const classPanel = createClassPanel({
  api,
  onChange: followClass,
  tell: notices.info,
});

const compose = createCompose({
  classes: classPanel.all,
  chosen: classPanel.chosen,
  token: account.token,
  request: (event, data) => socket.request(event, data),
  sendRaw: (text) => socket.sendRaw(text),
});

boardView.from(() => ({
  state: board.state(),
  chosen: classPanel.chosen(),
  me: account.user(),
  connected: socket.isConnected(),
}));

// --- What the server says ---

let reloadedAt = 0;

/** Looks at the class list again, now and then. */
function reloadClasses() {
  if (Date.now() - reloadedAt < RELOAD_EVERY_MS) return;
  reloadedAt = Date.now();
  classPanel.load().catch(notices.error);
}

/** @param {import("./app/socket.js").Frame} frame */
function hear(frame) {
  const { event, data } = frame;
  board.apply(frame);
  switch (event) {
    case "CONNECTED":
      board.connected();
      reloadClasses();
      break;
    case "SESSION_STARTED": {
      const started = classPanel.all().find(({ id }) => String(id) === String(data.classId));
      if (!started) reloadClasses();
      else if (started !== classPanel.chosen()) {
        notices.info(`Attendance has started in ${started.class_name}`);
      }
      break;
    }
    case "TODAY_SUMMARY": {
      const chosen = classPanel.chosen();
      const other = String(chosen?.id) === String(data.classId) &&
        chosen?.students.length !== data.enrolled;
      if (other && account.user()?.role !== "STUDENT") reloadClasses();
      break;
    }
    case "ERROR":
      if (data?.code === "token_expired" && account.warned()) break;
      // Answers with an id go to whoever asked.
      if (frame.id === undefined) notices.error(data?.message ?? "The server reports an error");
      break;
  }
}

// --- The state of the connection ---

/** @type {ReturnType<typeof setInterval> | undefined} */
let countdown;

/** @param {import("./app/socket.js").ConnectionState} state */
function showConnection(state) {
  const pill = byId("state", HTMLElement);
  const connect = byId("connect", HTMLButtonElement);
  clearInterval(countdown);

  function text() {
    const me = account.user();
    switch (state.name) {
      case "disconnected":
        return "disconnected";
      case "connecting":
        return "connecting";
      case "connected":
        return `connected as ${me?.username ?? "?"} (${me?.role.toLowerCase() ?? "?"})`;
      case "waiting":
        return `reconnecting in ${Math.max(1, Math.ceil((state.untilMs - Date.now()) / 1000))} s`;
    }
  }

  pill.dataset.state = state.name;
  setText(pill, text());
  // The countdown would be read out every second: the live region says it once.
  setText(byId("state-live", HTMLElement), text());
  if (state.name === "waiting") countdown = setInterval(() => setText(pill, text()), 500);
  setText(byId("state-why", HTMLElement), "why" in state ? state.why : "");
  setText(connect, state.name === "disconnected" ? "Connect" : "Disconnect");
  connect.classList.toggle("primary", state.name === "disconnected");
  byId("interrupt", HTMLButtonElement).hidden = state.name !== "connected";
  if (state.name !== "connected") board.lost();
  boardView.update();
}

byId("connect", HTMLButtonElement).addEventListener("click", () => {
  if (byId("state", HTMLElement).dataset.state === "disconnected") socket.connect();
  else socket.disconnect();
});
byId("interrupt", HTMLButtonElement).addEventListener("click", () => socket.interrupt());
byId("renew", HTMLButtonElement).addEventListener("click", async () => {
  if (await account.renew()) notices.info("The token is renewed");
  else notices.error("There is no refresh token: sign in again");
});

// --- The class on the board ---

function followClass() {
  const chosen = classPanel.chosen();
  const id = chosen ? String(chosen.id) : null;
  const before = board.state().classId;
  board.follow(id, {
    isStaff: account.user()?.role !== "STUDENT",
    visibility: chosen?.mark_visibility ?? "staff",
  });
  if (id !== before) {
    compose.follow();
    if (socket.isConnected()) board.connected();
  } else {
    compose.refill();
  }
  boardView.update();
}

/**
 * @param {string} studentId
 * @param {import("./app/board.js").Status} status
 */
async function mark(studentId, status) {
  const { classId, phase } = board.state();
  const name = classPanel.chosen()?.students.find(({ id }) => String(id) === studentId)?.username ??
    `student ${studentId}`;
  if (phase !== "running") return notices.error("Start attendance first");
  try {
    await socket.request("ATTENDANCE_MARKED", { classId, studentId, status });
  } catch (error) {
    notices.error(
      error instanceof FrameError
        ? `${name}: ${error.message}`
        : `${name} may not be marked: ${messageOf(error)}`,
    );
  }
}

byId("rest-present", HTMLButtonElement).addEventListener("click", async () => {
  const { classId, marks } = board.state();
  const rest = (classPanel.chosen()?.students ?? []).filter(({ id }) => !marks.has(String(id)));
  try {
    await socket.request("ATTENDANCE_MARKED", {
      classId,
      marks: rest.map(({ id }) => ({ studentId: String(id), status: "present" })),
    });
  } catch (error) {
    notices.error(error);
  }
});

onSubmit(byId("start", HTMLFormElement), async ({ title }) => {
  const chosen = classPanel.chosen();
  if (!chosen) return;
  try {
    await api.call("POST", "/api/class/start-attendance/", {
      class_id: chosen.id,
      ...(title?.trim() ? { title: title.trim() } : {}),
    });
    byId("start", HTMLFormElement).reset();
  } catch (error) {
    notices.error(error);
  }
});

/**
 * @param {string} title
 * @param {string} text
 * @param {string} yes
 * @returns {Promise<boolean>}
 */
function confirmed(title, text, yes) {
  const dialog = byId("confirm", HTMLDialogElement);
  setText(byId("confirm-title", HTMLElement), title);
  setText(byId("confirm-text", HTMLElement), text);
  setText(byId("confirm-yes", HTMLElement), yes);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

byId("end", HTMLButtonElement).addEventListener("click", async () => {
  const open = byId("count-open", HTMLElement).textContent;
  const { classId } = board.state();
  const sure = await confirmed(
    "End the session?",
    open === "0"
      ? "Everybody is marked. The session is saved."
      : `Not marked yet: ${open}. They become absent, and the session is saved.`,
    "End session",
  );
  if (!sure) return;
  try {
    if (socket.isConnected()) await socket.request("DONE", { classId });
    else await api.call("POST", `/api/class/${classId}/session/done/`);
  } catch (error) {
    notices.error(error);
  }
});

byId("cancel", HTMLButtonElement).addEventListener("click", async () => {
  const { classId } = board.state();
  const sure = await confirmed(
    "Cancel the session?",
    "Its marks are thrown away and nothing is saved.",
    "Cancel the session",
  );
  if (!sure) return;
  await api.call("DELETE", `/api/class/${classId}/session/`).catch(notices.error);
});

// --- Signing in and out ---

function showAccount() {
  const me = account.user();
  const role = me?.role ?? "";
  byId("welcome", HTMLElement).hidden = me !== null;
  byId("workspace", HTMLElement).hidden = me === null;
  byId("sign-out", HTMLButtonElement).hidden = me === null;
  for (const part of document.querySelectorAll("[data-for]")) {
    if (!(part instanceof HTMLElement)) continue;
    part.hidden = part.dataset.for === "admin" ? role !== "ADMIN" : role === "STUDENT";
  }
  if (me === null) {
    socket.disconnect();
    classPanel.forget();
    return;
  }
  notices.clear();
  compose.suggest(me.role === "STUDENT" ? "own" : "mark");
  socket.connect();
  byId("main", HTMLElement).focus();
}

const entries = ["sign-in", "sign-up", "use-token"].map((id) => byId(id, HTMLFormElement));
for (const choice of document.querySelectorAll('input[name="entry"]')) {
  choice.addEventListener("change", () => {
    if (!(choice instanceof HTMLInputElement) || !choice.checked) return;
    for (const form of entries) form.hidden = form.id !== choice.value;
  });
}

/** @param {HTMLFormElement} form */
function clearPasswords(form) {
  for (const field of form.querySelectorAll('input[type="password"], textarea')) {
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.value = "";
  }
}

onSubmit(byId("sign-in", HTMLFormElement), async ({ handle = "", password = "" }) => {
  await account.signIn(handle.trim(), password);
  clearPasswords(byId("sign-in", HTMLFormElement));
});
onSubmit(
  byId("sign-up", HTMLFormElement),
  async ({ username = "", email = "", password = "", role = "" }) => {
    await account.signUp({ username: username.trim(), email: email.trim(), password, role });
    clearPasswords(byId("sign-up", HTMLFormElement));
  },
);
onSubmit(byId("use-token", HTMLFormElement), async ({ access = "", refresh = "" }) => {
  await account.useTokens(access.trim().replace(/^Bearer\s+/i, ""), refresh.trim());
  byId("use-token", HTMLFormElement).reset();
});
byId("sign-out", HTMLButtonElement).addEventListener("click", () => void account.signOut());

showConnection({ name: "disconnected", why: "" });
account.resume().catch(notices.error).finally(() => {
  if (account.user() === null) byId("welcome", HTMLElement).hidden = false;
});
