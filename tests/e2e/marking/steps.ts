/** What may happen to a class while attendance is taken, as fast-check makes it up. */
import fc from "fast-check";
import { type Status, STATUSES } from "../../../src/kernel/status.ts";

/** Two sockets of the teacher and one of an admin; `phone` never asks for a snapshot. */
export const SOCKETS = ["desk", "phone", "office"] as const;
export type SocketLane = (typeof SOCKETS)[number];

export const HTTP_LANES = ["teacher http", "admin http"] as const;
export type HttpLane = (typeof HTTP_LANES)[number];
export type Lane = SocketLane | HttpLane;

export const isSocket = (lane: Lane): lane is SocketLane =>
  lane !== "teacher http" && lane !== "admin http";

/** By index: the first four stay, two may leave, the last one is not enrolled at first. */
export const STEADY = [0, 1, 2, 3];
export const MOVING = [4, 5, 6];
export const ENROLLED_AT_FIRST = [0, 1, 2, 3, 4, 5];
const STUDENTS = [...STEADY, ...MOVING];

export interface PlannedMark {
  /** Index of the student. */
  readonly student: number;
  readonly status: Status;
  readonly note: string | null;
}

export type Step =
  | {
    readonly verb: "mark";
    readonly by: Lane;
    readonly marks: readonly PlannedMark[];
    readonly bulk: boolean;
  }
  | { readonly verb: "enrol" | "unenrol"; readonly student: number }
  | { readonly verb: "summary" | "subscribe"; readonly by: SocketLane }
  | { readonly verb: "start" | "cancel"; readonly by: HttpLane }
  | { readonly verb: "done"; readonly by: Lane }
  /** Everything sent so far is answered before the next step. */
  | { readonly verb: "settle" };

const lane = fc.constantFrom(...SOCKETS, ...HTTP_LANES);
const httpLane = fc.constantFrom(...HTTP_LANES);
const plannedMark = (student: fc.Arbitrary<number>): fc.Arbitrary<PlannedMark> =>
  fc.record({
    student,
    status: fc.constantFrom(...STATUSES),
    note: fc.option(fc.constantFrom("bus", "🚌 “late” \\ again"), { freq: 4 }),
  });

const enrolment = fc.record({
  verb: fc.constantFrom("enrol", "unenrol"),
  student: fc.constantFrom(...MOVING),
});

const single = fc.record({
  verb: fc.constant("mark"),
  by: fc.constantFrom(...SOCKETS),
  marks: plannedMark(fc.constantFrom(...STUDENTS)).map((mark) => [mark]),
  bulk: fc.constant(false),
});

const bulk = fc.record({
  verb: fc.constant("mark"),
  by: lane,
  marks: fc.uniqueArray(plannedMark(fc.constantFrom(...STUDENTS)), {
    selector: ({ student }) => student,
    minLength: 1,
    maxLength: 4,
  }),
  bulk: fc.constant(true),
});

const summary = fc.record({ verb: fc.constant("summary"), by: fc.constantFrom(...SOCKETS) });
const subscribe = fc.record({
  verb: fc.constant("subscribe"),
  by: fc.constantFrom("desk", "office"),
});
const start = fc.record({ verb: fc.constant("start"), by: httpLane });
const done = fc.record({ verb: fc.constant("done"), by: lane });
const cancel = fc.record({ verb: fc.constant("cancel"), by: httpLane });
const settle = fc.constant({ verb: "settle" } as const);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 60, arbitrary: single },
  { weight: 20, arbitrary: bulk },
  { weight: 8, arbitrary: enrolment },
  { weight: 4, arbitrary: summary },
  { weight: 6, arbitrary: subscribe },
  { weight: 6, arbitrary: start },
  { weight: 2, arbitrary: done },
  { weight: 1, arbitrary: cancel },
  { weight: 5, arbitrary: settle },
);

/** Steps that are sent one after the other without waiting for answers, unless they say so. */
export const steps: fc.Arbitrary<Step[]> = fc.array(step, {
  minLength: 20,
  maxLength: 120,
  size: "max",
});
