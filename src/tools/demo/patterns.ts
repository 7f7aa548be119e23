/** How students attend: who is never there, who is late on Mondays, who was ill, who was away. */
import type { Status } from "../../kernel/status.ts";
import type { Random } from "./random.ts";

/** What one student does on each of the school days. */
export interface Habit {
  readonly absent: number;
  readonly late: number;
  readonly lateOnMondays: number;
  /** Index of the first school day of an illness; five days. */
  readonly illFrom: number | null;
}

export interface Outcome {
  readonly status: Status;
  readonly note: string | null;
  /** Nobody marked the student; closing the session made it absent. */
  readonly unmarked: boolean;
}

const DAYS_ILL = 5;

/** One in twenty is absent every second or third day, one in eight late on most Mondays. */
export function makeHabit(random: Random, days: number): Habit {
  const kind = random.next();
  const chronic = kind < 0.05;
  const mondays = kind >= 0.05 && kind < 0.175;
  const ill = random.chance(0.12);
  return {
    absent: chronic ? 0.35 + random.next() * 0.2 : 0.03,
    late: 0.04,
    lateOnMondays: mondays ? 0.7 : 0.08,
    illFrom: ill ? random.below(Math.max(1, days - DAYS_ILL)) : null,
  };
}

const is = (status: Status, note: string | null = null): Outcome => ({
  status,
  note,
  unmarked: false,
});

/** @param day index among the school days. @param trip the trip that takes the student away, if any */
export function outcomeOf(
  habit: Habit,
  { day, monday, trip }: { day: number; monday: boolean; trip: string | null },
  random: Random,
): Outcome {
  // Drawn whatever comes of them, so that one student's illness does not change all the others.
  const [roll, detail] = [random.next(), random.next()];
  if (trip !== null) return is("excused", trip);
  if (habit.illFrom !== null && day >= habit.illFrom && day < habit.illFrom + DAYS_ILL) {
    return is("excused", "Ill");
  }
  if (roll < habit.absent) return { status: "absent", note: null, unmarked: detail < 0.5 };
  const late = monday ? habit.lateOnMondays : habit.late;
  if (roll < habit.absent + late) return is("late", detail < 0.3 ? "Bus was late" : null);
  return is("present");
}
