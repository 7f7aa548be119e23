import { byId, messageOf, onSubmit, setText } from "./dom.js";
import { FrameError } from "./pending.js";

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

/**
 * Starting, marking, ending and cancelling a session from the board.
 *
 * @param {object} deps
 * @param {import("./api.js").Api} deps.api
 * @param {import("./socket.js").Socket} deps.socket
 * @param {import("./board.js").Board} deps.board
 * @param {import("./notices.js").Notices} deps.notices
 * @param {() => import("./api.js").SchoolClass | null} deps.chosen
 */
export function createSessionControls({ api, socket, board, notices, chosen }) {
  /**
   * @param {string} studentId
   * @param {import("./board.js").Status} status
   */
  async function mark(studentId, status) {
    const { classId, phase } = board.state();
    const name = chosen()?.students.find(({ id }) => String(id) === studentId)?.username ??
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
    const rest = (chosen()?.students ?? []).filter(({ id }) => !marks.has(String(id)));
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
    const one = chosen();
    if (!one) return;
    try {
      await api.call("POST", "/api/class/start-attendance/", {
        class_id: one.id,
        ...(title?.trim() ? { title: title.trim() } : {}),
      });
      byId("start", HTMLFormElement).reset();
    } catch (error) {
      notices.error(error);
    }
  });

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

  return { mark };
}
