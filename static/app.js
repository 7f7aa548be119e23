/** The test page: who is signed in, one socket, one board, and a log of everything. */
import { createAccount } from "./app/account.js";
import { createApi } from "./app/api.js";
import { createBoard } from "./app/board.js";
import { createBoardView } from "./app/board_view.js";
import { createClassPanel } from "./app/class_panel.js";
import { createCompose } from "./app/compose.js";
import { createConnectionView } from "./app/connection_view.js";
import { byId } from "./app/dom.js";
import { bindEntry } from "./app/entry.js";
import { createLogView } from "./app/log_view.js";
import { createNotices } from "./app/notices.js";
import { createSessionControls } from "./app/session_controls.js";
import { createSocket } from "./app/socket.js";

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

const boardView = createBoardView({
  onMark: (studentId, status) => controls.mark(studentId, status),
});

const connectionView = createConnectionView({
  me: account.user,
  onConnect: () => socket.connect(),
  onDisconnect: () => socket.disconnect(),
  onInterrupt: () => socket.interrupt(),
});

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

const controls = createSessionControls({
  api,
  socket,
  board,
  notices,
  chosen: classPanel.chosen,
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

/** @param {import("./app/socket.js").ConnectionState} state */
function showConnection(state) {
  connectionView.show(state);
  if (state.name !== "connected") board.lost();
  boardView.update();
}

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
    reloadedAt = 0;
    return;
  }
  notices.clear();
  compose.suggest(me.role === "STUDENT" ? "own" : "mark");
  socket.connect();
  byId("main", HTMLElement).focus();
}

bindEntry(account);
byId("renew", HTMLButtonElement).addEventListener("click", async () => {
  if (await account.renew()) notices.info("The token is renewed");
  else notices.error("There is no refresh token: sign in again");
});
byId("sign-out", HTMLButtonElement).addEventListener("click", () => void account.signOut());

showConnection({ name: "disconnected", why: "" });
account.resume().catch(notices.error).finally(() => {
  if (account.user() === null) byId("welcome", HTMLElement).hidden = false;
});
