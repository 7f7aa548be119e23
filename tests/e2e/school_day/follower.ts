/** Someone with a socket who follows classes by the rule of the protocol, through every loss. */
import { type Board, createBoard } from "../../../static/app/board.js";
import { type Person, Refused } from "../../support/school_api.ts";
import { type Closed, connectSocket, type Frame, type SocketClient } from "../../support/socket.ts";
import { Lost, type Town } from "./town.ts";

/** Gaps that one reading may find; each is closed by a snapshot. */
const MAX_ROUNDS = 5;

export interface FollowedClass {
  readonly id: number;
  readonly visibility: "staff" | "class";
}

export interface Follower {
  readonly person: Person;
  readonly isStaff: boolean;
  readonly online: boolean;
  /** How often it had to connect. */
  readonly connections: number;
  /** Connects if need be, and asks for what it missed. */
  connect(): Promise<void>;
  /** The network fails. */
  drop(): Promise<void>;
  /** The data of the answer. @throws Refused on ERROR */
  request(event: string, data: object): Promise<unknown>;
  /** What it shows of a class once it has all that was sent until now. */
  board(classId: number): Promise<ReturnType<Board["state"]>>;
  closed(): Promise<Closed>;
}

export function createFollower(
  { town, person, isStaff, classes, batch }: {
    town: Town;
    person: Person;
    isStaff: boolean;
    classes: readonly FollowedClass[];
    batch: boolean;
  },
): Follower {
  let socket: SocketClient | null = null;
  let connecting: Promise<void> | null = null;
  let connections = 0;
  /** How many frames of this socket the boards have. */
  let taken = 0;

  const boards = new Map<number, Board>();
  for (const { id, visibility } of classes) {
    const board: Board = createBoard({
      onChange() {},
      askSnapshot: (classId: string) => request("SUBSCRIBE", { classId }),
    });
    board.follow(`${id}`, { isStaff, visibility });
    boards.set(id, board);
  }

  async function request(event: string, data: object): Promise<unknown> {
    const asked = socket;
    if (!asked) throw new Lost(`${person.username} is offline`);
    let answer: Frame;
    try {
      answer = await asked.request(event, data);
    } catch (cause) {
      if (socket === asked) throw cause;
      throw new Lost(`${person.username} lost the connection before ${event} was answered`);
    }
    if (answer.event === "ERROR") throw new Refused(0, answer.data.code, event);
    return answer.data;
  }

  function take(): void {
    for (; socket && taken < socket.frames.length; taken++) {
      const frame = socket.frames[taken];
      if (!frame) continue;
      for (const board of boards.values()) board.apply(frame);
    }
  }

  function gone(closed: SocketClient): void {
    if (socket !== closed) return;
    take();
    socket = null;
    for (const board of boards.values()) board.lost();
  }

  async function open(): Promise<void> {
    const made = await connectSocket(town.wsUrl(), { token: person.token, batch });
    await made.next("CONNECTED");
    socket = made;
    connections++;
    taken = 0;
    made.closed.then(() => gone(made));
    for (const board of boards.values()) board.connected();
  }

  return {
    person,
    isStaff,
    get online() {
      return socket !== null;
    },
    get connections() {
      return connections;
    },
    async connect() {
      if (socket) return;
      connecting ??= open().finally(() => connecting = null);
      await connecting;
    },
    async drop() {
      const dropped = socket;
      if (!dropped) return;
      gone(dropped);
      await dropped.close();
    },
    request,
    async board(classId) {
      const board = boards.get(classId);
      if (!board) throw new Error(`${person.username} does not follow class ${classId}`);
      for (let round = 0; round < MAX_ROUNDS; round++) {
        // The answer to a PING comes after all that was sent before.
        await request("PING", {});
        take();
        if (board.state().sync === "in step") return board.state();
      }
      throw new Error(`${person.username} does not get in step with class ${classId}`);
    },
    closed: async () => {
      if (!socket) throw new Error(`${person.username} is offline`);
      return await socket.closed;
    },
  };
}
