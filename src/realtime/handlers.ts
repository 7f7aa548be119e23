/** Frames → service calls → answers. Knows no rooms and no sockets. */
import type { Attendance, MarkRequest } from "../sessions/service.ts";
import { roleAllows } from "../kernel/access.ts";
import { AppError, type ErrorCode, toAppError } from "../kernel/errors.ts";
import { describeError, type Logger } from "../kernel/logger.ts";
import { validate } from "../kernel/validate.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Caller } from "./caller.ts";
import {
  encode,
  encodeAuthenticated,
  encodeError,
  encodeEvent,
  encodeForStaff,
  withId,
} from "./encode.ts";
import type { FrameObserver } from "./frame_observer.ts";
import type { ClientFrame } from "./parse.ts";
import {
  authData,
  CLIENT_FRAMES,
  type ClientEvent,
  type ClientFrameSpec,
  manyMarks,
  ofClass,
  oneMark,
} from "./protocol/client_frames.ts";

type Data = Readonly<Record<string, unknown>>;

/** Sends the answer to a frame, with its id; does nothing if it is answered already. */
export type Reply = (text: () => string) => void;

interface Ask {
  readonly caller: Caller;
  readonly data: Data;
  /** The same for what the room hears too: the asker gets one frame, its copy of the event. */
  readonly replyAsEvent: Reply;
  readonly reply: Reply;
}

export interface Handlers {
  /** Checks a mark and returns the call that stores it. Neither rejects. */
  prepareMark(caller: Caller, frame: ClientFrame): Promise<() => Promise<void>>;
  /** Answers any other frame. Never rejects. */
  run(caller: Caller, frame: ClientFrame): Promise<void>;
}

export const isMark = (frame: ClientFrame): boolean => frame.event === "ATTENDANCE_MARKED";

const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || value === "";

/** Role first, then missing fields: what clients are told depends on that order. */
function check(actor: Actor, event: ClientEvent, data: Data): void {
  const spec: ClientFrameSpec = CLIENT_FRAMES[event];
  if (!roleAllows(spec.access, actor)) {
    throw new AppError("forbidden", spec.denied === undefined ? {} : { detail: spec.denied });
  }
  const bulk = event === "ATTENDANCE_MARKED" && !isMissing(data["marks"]);
  const required = bulk ? ["classId"] : spec.required;
  const missing = required.filter((name) => isMissing(data[name]));
  if (missing.length === 0) return;
  throw new AppError("invalid_request", {
    ...(spec.missing === undefined ? {} : { detail: spec.missing }),
    errors: missing.map((path) => ({ path, message: "is required" })),
  });
}

function readMarks(data: Data): Pick<MarkRequest, "classId" | "marks" | "bulk"> {
  if (!isMissing(data["marks"])) return { ...validate(manyMarks, data), bulk: true };
  const { classId, ...mark } = validate(oneMark, data);
  return { classId, marks: [mark], bulk: false };
}

const classIdOf = (data: Data): number => validate(ofClass, data).classId;

export function createHandlers(
  { attendance, subscribe, now, logger, observe }: {
    attendance: Attendance;
    /** Joins the room and sends its snapshot as the answer. */
    subscribe: (caller: Caller, classId: number, reply: Reply) => Promise<void>;
    now: () => number;
    logger: Logger;
    observe: FrameObserver;
  },
): Handlers {
  const runners: Readonly<
    Record<Exclude<ClientEvent, "ATTENDANCE_MARKED">, (ask: Ask) => Promise<void>>
  > = {
    async TODAY_SUMMARY({ caller, data, replyAsEvent }) {
      const event = await attendance.summary(caller.actor, classIdOf(data));
      replyAsEvent(() => encodeEvent(event));
    },
    async MY_ATTENDANCE({ caller, data, reply }) {
      const { classId, status } = await attendance.own(caller.actor, classIdOf(data));
      reply(() =>
        encode("MY_ATTENDANCE", { classId: `${classId}`, status: status ?? "not yet updated" })
      );
    },
    async DONE({ caller, data, replyAsEvent }) {
      const event = await attendance.done(caller.actor, classIdOf(data));
      replyAsEvent(() => encodeEvent(event));
    },
    async SUBSCRIBE({ caller, data, reply }) {
      await subscribe(caller, classIdOf(data), reply);
    },
    async AUTH({ caller, data, reply }) {
      const expiresAtMs = await caller.renew(validate(authData, data).token);
      reply(() => encodeAuthenticated(caller.actor, expiresAtMs));
    },
    PING({ reply }) {
      reply(() => encode("PONG", { serverTime: new Date(now()).toISOString() }));
      return Promise.resolve();
    },
  };

  function replyTo(caller: Caller, request: number): Reply {
    return (text) => {
      const id = caller.takeReply(request);
      if (id !== undefined) caller.outbox.push(withId(text(), id));
    };
  }

  function replyAsEventTo(caller: Caller, request: number): Reply {
    return (text) => {
      const id = caller.takeReply(request);
      if (id === undefined) return;
      const frame = text();
      caller.outbox.answer(frame, withId(frame, id));
    };
  }

  function refuse(
    caller: Caller,
    frame: ClientFrame,
    reply: Reply,
    answered: (failure: ErrorCode) => void,
    thrown: unknown,
  ): void {
    const error = toAppError(thrown);
    const event = frame.event ?? frame.named;
    if (error.status >= 500) {
      logger.log("error", "frame failed", {
        connection: caller.id,
        userId: caller.actor.userId,
        event,
        code: error.code,
        cause: describeError(error.cause),
      });
    }
    reply(() => encodeError(error, event));
    answered(error.code);
  }

  return {
    async prepareMark(caller, frame) {
      const request = caller.openReply(frame.id);
      const reply = replyTo(caller, request);
      const replyAsEvent = replyAsEventTo(caller, request);
      const answered = observe(frame.event ?? "unknown", caller.actor);
      try {
        if (frame.event === null) throw frame.error;
        check(caller.actor, frame.event, frame.data);
        const issue = await attendance.authorizeMark(caller.actor, {
          ...readMarks(frame.data),
          source: "socket",
        });
        return async () => {
          try {
            const event = await issue();
            replyAsEvent(() => encodeForStaff(event));
            answered(null);
          } catch (error) {
            refuse(caller, frame, reply, answered, error);
          }
        };
      } catch (error) {
        return () => Promise.resolve(refuse(caller, frame, reply, answered, error));
      }
    },
    async run(caller, frame) {
      const request = caller.openReply(frame.id);
      const reply = replyTo(caller, request);
      const answered = observe(frame.event ?? "unknown", caller.actor);
      try {
        if (frame.event === null) throw frame.error;
        if (frame.event === "ATTENDANCE_MARKED") {
          throw new Error("Cannot run a mark: marks are prepared and issued");
        }
        check(caller.actor, frame.event, frame.data);
        await runners[frame.event]({
          caller,
          data: frame.data,
          reply,
          replyAsEvent: replyAsEventTo(caller, request),
        });
        answered(null);
      } catch (error) {
        refuse(caller, frame, reply, answered, error);
      }
    },
  };
}
