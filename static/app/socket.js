import { backoffMs } from "./backoff.js";

/** Close codes of the service (docs/websocket.md). */
const UNAUTHENTICATED = 4401;
const TOO_FAST = 4429;

const OPEN_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 15_000;
const KEEP_ALIVE_MS = 25_000;
/** After a close for sending too fast the wait starts at the length of this try. */
const TOO_FAST_ATTEMPT = 3;

/**
 * @typedef {object} Frame
 * @property {string} event
 * @property {any} data
 * @property {string | number} [id]
 */

/**
 * @typedef {{ name: "disconnected", why: string }
 *   | { name: "connecting" }
 *   | { name: "connected" }
 *   | { name: "waiting", untilMs: number, why: string }} ConnectionState
 */

/**
 * @typedef {object} LoggedFrame
 * @property {"sent" | "received"} direction
 * @property {string} text as it was on the wire
 * @property {Frame | null} frame null where the text is no frame
 * @property {number} batch how many frames came in the same message
 * @property {number | null} answerMs since the frame that it answers
 * @property {boolean} keepAlive
 */

/** An ERROR frame that answers a request. */
export class FrameError extends Error {
  /** @param {{ message?: string, code?: string, errors?: { path: string, message: string }[] }} data */
  constructor(data) {
    const fields = (data.errors ?? []).map(({ path, message }) => `${path}: ${message}`).join(", ");
    const text = data.message ?? "The server refused the frame";
    super(fields ? `${text} (${fields})` : text);
    this.name = "FrameError";
    this.code = data.code ?? "unknown";
  }
}

/**
 * One WebSocket that comes back by itself.
 *
 * @param {object} deps
 * @param {() => Promise<string | null>} deps.token
 * @param {() => Promise<boolean>} deps.renew
 * @param {() => { batch: boolean, tokenInUrl: boolean, reconnect: boolean }} deps.options
 * @param {(state: ConnectionState) => void} deps.onState
 * @param {(frame: Frame) => void} deps.onFrame
 * @param {(logged: LoggedFrame) => void} deps.onLog
 */
export function createSocket({ token, renew, options, onState, onFrame, onLog }) {
  /** @type {WebSocket | null} */
  let socket = null;
  let wanted = false;
  let attempt = 0;
  let lastId = 0;
  /** Grows with each try and each end of one, so that what was awaited meanwhile can see it. */
  let generation = 0;
  /** Refused tokens in a row, so that a server that takes none is not asked forever. */
  let refusals = 0;
  /** @type {ConnectionState} */
  let state = { name: "disconnected", why: "" };
  /** @type {Map<string, { sentAt: number, resolve: (frame: Frame) => void, reject: (error: Error) => void, timer: ReturnType<typeof setTimeout> }>} */
  const pending = new Map();
  /** @type {Set<string>} */
  const keepAliveIds = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let heart;

  /** @param {ConnectionState} next */
  function become(next) {
    state = next;
    onState(next);
  }

  /**
   * @param {string} text
   * @param {Frame | null} frame
   * @param {boolean} [keepAlive]
   */
  function put(text, frame, keepAlive = false) {
    if (!socket || socket.readyState !== WebSocket.OPEN) throw new Error("Not connected");
    socket.send(text);
    onLog({ direction: "sent", text, frame, batch: 1, answerMs: null, keepAlive });
  }

  /**
   * Sends a frame with an id and resolves with the frame that answers it.
   *
   * @param {string} event
   * @param {unknown} data
   * @param {boolean} [keepAlive]
   * @returns {Promise<Frame>}
   */
  function request(event, data, keepAlive = false) {
    const id = `p${++lastId}`;
    const frame = { event, data, id };
    return new Promise((resolve, reject) => {
      put(JSON.stringify(frame), frame, keepAlive);
      if (keepAlive) keepAliveIds.add(id);
      pending.set(id, {
        sentAt: performance.now(),
        resolve,
        reject,
        timer: setTimeout(
          () => settle(id)?.reject(new Error(`No answer to ${event}`)),
          ANSWER_WITHIN_MS,
        ),
      });
    });
  }

  /** @param {string} id */
  function settle(id) {
    const found = pending.get(id);
    if (!found) return undefined;
    clearTimeout(found.timer);
    pending.delete(id);
    return found;
  }

  /**
   * @param {Frame} frame
   * @param {number} batch
   */
  function receive(frame, batch) {
    const id = frame.id === undefined ? null : String(frame.id);
    const asked = id === null ? undefined : settle(id);
    onLog({
      direction: "received",
      text: JSON.stringify(frame),
      frame,
      batch,
      answerMs: asked ? performance.now() - asked.sentAt : null,
      keepAlive: id !== null && keepAliveIds.delete(id),
    });
    if (frame.event === "CONNECTED") {
      clearTimeout(timer);
      attempt = 0;
      refusals = 0;
      become({ name: "connected" });
    }
    onFrame(frame);
    if (frame.event === "ERROR") asked?.reject(new FrameError(frame.data ?? {}));
    else asked?.resolve(frame);
  }

  /** @param {string} text */
  function hear(text) {
    let parsed;
    try {
      parsed = JSON.parse(text);
    } catch {
      onLog({
        direction: "received",
        text,
        frame: null,
        batch: 1,
        answerMs: null,
        keepAlive: false,
      });
      return;
    }
    const frames = Array.isArray(parsed) ? parsed : [parsed];
    for (const frame of frames) {
      if (typeof frame === "object" && frame !== null) receive(frame, frames.length);
    }
  }

  function dropSocket() {
    generation++;
    clearTimeout(timer);
    clearInterval(heart);
    const left = socket;
    socket = null;
    keepAliveIds.clear();
    for (const id of [...pending.keys()]) settle(id)?.reject(new Error("The connection was lost"));
    if (left && left.readyState <= WebSocket.OPEN) left.close();
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  async function lost(code, reason) {
    dropSocket();
    const why = `${closeText(code)}${reason ? `: ${reason}` : ""}`;
    if (!wanted) return become({ name: "disconnected", why: "" });
    if (code === UNAUTHENTICATED) {
      refusals++;
      become({ name: "connecting" });
      const mine = generation;
      const renewed = refusals <= 2 && (await renew());
      if (mine !== generation) return;
      if (!renewed) {
        wanted = false;
        return become({ name: "disconnected", why: "Sign in again to go on." });
      }
    } else if (!options().reconnect) {
      wanted = false;
      return become({ name: "disconnected", why });
    }
    if (code === TOO_FAST) attempt = Math.max(attempt, TOO_FAST_ATTEMPT);
    wait(why);
  }

  /** @param {string} why */
  function wait(why) {
    const waitMs = backoffMs(attempt++, Math.random);
    clearTimeout(timer);
    timer = setTimeout(() => void open(), waitMs);
    become({ name: "waiting", untilMs: Date.now() + waitMs, why });
  }

  async function open() {
    dropSocket();
    become({ name: "connecting" });
    const mine = generation;
    const bearer = await token().catch(() => null);
    if (mine !== generation) return;
    if (bearer === null) {
      wanted = false;
      return become({ name: "disconnected", why: "Sign in first." });
    }
    const { batch, tokenInUrl } = options();
    const url = new URL("/ws/", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (batch) url.searchParams.set("batch", "1");
    if (tokenInUrl) url.searchParams.set("token", bearer);
    const opened = new WebSocket(url);
    socket = opened;
    timer = setTimeout(() => {
      if (socket === opened) void lost(0, "no answer");
    }, OPEN_WITHIN_MS);
    opened.addEventListener("open", () => {
      if (socket !== opened) return;
      if (!tokenInUrl) {
        put(JSON.stringify({ event: "AUTH", data: { token: bearer } }), {
          event: "AUTH",
          data: { token: bearer },
        });
      }
      heart = setInterval(() => void beat(opened), KEEP_ALIVE_MS);
    });
    opened.addEventListener("message", (/** @type {MessageEvent} */ event) => {
      if (socket === opened && typeof event.data === "string") hear(event.data);
    });
    opened.addEventListener("close", (/** @type {CloseEvent} */ event) => {
      if (socket === opened) void lost(event.code, event.reason);
    });
  }

  /**
   * A phone that changes networks gets no close event: ask, and take silence for a loss.
   *
   * @param {WebSocket} asked
   */
  async function beat(asked) {
    if (state.name !== "connected") return;
    try {
      await request("PING", {}, true);
    } catch (error) {
      if (socket === asked && !(error instanceof FrameError)) void lost(0, "no answer");
    }
  }

  /** The network or the user came back: no reason to wait longer. */
  function hurry() {
    if (state.name === "waiting") void open();
  }
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") hurry();
  });

  return {
    connect() {
      wanted = true;
      attempt = 0;
      refusals = 0;
      void open();
    },

    disconnect() {
      wanted = false;
      dropSocket();
      become({ name: "disconnected", why: "" });
    },

    /** Drops the connection as a failing network would; it comes back by itself. */
    interrupt() {
      if (socket) void lost(0, "dropped on request");
    },

    isConnected: () => state.name === "connected",
    request,

    /**
     * Sends text as it is.
     *
     * @param {string} text
     */
    sendRaw(text) {
      /** @type {Frame | null} */
      let frame = null;
      try {
        frame = JSON.parse(text);
      } catch {
        // Broken JSON is a thing to try, too.
      }
      put(text, frame);
    },
  };
}

/**
 * @param {number} code
 * @returns {string}
 */
function closeText(code) {
  switch (code) {
    case 1000:
    case 1001:
      return `The server ended the connection (${code})`;
    case 1003:
      return "The server takes only text frames (1003)";
    case 1009:
      return "The frame was too large (1009)";
    case 1012:
      return "The server restarts (1012)";
    case UNAUTHENTICATED:
      return "The token was refused (4401)";
    case 4408:
      return "This client read too slowly (4408)";
    case TOO_FAST:
      return "Too many frames (4429)";
    default:
      return "The connection was lost";
  }
}

/** @typedef {ReturnType<typeof createSocket>} Socket */
