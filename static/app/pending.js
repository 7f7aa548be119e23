const ANSWER_WITHIN_MS = 15_000;

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

/** The frames that were sent with an id and wait for the frame that answers them. */
export function createPending() {
  /** @type {Map<string, { sentAt: number, resolve: (frame: any) => void, reject: (error: Error) => void, timer: ReturnType<typeof setTimeout> }>} */
  const waiting = new Map();
  let last = 0;

  /** @param {string} id */
  function take(id) {
    const found = waiting.get(id);
    if (!found) return null;
    clearTimeout(found.timer);
    waiting.delete(id);
    return found;
  }

  return {
    /** A new id, and what comes of it. */
    open() {
      const id = `p${++last}`;
      /** @type {Promise<any>} */
      const answer = new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => take(id)?.reject(new Error("The server did not answer")),
          ANSWER_WITHIN_MS,
        );
        waiting.set(id, { sentAt: performance.now(), resolve, reject, timer });
      });
      return { id, answer };
    },

    /**
     * Milliseconds since the frame of this id was sent; null where none waits.
     *
     * @param {string} id
     */
    ageMs(id) {
      const found = waiting.get(id);
      return found ? performance.now() - found.sentAt : null;
    },

    /**
     * Gives an answer to whoever waits for it.
     *
     * @param {string} id
     * @param {{ event: string, data: any }} frame
     */
    settle(id, frame) {
      const found = take(id);
      if (frame.event === "ERROR") found?.reject(new FrameError(frame.data ?? {}));
      else found?.resolve(frame);
    },

    /**
     * Nothing more will be answered.
     *
     * @param {string} why
     */
    rejectAll(why) {
      for (const id of [...waiting.keys()]) take(id)?.reject(new Error(why));
    },
  };
}
