import { backoffMs } from "./backoff.js";
import { closeText, TOO_FAST, UNAUTHENTICATED } from "./close_codes.js";
import { createPending, FrameError } from "./pending.js";

const OPEN_WITHIN_MS = 10_000;
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
  /** Grows with each try and each end of one, so that what was awaited meanwhile can see it. */
  let generation = 0;
  /** Refused tokens in a row, so that a server that takes none is not asked forever. */
  let refusals = 0;
  /** @type {ConnectionState} */
  let state = { name: "disconnected", why: "" };
  const pending = createPending();
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
  async function request(event, data, keepAlive = false) {
    if (socket?.readyState !== WebSocket.OPEN) throw new Error("Not connected");
    const { id, answer } = pending.open();
    const frame = { event, data, id };
    if (keepAlive) keepAliveIds.add(id);
    put(JSON.stringify(frame), frame, keepAlive);
    return await answer;
  }

  /**
   * @param {Frame} frame
   * @param {number} batch
   */
  function receive(frame, batch) {
    const id = frame.id === undefined || frame.id === null ? "" : String(frame.id);
    onLog({
      direction: "received",
      text: JSON.stringify(frame),
      frame,
      batch,
      answerMs: pending.ageMs(id),
      keepAlive: keepAliveIds.delete(id),
    });
    if (frame.event === "CONNECTED") {
      clearTimeout(timer);
      attempt = 0;
      refusals = 0;
      become({ name: "connected" });
    }
    onFrame(frame);
    pending.settle(id, frame);
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
    pending.rejectAll("The connection was lost");
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

/** @typedef {ReturnType<typeof createSocket>} Socket */
