/** One socket: signs in, keeps the order of its frames, keeps the limits, ends once. */
import { AppError, ERRORS, toAppError } from "../kernel/errors.ts";
import { describeError, type Logger } from "../kernel/logger.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Caller } from "./caller.ts";
import { encode, encodeAuthenticated, encodeError, withId } from "./encode.ts";
import { createFarewell } from "./farewell.ts";
import { createFrameQueue } from "./frame_queue.ts";
import { createFrameRate } from "./frame_rate.ts";
import { type Handlers, isMark } from "./handlers.ts";
import type { Joiner, WebSocketLike } from "./outbox.ts";
import { type ClientFrame, isTooBig, parseFrame } from "./parse.ts";
import { authData } from "./protocol/client_frames.ts";
import { CLOSE, type CloseCode } from "./protocol/close_codes.ts";
import type { Schedule } from "../kernel/schedule.ts";
import { createTokenLife, WARNING_MS } from "./token_life.ts";

/** How long a socket may stay without a valid token, whatever it sends. */
export const AUTH_DEADLINE_MS = 5_000;

export interface Authenticated {
  readonly actor: Actor;
  readonly expiresAtMs: number;
}

/** What a connection needs of the hub. */
export interface Host {
  /**
   * Calls `found` with the token's user as of now; from that moment on `recheck` is called after
   * each change of a registered connection's user.
   * @throws AppError 401
   */
  authenticate(token: string, found: (authenticated: Authenticated) => void): Promise<void>;
  register(connection: Connection): void;
  /**
   * Puts a registered connection into its rooms. `welcome` is called right before the first event
   * can arrive, and never for one that has gone.
   */
  seat(connection: Connection, welcome: () => void): Promise<void>;
  /** Reads its rooms anew. */
  reseat(connection: Connection): Promise<void>;
  /** Takes the connection out of all rooms. */
  unseat(connection: Connection): void;
  /** The connection ended with this close code: no more rooms, no more events. Called once. */
  forget(connection: Connection, code: number): void;
}

export interface Connection extends Caller {
  /** Frames that came and are not answered yet. */
  readonly waitingFrames: number;
  /** One message from the peer. */
  message(data: unknown): void;
  /** The peer is gone. What it had sent is still done. Safe to repeat. */
  closed(code: number): void;
  /** Closes it from this side. Safe to repeat. */
  end(close: CloseCode, error?: AppError): void;
  /** The user changed: looks again, before any further frame is handled. */
  recheck(): Promise<void>;
  /** Takes no more frames; resolves when those that came are answered. */
  settle(): Promise<void>;
}

export interface ConnectionInput {
  readonly id: string;
  readonly socket: WebSocketLike;
  /** From the upgrade request; null: the first frame brings it. */
  readonly token: string | null;
  readonly batch: boolean;
}

export interface ConnectionDeps {
  readonly host: Host;
  readonly handlers: Handlers;
  readonly joiner: Joiner;
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Frames a second; 0: no limit. */
  readonly frameRate: number;
  readonly logger: Logger;
}

const NOBODY: Actor = { userId: 0, role: "STUDENT" };

/** Who fails to sign in is told one text, and by the code why. */
const authRequired = (error: AppError): AppError =>
  error.status === 401
    ? new AppError(error.code, {
      detail: ERRORS.authentication_required.title,
      cause: error.cause,
    })
    : error;

/** Starts with the sign-in where the upgrade request brought a token, else waits for one. */
export function createConnection(
  { id, socket, token: givenToken, batch }: ConnectionInput,
  { host, handlers, joiner, now, schedule, frameRate, logger }: ConnectionDeps,
): Connection {
  let phase: "waiting" | "signing_in" | "seated" | "gone" = "waiting";
  /** Takes no more frames. */
  let deaf = false;
  let actor = NOBODY;
  let token = "";
  const openedAtMs = now();
  const rate = createFrameRate({ rate: frameRate, now });
  const farewell = createFarewell({ socket, schedule });
  const outbox = joiner.open({ socket, batch, onSlow: () => end(CLOSE.slow) });
  const life = createTokenLife({
    now,
    schedule,
    onWarning: () =>
      sendError(
        new AppError("token_expired", {
          detail: `The token expires within ${WARNING_MS / 1000} seconds; send AUTH with a new one`,
        }),
      ),
    onExpiry: () => end(CLOSE.unauthenticated),
  });
  const queue = createFrameQueue<ClientFrame>({
    pipelined: isMark,
    prepare: (frame) =>
      stillValid() ? handlers.prepareMark(connection, frame) : Promise.resolve(nothing),
    run: (frame) => stillValid() ? handlers.run(connection, frame) : nothing(),
  });
  const cancelDeadline = schedule(
    () => fail(new AppError("authentication_required"), null),
    AUTH_DEADLINE_MS,
  );

  const nothing = () => Promise.resolve();

  function stillValid(): boolean {
    if (!life.expired()) return true;
    end(CLOSE.unauthenticated);
    return false;
  }

  function sendError(error: AppError, frame: ClientFrame | null = null): void {
    const event = frame && (frame.event ?? frame.named);
    outbox.push(withId(encodeError(error, event), frame?.id ?? null));
  }

  /** Forgets the connection; false if that was done before. */
  function leave(code: number): boolean {
    if (phase === "gone") return false;
    phase = "gone";
    cancelDeadline();
    life.stop();
    host.forget(connection, code);
    logger.log("info", "socket closed", {
      connection: id,
      userId: actor.userId || null,
      code,
      durationMs: now() - openedAtMs,
    });
    return true;
  }

  function end(close: CloseCode, error?: AppError, frame: ClientFrame | null = null): void {
    if (!leave(close.code)) return;
    queue.clear();
    if (error) sendError(error, frame);
    outbox.flush();
    outbox.discard();
    farewell.say(close);
  }

  async function settle(): Promise<void> {
    deaf = true;
    if (phase === "seated") await queue.idle();
  }

  async function finish(close: CloseCode): Promise<void> {
    await settle();
    end(close);
  }

  /** Ends it for a reason that came as an error. */
  function fail(thrown: unknown, frame: ClientFrame | null): void {
    const error = toAppError(thrown);
    if (error.status === 401) return end(CLOSE.unauthenticated, error, frame);
    logger.log("error", "socket failed", {
      connection: id,
      code: error.code,
      cause: describeError(error.cause),
    });
    end(CLOSE.tryAgainLater, error, frame);
  }

  async function signIn(candidate: string, frame: ClientFrame | null): Promise<void> {
    phase = "signing_in";
    queue.pause();
    try {
      let expiresAtMs = 0;
      await host.authenticate(candidate, (found) => {
        if (phase === "gone") return;
        cancelDeadline();
        ({ actor, expiresAtMs } = found);
        token = candidate;
        host.register(connection);
      });
      if (isGone()) return;
      await host.seat(connection, () => {
        phase = "seated";
        outbox.push(encode("CONNECTED", {
          message: "WebSocket connection established",
          userId: `${actor.userId}`,
          role: actor.role,
          serverTime: new Date(now()).toISOString(),
          expiresAt: new Date(expiresAtMs).toISOString(),
        }));
        if (frame) outbox.push(withId(encodeAuthenticated(actor, expiresAtMs), frame.id));
        life.renew(expiresAtMs);
      });
      queue.resume();
    } catch (error) {
      fail(authRequired(toAppError(error)), frame);
    }
  }

  const isGone = () => phase === "gone";

  function firstFrame(frame: ClientFrame): void {
    const auth = frame.event === "AUTH" ? authData.safeParse(frame.data) : null;
    if (auth?.success) signIn(auth.data.token, frame);
    else fail(new AppError("authentication_required"), frame);
  }

  const connection: Connection = {
    id,
    outbox,
    get actor() {
      return actor;
    },
    get waitingFrames() {
      return queue.size;
    },

    async renew(candidate) {
      let expiresAtMs = 0;
      await host.authenticate(candidate, (found) => {
        if (found.actor.userId !== actor.userId) {
          throw new AppError("forbidden", { detail: "The token is another user's" });
        }
        expiresAtMs = found.expiresAtMs;
      });
      if (phase === "seated") {
        token = candidate;
        life.renew(expiresAtMs);
      }
      return expiresAtMs;
    },

    message(data) {
      farewell.heard();
      if (phase === "gone" || deaf) return;
      if (typeof data !== "string") return void finish(CLOSE.binary);
      if (isTooBig(data)) return void finish(CLOSE.tooBig);
      const verdict = rate();
      if (verdict === "cut_off") return void finish(CLOSE.rateLimited);
      const frame = parseFrame(data);
      if (verdict === "limited") {
        sendError(
          new AppError("rate_limited", { detail: `Over ${frameRate} frames a second` }),
          frame,
        );
      } else if (phase === "waiting") firstFrame(frame);
      else queue.push(frame);
    },

    closed(code) {
      farewell.stop();
      const wasSeated = phase === "seated";
      if (!leave(code)) return;
      outbox.discard();
      if (!wasSeated) queue.clear();
    },

    end,

    async recheck() {
      queue.pause();
      try {
        const { role } = actor;
        await host.authenticate(token, (found) => {
          if (found.actor.role !== role) host.unseat(connection);
          actor = found.actor;
        });
        if (phase !== "gone" && actor.role !== role) await host.reseat(connection);
      } catch (error) {
        queue.clear();
        fail(error, null);
      } finally {
        queue.resume();
      }
    },

    settle,
  };

  if (givenToken !== null) signIn(givenToken, null);
  return connection;
}
