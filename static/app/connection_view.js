import { byId, setText } from "./dom.js";

/** @typedef {import("./socket.js").ConnectionState} ConnectionState */

/**
 * The state of the connection, always in sight, and the buttons that change it.
 *
 * @param {object} deps
 * @param {() => import("./api.js").User | null} deps.me
 * @param {() => void} deps.onConnect
 * @param {() => void} deps.onDisconnect
 * @param {() => void} deps.onInterrupt
 */
export function createConnectionView({ me, onConnect, onDisconnect, onInterrupt }) {
  const pill = byId("state", HTMLElement);
  const connect = byId("connect", HTMLButtonElement);
  const interrupt = byId("interrupt", HTMLButtonElement);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let countdown;

  /** @param {ConnectionState} state */
  function textOf(state) {
    switch (state.name) {
      case "disconnected":
        return "disconnected";
      case "connecting":
        return "connecting";
      case "connected": {
        const user = me();
        return user ? `connected as ${user.username} (${user.role.toLowerCase()})` : "connected";
      }
      case "waiting":
        return `reconnecting in ${Math.max(1, Math.ceil((state.untilMs - Date.now()) / 1000))} s`;
    }
  }

  connect.addEventListener("click", () => {
    if (pill.dataset.state === "disconnected") onConnect();
    else onDisconnect();
  });
  interrupt.addEventListener("click", onInterrupt);

  return {
    /** @param {ConnectionState} state */
    show(state) {
      const text = textOf(state);
      const ended = state.name === "disconnected";
      clearInterval(countdown);
      if (state.name === "waiting") {
        countdown = setInterval(() => setText(pill, textOf(state)), 500);
      }
      pill.dataset.state = state.name;
      setText(pill, text);
      // A countdown would be read out every second: the live region says it once.
      setText(byId("state-live", HTMLElement), text);
      setText(byId("state-why", HTMLElement), "why" in state ? state.why : "");
      setText(connect, ended ? "Connect" : "Disconnect");
      connect.classList.toggle("primary", ended);
      interrupt.hidden = state.name !== "connected";
    },
  };
}
