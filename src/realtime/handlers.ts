/** Frames → service calls → answers. Knows no rooms and no sockets. */
import type { MarkRequest, Sessions } from "../sessions/service.ts";
import type { Admission, ClassPass } from "../classes/admission.ts";
import type { ClassAccess } from "../kernel/access.ts";
import { roleAllows } from "../kernel/access.ts";
import { AppError, type ErrorCode, toAppError } from "../kernel/errors.ts";
import { describeError, type Logger } from "../kernel/logger.ts";
import { validate } from "../kernel/validate.ts";
import type { LiveEvent } from "../sessions/live_store.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Caller } from "./caller.ts";
import { encode, encodeAuthenticated, encodeError, withId } from "./encode.ts";
import type { FrameObserver } from "./frame_observer.ts";
import type { ClientFrame } from "./parse.ts";
import {
  authData,
  CLIENT_FRAMES,
  type ClientEvent,
  type ClientFrameSpec,
  type FrameId,
  manyMarks,
  ofClass,
  oneMark,
} from "./protocol/client_frames.ts";

type Data = Readonly<Record<string, unknown>>;

/** Sends the answer to a frame, with its id. */
export type Reply = (text: string) => void;

interface Ask {
  readonly caller: Caller;
  readonly data: Data;
  readonly id: FrameId | null;
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

function readMarks(data: Data): Omit<MarkRequest, "source"> & { readonly classId: number } {
  if (!isMissing(data["marks"])) return { ...validate(manyMarks, data), bulk: true };
  const { classId, ...mark } = validate(oneMark, data);
  return { classId, marks: [mark], bulk: false };
}

const classIdOf = (data: Data): number => validate(ofClass, data).classId;

export function createHandlers(
  { sessions, admission, markers, answer, subscribe, now, logger, observe }: {
    sessions: Sessions;
    admission: Admission;
    /** Lets in who marks. */
    markers: Admission;
    /** Answers with an event: the asker's copy of it carries the frame's id. */
    answer: (caller: Caller, event: LiveEvent, id: FrameId | null) => void;
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
    async TODAY_SUMMARY({ caller, data, id }) {
      answer(caller, await sessions.summary(await admit(caller, data, "class_staff")), id);
    },
    async MY_ATTENDANCE({ caller, data, reply }) {
      const pass = await admit(caller, data, "class_student");
      const status = await sessions.own(pass) ?? "not yet updated";
      reply(encode("MY_ATTENDANCE", { classId: `${pass.class.id}`, status }));
    },
    async DONE({ caller, data, id }) {
      answer(caller, await sessions.done(await admit(caller, data, "class_staff")), id);
    },
    async SUBSCRIBE({ caller, data, reply }) {
      await subscribe(caller, classIdOf(data), reply);
    },
    async AUTH({ caller, data, reply }) {
      const expiresAtMs = await caller.renew(validate(authData, data).token);
      reply(encodeAuthenticated(caller.actor, expiresAtMs));
    },
    PING({ reply }) {
      reply(encode("PONG", { serverTime: new Date(now()).toISOString() }));
      return Promise.resolve();
    },
  };

  const admit = <A extends ClassAccess>(
    caller: Caller,
    data: Data,
    access: A,
  ): Promise<ClassPass<A>> => admission.admit(caller.actor, classIdOf(data), access);

  function refuse(
    caller: Caller,
    frame: ClientFrame,
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
    caller.outbox.push(withId(encodeError(error, event), frame.id));
    answered(error.code);
  }

  return {
    async prepareMark(caller, frame) {
      const answered = observe(frame.event ?? "unknown", caller.actor);
      try {
        if (frame.event === null) throw frame.error;
        check(caller.actor, frame.event, frame.data);
        const { classId, ...marks } = readMarks(frame.data);
        const pass = await markers.admit(caller.actor, classId, "class_staff");
        return async () => {
          try {
            answer(caller, await sessions.mark(pass, { ...marks, source: "socket" }), frame.id);
            answered(null);
          } catch (error) {
            refuse(caller, frame, answered, error);
          }
        };
      } catch (error) {
        return () => Promise.resolve(refuse(caller, frame, answered, error));
      }
    },
    async run(caller, frame) {
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
          id: frame.id,
          reply: (text) => caller.outbox.push(withId(text, frame.id)),
        });
        answered(null);
      } catch (error) {
        refuse(caller, frame, answered, error);
      }
    },
  };
}
