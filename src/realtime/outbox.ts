/**
 * What is on its way to each socket. Frames of one turn of the event loop leave together, because
 * one system call per message and client is what fan-out costs; a lone frame leaves in the same turn.
 */

/** The part of a WebSocket that the service uses, so that its core knows no runtime. */
export interface WebSocketLike {
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Bytes taken but not yet given to the network. */
  readonly bufferedAmount: number;
}

/** A receiver that has more than this waiting, in bytes, is cut off. */
export const MAX_BUFFERED_BYTES = 1024 * 1024;

export interface Outbox {
  /** Bytes that the receiver has yet to take. */
  readonly waitingBytes: number;
  /** Queues one encoded frame; nothing happens once discarded. */
  push(frame: string): void;
  /** Puts another frame in the place of a queued one; false where that is not queued (any more). */
  replace(frame: string, by: string): boolean;
  /** Sends what is queued now instead of at the end of the turn. */
  flush(): void;
  /** Drops what is queued and takes no more. */
  discard(): void;
}

class SocketOutbox implements Outbox {
  frames: string[] = [];
  open = true;

  constructor(
    readonly socket: WebSocketLike,
    readonly batch: boolean,
    readonly onSlow: () => void,
    readonly joiner: Joiner,
  ) {}

  get waitingBytes(): number {
    return this.socket.bufferedAmount;
  }

  push(frame: string): void {
    if (!this.open) return;
    if (this.frames.push(frame) === 1) this.joiner.markDirty(this);
  }

  replace(frame: string, by: string): boolean {
    const index = this.frames.lastIndexOf(frame);
    if (index === -1) return false;
    this.frames[index] = by;
    return true;
  }

  flush(): void {
    this.joiner.send(this);
  }

  discard(): void {
    this.open = false;
    this.frames = [];
  }
}

/** Flushes every outbox that got something in this turn, in one go. */
export class Joiner {
  /** Frames given to sockets so far. */
  sentFrames = 0;
  /** The messages in which they went. */
  sentMessages = 0;
  #dirty: SocketOutbox[] = [];
  #joinedFrames: readonly string[] = [];
  #joinedText = "";

  /**
   * @param batch whether the receiver takes several frames as one JSON array
   * @param onSlow called when too much is waiting; the outbox is already discarded
   */
  open(
    { socket, batch, onSlow }: { socket: WebSocketLike; batch: boolean; onSlow: () => void },
  ): Outbox {
    return new SocketOutbox(socket, batch, onSlow, this);
  }

  markDirty(outbox: SocketOutbox): void {
    if (this.#dirty.push(outbox) === 1) setImmediate(() => this.#flush());
  }

  send(outbox: SocketOutbox): void {
    const { frames, socket } = outbox;
    const [first] = frames;
    if (first === undefined) return;
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      outbox.discard();
      outbox.onSlow();
      return;
    }
    this.sentFrames += frames.length;
    this.sentMessages += outbox.batch ? 1 : frames.length;
    try {
      if (frames.length === 1) socket.send(first);
      else if (outbox.batch) socket.send(this.#join(frames));
      else for (const frame of frames) socket.send(frame);
    } catch {
      // It closed under our hands; its close event does the rest.
    }
    frames.length = 0;
  }

  #flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const outbox of dirty) this.send(outbox);
  }

  /** Sockets of one room mostly have the same frames waiting: those share one string. */
  #join(frames: readonly string[]): string {
    const known = this.#joinedFrames;
    if (known.length !== frames.length || !frames.every((frame, i) => frame === known[i])) {
      this.#joinedFrames = frames.slice();
      this.#joinedText = `[${frames.join(",")}]`;
    }
    return this.#joinedText;
  }
}
