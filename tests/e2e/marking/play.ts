/** Plays steps against the running service from several sockets at once, and notes all that is seen. */
import type { ChangeView, SessionView } from "../../../src/records/history.ts";
import { type Person, Refused, type SchoolApi } from "../../support/school_api.ts";
import { connectSocket, type Frame, type SocketClient } from "../../support/socket.ts";
import {
  ENROLLED_AT_FIRST,
  type HttpLane,
  isSocket,
  type Lane,
  type SocketLane,
  SOCKETS,
  type Step,
} from "./steps.ts";

export interface Stage {
  readonly api: SchoolApi;
  readonly wsUrl: string;
  readonly teacher: Person;
  readonly admin: Person;
  readonly students: readonly Person[];
}

export type Outcome = { readonly ok: unknown } | { readonly refused: string };

/** A step that was carried out between two moments of the player's own clock. */
export interface Deed {
  readonly step: Step;
  readonly from: number;
  readonly to: number;
  readonly outcome: Outcome;
}

export interface Play {
  readonly classId: number;
  /** In the order in which they were sent; `settle` has the snapshot of that quiet moment, or null. */
  readonly deeds: readonly Deed[];
  /** Frames of each staff socket about the class, in order. */
  readonly staff: ReadonlyMap<SocketLane, readonly Frame[]>;
  /** The same for sockets of students, by index. */
  readonly watchers: ReadonlyMap<number, readonly Frame[]>;
  readonly history: readonly SessionView[];
  readonly trails: ReadonlyMap<string, readonly ChangeView[]>;
}

export const personOf = ({ teacher, admin }: Stage, lane: Lane): Person =>
  lane === "office" || lane === "admin http" ? admin : teacher;

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: await work };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.code };
    throw error;
  }
}

async function ask(socket: SocketClient, event: string, data: unknown): Promise<Outcome> {
  const answer = await socket.request(event, data);
  return answer.event === "ERROR" ? { refused: answer.data.code } : { ok: answer.data };
}

function performer(
  stage: Stage,
  classId: number,
  sockets: ReadonlyMap<SocketLane, SocketClient>,
): (step: Step) => Promise<Outcome> {
  const { api, teacher, students } = stage;
  const idOf = (index: number) => students[index]?.id ?? 0;
  const on = (lane: SocketLane, event: string, data: object = {}) => {
    const socket = sockets.get(lane);
    if (!socket) throw new Error(`There is no socket ${lane}`);
    return ask(socket, event, { classId: `${classId}`, ...data });
  };
  const over = (lane: HttpLane, verb: "start" | "done" | "cancel") =>
    outcomeOf(api[verb](personOf(stage, lane), classId));

  return (step) => {
    switch (step.verb) {
      case "mark": {
        const marks = step.marks.map(({ student, ...mark }) => ({
          studentId: idOf(student),
          ...mark,
        }));
        if (!isSocket(step.by)) {
          return outcomeOf(api.mark(personOf(stage, step.by), classId, marks));
        }
        return on(step.by, "ATTENDANCE_MARKED", step.bulk ? { marks } : marks[0]);
      }
      case "enrol":
      case "unenrol":
        return outcomeOf(api[step.verb](teacher, classId, idOf(step.student)));
      case "summary":
        return on(step.by, "TODAY_SUMMARY");
      case "subscribe":
        return on(step.by, "SUBSCRIBE");
      case "done":
        return isSocket(step.by) ? on(step.by, "DONE") : over(step.by, "done");
      case "start":
      case "cancel":
        return over(step.by, step.verb);
      case "settle":
        return outcomeOf(api.snapshot(teacher, classId));
    }
  };
}

async function carryOut(steps: readonly Step[], perform: (step: Step) => Promise<Outcome>) {
  const deeds: Promise<Deed>[] = [];
  let clock = 0;
  // What is done to the class list is done by one person, one after the other.
  let secretary: Promise<unknown> = Promise.resolve();
  const doNow = async (step: Step): Promise<Deed> => {
    const from = ++clock;
    const outcome = await perform(step);
    return { step, from, to: ++clock, outcome };
  };
  for (const step of steps) {
    if (step.verb === "settle") await Promise.all(deeds);
    if (step.verb === "enrol" || step.verb === "unenrol") {
      const deed = secretary.then(() => doNow(step));
      secretary = deed;
      deeds.push(deed);
    } else {
      deeds.push(doNow(step));
    }
    if (step.verb === "settle") await deeds.at(-1);
  }
  return await Promise.all(deeds);
}

/** Plays the steps on a class of their own, between a first start and a last close. */
export async function play(stage: Stage, name: string, steps: readonly Step[]): Promise<Play> {
  const { api, wsUrl, teacher, admin, students } = stage;
  const classId = await api.createClass(teacher, name);
  const first = students.filter((_, index) => ENROLLED_AT_FIRST.includes(index));
  await api.importStudents(teacher, classId, first.map(({ username }) => username));

  const opened: SocketClient[] = [];
  const open = async ({ token }: Person, batch: boolean) => {
    const socket = await connectSocket(wsUrl, { token, batch });
    opened.push(socket);
    await socket.next("CONNECTED");
    return socket;
  };
  try {
    const staff = new Map<SocketLane, SocketClient>();
    for (const lane of SOCKETS) {
      staff.set(lane, await open(lane === "office" ? admin : teacher, lane !== "phone"));
    }
    await staff.get("office")?.request("SUBSCRIBE", { classId });
    const watchers = new Map<number, SocketClient>();
    for (const [index, student] of first.slice(0, 2).entries()) {
      watchers.set(index, await open(student, index === 0));
    }

    const deeds = await carryOut(
      [
        { verb: "start", by: "teacher http" },
        { verb: "settle" },
        ...steps,
        { verb: "settle" },
        { verb: "done", by: "desk" },
        { verb: "settle" },
      ],
      performer(stage, classId, staff),
    );
    // The answer to a PING comes after all that was on its way before.
    for (const socket of opened) await socket.request("PING");

    const history = await api.history(teacher, classId);
    const trails = new Map<string, ChangeView[]>();
    for (const { session_id } of history) {
      trails.set(session_id, await api.trail(teacher, classId, session_id));
    }
    const seen = ({ frames }: SocketClient) =>
      frames.filter(({ data }) => data.classId === `${classId}`);
    return {
      classId,
      deeds,
      staff: new Map([...staff].map(([lane, socket]) => [lane, seen(socket)])),
      watchers: new Map([...watchers].map(([index, socket]) => [index, seen(socket)])),
      history,
      trails,
    };
  } finally {
    await Promise.all(opened.map((socket) => socket.close()));
  }
}
