/** A class in which marks stream until the server dies, and what became of each of them. */
import { type Status, STATUSES } from "../../../src/kernel/status.ts";
import type { Random } from "../../../src/tools/demo/random.ts";
import { type Change, readChange } from "../../support/ledger.ts";
import { codeOr, type MarkToSend, type Person, type SchoolApi } from "../../support/school_api.ts";
import { pick, sample } from "../../support/seed.ts";
import type { SeededClass } from "../../support/seeded_school.ts";
import { connectSocket, type SocketClient } from "../../support/socket.ts";

/** What was sent; without an answer the server may have stored it before it died, or not. */
export interface Sent {
  readonly marks: readonly (MarkToSend & { readonly note: string; readonly status: Status })[];
  fate: "unknown" | "refused" | Change;
}

export interface Room {
  readonly classId: number;
  readonly students: readonly number[];
  readonly teacher: Person;
  /** What each sender sent, in order. */
  readonly lanes: Sent[][];
  /** Sessions whose start was acknowledged, with how far their end has come. */
  readonly sessions: Map<string, "open" | "closing" | "done">;
  /** A start was sent and not answered. */
  startUnknown: boolean;
}

/** The server's life from one start to its death. */
export interface Life {
  readonly api: SchoolApi;
  readonly wsUrl: string;
  readonly random: Random;
  /** Whether the death has been ordered: from then on calls may fail. */
  dead(): boolean;
  /** A mark was acknowledged. */
  onChange(change: Change): void;
  /** A close was acknowledged. */
  onDone(): void;
}

export const roomOf = ({ id, students }: SeededClass, teacher: Person): Room => ({
  classId: id,
  students: students.map((student) => student.id),
  teacher,
  lanes: [],
  sessions: new Map(),
  startUnknown: false,
});

/** Lets a call fail once the server is dead. */
async function whileAlive<T>(life: Life, work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (life.dead()) return null;
    throw error;
  }
}

let notes = 0;

function makeMarks({ students }: Room, random: Random, count: number): Sent["marks"] {
  return sample(random, students, count).map((studentId) => ({
    studentId,
    status: pick(random, STATUSES),
    // Each mark has a note of its own, by which it is found again.
    note: `mark ${++notes}`,
  }));
}

async function ask(socket: SocketClient, event: string, data: object): Promise<unknown> {
  const answer = await socket.request(event, data);
  return answer.event === "ERROR" ? answer.data.code : answer.data;
}

const openSession = ({ sessions }: Room): string | undefined =>
  [...sessions].find(([, state]) => state !== "done")?.[0];

export async function startSession(room: Room, api: SchoolApi): Promise<void> {
  room.startUnknown = true;
  const started = await api.start(room.teacher, room.classId);
  room.startUnknown = false;
  room.sessions.set(started.sessionId, "open");
}

/** Closes the running session; the marks of others go on meanwhile. */
export async function closeSession(room: Room, socket: SocketClient): Promise<void> {
  const sessionId = openSession(room);
  if (sessionId === undefined) throw new Error("There is no session to close");
  room.sessions.set(sessionId, "closing");
  const answer = await ask(socket, "DONE", { classId: room.classId });
  if (typeof answer === "string") throw new Error(`Cannot close: ${answer}`);
  room.sessions.set(sessionId, "done");
}

/** Someone who marks. */
interface Sender {
  /** Returns what was acknowledged, or the code of the refusal. */
  readonly send: (marks: Sent["marks"]) => Promise<unknown>;
  /** Requests under way at once. */
  readonly inFlight: number;
  /** Marks in one request, at most. */
  readonly most: number;
  /** Done after each acknowledged request. */
  readonly then?: () => Promise<void>;
}

async function keepMarking(room: Room, life: Life, lane: Sent[], sender: Sender): Promise<void> {
  while (!life.dead()) {
    const marks = makeMarks(room, life.random, 1 + life.random.below(sender.most));
    const sent: Sent = { marks, fate: "unknown" };
    lane.push(sent);
    const answer = await whileAlive(life, sender.send(marks));
    if (answer === null) return;
    if (answer === "no_active_session") {
      sent.fate = "refused";
      continue;
    }
    sent.fate = readChange(answer);
    life.onChange(sent.fate);
    if (sender.then) await whileAlive(life, sender.then());
  }
}

export interface Desk {
  readonly room: Room;
  readonly tablet: SocketClient;
  readonly phone: SocketClient;
}

/** The teacher comes with two sockets; a session runs from then on. */
export async function open(room: Room, { api, wsUrl }: Life): Promise<Desk> {
  const { token } = room.teacher;
  const tablet = await connectSocket(wsUrl, { token, batch: true });
  const phone = await connectSocket(wsUrl, { token });
  if (openSession(room) === undefined) await startSession(room, api);
  return { room, tablet, phone };
}

/**
 * Two sockets and an HTTP client mark until the server is dead.
 * @param closeEvery so many marks the session is closed and followed by another; 0: never
 */
export async function live(
  { room, tablet, phone }: Desk,
  life: Life,
  closeEvery: number,
): Promise<void> {
  const { classId, teacher } = room;
  const over = (socket: SocketClient): Sender["send"] => (marks) =>
    ask(socket, "ATTENDANCE_MARKED", { classId, ...(marks.length === 1 ? marks[0] : { marks }) });

  let untilClose = closeEvery;
  /** What the others send meanwhile comes before, during and after the close. */
  const closeAtTimes = async () => {
    if (closeEvery === 0 || --untilClose !== 0) return;
    await closeSession(room, tablet);
    life.onDone();
    await startSession(room, life.api);
    untilClose = closeEvery;
  };
  const senders: Sender[] = [
    { send: over(tablet), inFlight: 8, most: 1, then: closeAtTimes },
    { send: over(phone), inFlight: 4, most: 3 },
    { send: (marks) => codeOr(life.api.mark(teacher, classId, marks)), inFlight: 1, most: 4 },
  ];
  await Promise.all(senders.flatMap((sender) => {
    const lane: Sent[] = [];
    room.lanes.push(lane);
    return Array.from({ length: sender.inFlight }, () => keepMarking(room, life, lane, sender));
  }));
  await Promise.all([tablet.closed, phone.closed]);
}
