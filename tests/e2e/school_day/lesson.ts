/** One class's lesson: the roll is called and corrected over sockets and HTTP while others watch. */
import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { STATUSES } from "../../../src/kernel/status.ts";
import type { Random } from "../../../src/tools/demo/random.ts";
import { countMarks, type Ledger, type Mark, readChange } from "../../support/ledger.ts";
import { codeOr, Refused } from "../../support/school_api.ts";
import { pick, sample } from "../../support/seed.ts";
import { checkBoard } from "./boards.ts";
import type { Follower } from "./follower.ts";
import type { Town } from "./town.ts";

export interface Classroom {
  readonly classId: number;
  readonly visibility: "staff" | "class";
  readonly tablet: Follower;
  readonly phone: Follower;
  /** Of a teacher whose class this is not. */
  readonly rival: Follower;
  /** Students of the class who follow it. */
  readonly watchers: readonly Follower[];
  /** Ids of the enrolled students, as they come and go. */
  readonly roster: Set<number>;
  /** Ids of students who may come, or leave again. */
  readonly guests: readonly number[];
}

export interface Day {
  readonly town: Town;
  readonly random: Random;
  readonly ledger: Ledger;
  /** Something was acknowledged. */
  onChange(): void;
}

/** A lesson that is over. */
export interface Taken {
  readonly classId: number;
  readonly sessionId: string;
  readonly title: string;
  /** Who was on the list at the end. */
  readonly roster: ReadonlySet<number>;
  /** Marks whose answer was lost: they were sent again, and may be in the trail twice. */
  readonly resent: readonly Mark[];
}

const STEPS = 60;
const ofSession = z.object({ sessionId: z.string() });
const countsOf = z.object({
  present: z.number(),
  absent: z.number(),
  late: z.number(),
  excused: z.number(),
  total: z.number(),
  enrolled: z.number().optional(),
});

export async function holdLesson(
  { town, random, ledger, onChange }: Day,
  room: Classroom,
  title: string,
  everyoneIsHere: () => Promise<void>,
): Promise<Taken> {
  const { classId, tablet, phone, rival, watchers, roster, guests } = room;
  const { api, insist } = town;
  const teacher = tablet.person;
  const resent: Mark[] = [];

  const on = (follower: Follower, event: string, data: object = {}, onLost?: () => void) =>
    insist(async () => {
      await follower.connect();
      return await follower.request(event, { classId: `${classId}`, ...data });
    }, onLost);

  async function start(): Promise<string> {
    let lost = false;
    const started = await codeOr(
      insist(() => api.start(teacher, classId, title), () => lost = true),
    );
    if (typeof started !== "string") return started.sessionId;
    assert(lost, `the start was refused: ${started}`);
    // It had been done before the answer was lost.
    assertEquals(started, "session_already_active");
    return (await insist(() => api.snapshot(teacher, classId))).session?.sessionId ?? "";
  }

  const sessionId = await start();
  await everyoneIsHere();
  const truth = () => ledger.latest(sessionId);
  const unmarked = sample(random, [...roster], roster.size);

  function choose(most: number): Mark[] {
    const marked = [...truth().keys()].filter((id) => roster.has(id));
    const chosen = new Set<number>();
    for (let n = 1 + random.below(most); n > 0; n--) {
      const id = random.chance(0.7) ? unmarked.pop() : sample(random, marked, 1)[0];
      if (id !== undefined && roster.has(id)) chosen.add(id);
    }
    const note = () => random.chance(0.2) ? `note ${random.below(1000)}` : null;
    return [...chosen].map((studentId) => (
      { studentId, status: pick(random, STATUSES), note: note() }
    ));
  }

  /** Marks until it is acknowledged, by one of the four ways. */
  async function mark(): Promise<void> {
    const way = pick(random, ["tablet", "tablet", "phone", "bulk", "http"]);
    const marks = choose(way === "bulk" || way === "http" ? 10 : 1);
    if (marks.length === 0) return;
    const onLost = () => void resent.push(...marks);
    const send = () => {
      if (way === "http") return insist(() => api.mark(teacher, classId, marks), onLost);
      const data = way === "bulk" ? { marks } : marks[0];
      return on(way === "phone" ? phone : tablet, "ATTENDANCE_MARKED", data, onLost);
    };
    const change = readChange(await send());
    assertEquals(
      change.marks.map(({ studentId, status, note }) => ({ studentId, status, note })),
      marks,
    );
    assertEquals([change.classId, change.sessionId], [classId, sessionId]);
    ledger.acknowledge(change);
    onChange();
  }

  async function studentAsks(): Promise<void> {
    const [watcher] = sample(random, watchers, 1);
    if (!watcher) return;
    const status = truth().get(watcher.person.id)?.status ?? null;
    assertEquals(await on(watcher, "MY_ATTENDANCE"), {
      classId: `${classId}`,
      status: status ?? "not yet updated",
    });
    const own = await insist(() => api.myAttendance(watcher.person, classId));
    assertEquals([own.status, own.sessionId, own.live], [status, sessionId, true]);
  }

  async function teacherCounts(): Promise<void> {
    const { total, enrolled, ...counts } = countsOf.parse(await on(tablet, "TODAY_SUMMARY"));
    assertEquals<unknown>(counts, countMarks(truth().values()));
    assertEquals([total, enrolled], [truth().size, roster.size]);
  }

  async function someLook(): Promise<void> {
    await Promise.all(sample(random, [tablet, phone, ...watchers], 3).map(look));
  }

  async function look(follower: Follower): Promise<void> {
    const board = await insist(async () => {
      await follower.connect();
      return await follower.board(classId);
    });
    checkBoard(board, follower, room, { sessionId, marks: truth() });
  }

  async function guestComesOrGoes(): Promise<void> {
    const [guest] = sample(random, guests, 1);
    if (guest === undefined) return;
    if (!roster.has(guest)) {
      await insist(() => api.enrol(teacher, classId, guest));
      roster.add(guest);
      if (!truth().has(guest)) unmarked.push(guest);
      return;
    }
    let lost = false;
    const gone = await codeOr(
      insist(() => api.unenrol(teacher, classId, guest), () => lost = true),
    );
    if (typeof gone === "string") assert(lost && gone === "student_not_enrolled", gone);
    roster.delete(guest);
  }

  async function someoneTries(): Promise<void> {
    const [studentId = 0] = roster;
    const data = { studentId, status: "present" };
    const [watcher] = sample(random, watchers, 1);
    for (const intruder of [rival, ...watcher ? [watcher] : []]) {
      await on(intruder, "ATTENDANCE_MARKED", data).then(
        () => assert(false, `${intruder.person.username} marked`),
        (error) => assertEquals(error instanceof Refused && error.code, "forbidden"),
      );
    }
  }

  async function someoneDrops(): Promise<void> {
    const [follower] = sample(random, [phone, ...watchers], 1);
    await follower?.drop();
  }

  const asides = [
    studentAsks,
    studentAsks,
    teacherCounts,
    someLook,
    someLook,
    guestComesOrGoes,
    someoneTries,
  ] as const;
  for (let step = 0; step < STEPS; step++) {
    const burst = Array.from({ length: 1 + random.below(6) }, mark);
    // Also while marks are under way on it.
    if (random.chance(0.3)) burst.push(someoneDrops());
    await Promise.all(burst);
    await pick(random, asides)();
  }
  await Promise.all([tablet, phone, ...watchers].map(look));

  async function finish(): Promise<void> {
    let lost = false;
    const onLost = () => lost = true;
    const done = await codeOr(
      random.chance(0.5)
        ? on(tablet, "DONE", {}, onLost)
        : insist(() => api.done(teacher, classId), onLost),
    );
    if (typeof done === "string") return assert(lost && done === "no_active_session", `${done}`);
    const { total, enrolled: _, ...counts } = countsOf.parse(done);
    const { absent } = countMarks(truth().values());
    const never = [...roster].filter((id) => !truth().has(id)).length;
    assertEquals<unknown>(counts, { ...countMarks(truth().values()), absent: absent + never });
    assertEquals([ofSession.parse(done).sessionId, total], [sessionId, truth().size + never]);
  }
  await finish();
  return { classId, sessionId, title, roster: new Set(roster), resent };
}
